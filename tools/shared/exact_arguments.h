// Arguments as they were given. CLI11 reads a syntax of its own into values: of an option that takes several
// `[a,b]` becomes a and b, `%%` ends a list, `{}` is an empty one, and `++` ends a subcommand. File names may
// be all of these. They are hidden from CLI11 by a mark in front, which is taken off before anybody sees
// them. So are words that are called like a command and are none: a command is the first word.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

namespace c3d {

// The arguments for CLI::App::parse, the last one first; without the program's name.
std::vector<std::string> marked_arguments(int argc, const char* const* argv,
                                          const std::vector<std::string>& commands = {});
// Takes the marks off all values of `app` and its subcommands, before they are checked. Call it once, when
// all options are added.
void take_marks_off(CLI::App& app);

// An option, or where `name` is without dashes a positional, that takes one value or more, each as it was
// given. T is made of a string.
template <typename T>
CLI::Option* add_exact_option(CLI::App& app, const std::string& name, std::vector<T>& values,
                              const std::string& help) {
  // The option's own results, as those handed over may have gained a `%%`.
  const auto take = [&app, name, &values](const CLI::results_t& /*results*/) {
    const auto& results = app.get_option(name)->results();
    values.assign(results.begin(), results.end());
    return true;
  };
  return app.add_option(name, take, help)->type_name("TEXT")->expected(CLI::detail::expected_max_vector_size);
}

}  // namespace c3d
