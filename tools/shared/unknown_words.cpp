#include "tools/shared/unknown_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string unknown_option(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  return fmt::format("there is no option {}; did you mean {}?", name, nearest(name, option_names(app)));
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
    lines.push_back(fmt::format("there is no command {}; did you mean {}?", others.front(),
                                nearest(others.front(), command_names(app))));
  } else if (!others.empty()) {
    lines.push_back(fmt::format("nothing takes the {} {}", others.size() == 1 ? "word" : "words",
                                fmt::join(others, " ")));
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
