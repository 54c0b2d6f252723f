// Options whose values are words. CLI11's own transformers show values as numbers in their errors, and enums
// of bytes as bytes.
#pragma once

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/nearest.h"
#include "engine/core/printable.h"

namespace c3d {

template <typename Value>
using NamedValues = std::vector<std::pair<std::string, Value>>;

inline constexpr std::size_t kMostListedWords = 16;

// Of a word that is none of `words`: these, where they are few, and the nearest.
inline std::string no_such_word(const std::string& text, const std::vector<std::string>& words) {
  if (words.size() > kMostListedWords) {
    return fmt::format("is '{}', which is none of {} words; the nearest is '{}'", printable(text),
                       words.size(), nearest(text, words));
  }
  return fmt::format("is '{}', but must be one of {}; the nearest is '{}'", printable(text),
                     fmt::join(words, ", "), nearest(text, words));
}

// For CLI::Option::check(): one of the words. Help and completions list them, where they are few.
inline CLI::Validator one_of(const std::vector<std::string>& words) {
  return CLI::Validator(
      [words](const std::string& text) {
        return std::ranges::find(words, text) == words.end() ? no_such_word(text, words) : std::string();
      },
      words.size() > kMostListedWords ? "" : fmt::format("{{{}}}", fmt::join(words, ",")));
}

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
        return no_such_word(text, all);
      },
      "");
}

}  // namespace c3d
