#include "tools/shared/exact_arguments.h"

#include <string_view>

namespace c3d {
namespace {

constexpr char kMark = '\x01';  // no argument begins with it by accident; one that does gets a second

bool is_syntax(std::string_view text) {
  return text == "%%" || text == "{}" || text == "++" || text.starts_with('[') || text.starts_with(kMark);
}

std::string marked(std::string_view text, bool hides = false) {
  return hides || is_syntax(text) ? kMark + std::string(text) : std::string(text);
}

std::string unmarked(const std::string& text) { return text.starts_with(kMark) ? text.substr(1) : text; }

}  // namespace

std::vector<std::string> marked_arguments(int argc, const char* const* argv,
                                          const std::vector<std::string>& commands) {
  std::vector<std::string> arguments;
  bool options = true;  // `--` was not seen
  for (int i = 1; i < argc; ++i) {
    const std::string_view text = argv[i];
    const std::size_t equals = text.find('=');
    if (options && text.starts_with("--") && equals != std::string_view::npos) {
      arguments.push_back(std::string(text.substr(0, equals + 1)) + marked(text.substr(equals + 1)));
    } else {
      const bool is_command = std::ranges::find(commands, text) != commands.end();
      arguments.push_back(marked(text, is_command && i > 1));
    }
    options = options && text != "--";
  }
  std::ranges::reverse(arguments);
  return arguments;
}

void take_marks_off(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() > 0) option->transform(unmarked);
  }
  for (CLI::App* command : app.get_subcommands({})) take_marks_off(*command);
}

}  // namespace c3d
