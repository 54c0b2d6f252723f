#include "tools/shared/unknown_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "engine/core/nearest.h"

namespace c3d {
namespace {

void add_option_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
}

// In front of a command stand options of the tool; those of its commands are often meant.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  add_option_names(app, names);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_option_names(*command, names);
  }
  return names;
}

// Where a tool has settings, an unknown option is often one.
std::string setting_hint(const CLI::App& app, std::string name) {
  if (app.get_option_no_throw("--set") == nullptr) return "";
  std::ranges::replace(name, '-', '_');
  return fmt::format(", and a setting goes as --set {}=VALUE", name);
}

std::string unknown_option(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const std::string close = nearest(name, option_names(app));
  const auto bare = [](const std::string& option) {
    return option.substr(std::min(option.find_first_not_of('-'), option.size()));
  };
  const bool is_slip = bare(name).size() > 1 && is_near(bare(name), bare(close));
  return fmt::format("there is no option {}; {}", name,
                     is_slip ? fmt::format("did you mean {}?", close)
                             : "--help lists those that there are" + setting_hint(app, bare(name)));
}

// A tool whose data an option names is often given them without it.
std::string data_hint(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::Option* data = app.get_option_no_throw("--data");
  if (words.size() != 1 || data == nullptr || data->count() > 0) return "";
  return fmt::format("; did you mean --data {}?", words.front());
}

void add_unknown(const CLI::App& app, std::vector<std::string>& lines) {
  const bool lacks_command = app.get_require_subcommand_min() > 0 && app.get_subcommands().empty();
  std::vector<std::string> options, others;
  bool may_be_option = true;  // `--` was not seen
  for (const std::string& word : app.remaining()) {
    if (word == "--") {
      may_be_option = false;
    } else if (may_be_option && word.size() > 1 && word.starts_with('-')) {
      options.push_back(unknown_option(app, word));
    } else if (options.empty()) {
      others.push_back(word);
    }
  }
  if (!others.empty() && lacks_command) {
    const std::vector<std::string> names = command_names(app);
    const std::string close = nearest(others.front(), names);
    lines.push_back(fmt::format("there is no command {}; {}", others.front(),
                                is_near(others.front(), close)
                                    ? fmt::format("did you mean {}?", close)
                                    : fmt::format("there are {}", fmt::join(names, ", "))));
  } else if (!others.empty()) {
    lines.push_back(fmt::format("nothing takes the {} {}{}", others.size() == 1 ? "word" : "words",
                                fmt::join(others, " "), data_hint(app, others)));
  }
  lines.insert(lines.end(), options.begin(), options.end());
  for (const CLI::App* command : app.get_subcommands()) add_unknown(*command, lines);
}

}  // namespace

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::string unknown_words(const CLI::App& app) {
  std::vector<std::string> lines;
  add_unknown(app, lines);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace c3d
