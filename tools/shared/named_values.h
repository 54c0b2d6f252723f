// Options whose values are words. CLI11's own transformers show values as numbers in their errors, and enums
// of bytes as bytes.
#pragma once

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <string>
#include <utility>
#include <vector>

#include "engine/core/nearest.h"
#include "engine/core/printable.h"

namespace c3d {

template <typename Value>
using NamedValues = std::vector<std::pair<std::string, Value>>;

// For CLI::Option::transform(): turns a word into the value that it names. Any other text is an error that
// lists the words and says which is the nearest.
template <typename Value>
CLI::Validator value_of(const NamedValues<Value>& names) {
  return CLI::Validator(
      [names](std::string& text) {
        std::vector<std::string> all;
        for (const auto& [word, value] : names) {
          if (word == text) {
            text = std::to_string(static_cast<int>(value));
            return std::string();
          }
          all.push_back(word);
        }
        return fmt::format("is '{}', but must be one of {}; the nearest is '{}'", printable(text),
                           fmt::join(all, ", "), nearest(text, all));
      },
      "");
}

}  // namespace c3d
