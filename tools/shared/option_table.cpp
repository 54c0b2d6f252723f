#include "tools/shared/option_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace c3d {
namespace {

std::string in_one_field(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

std::string table_line(const std::string& command, const std::string& names, const std::string& values,
                       const std::string& kind, const std::string& help) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\n", command, names, values, in_one_field(kind), in_one_field(help));
}

std::string names_of(const CLI::Option& option) {
  if (!option.nonpositional()) return option.get_single_name();
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return fmt::format("{}", fmt::join(names, ","));
}

std::string values_of(const CLI::Option& option) {
  const int most = option.get_items_expected_max();
  if (most == 1 && option.get_items_expected_min() == 0) return "maybe";
  return most > 1 ? "many" : most == 1 ? "1" : "0";
}

void add_lines(const CLI::App& app, const std::string& command, std::string& table) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    const std::string& text = option->get_option_text();
    table += table_line(command, names_of(*option), values_of(*option),
                        text.empty() ? option->get_type_name() : text, option->get_description());
  }
}

}  // namespace

std::string option_table(const CLI::App& app) {
  std::string table;
  add_lines(app, "", table);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    table += table_line("", command->get_name(), "command", "", command->get_description());
    add_lines(*command, command->get_name(), table);
  }
  return table;
}

}  // namespace c3d
