// Text from files, folders and the command line, made fit for a terminal or a log: a name must not be able to
// move the cursor, change colours or begin a line of its own.
#pragma once

#include <string>
#include <string_view>

namespace c3d {

// Control characters become \n, \t, \x1b ..., characters that reorder or break a line (U+202E, U+2028 ...)
// \u202e, and bytes that are not UTF-8 \xff. All else stays as it is, so that applying it twice changes
// nothing. For people: it cannot be undone (a backslash stays one).
std::string printable(std::string_view text);
// The same, but line ends stay: for text of several lines that we put together ourselves.
std::string printable_lines(std::string_view text);

// Where the UTF-8 character at `position` ends; `position` itself where none begins there.
std::size_t utf8_end(std::string_view text, std::size_t position);
bool is_utf8(std::string_view text);

}  // namespace c3d
