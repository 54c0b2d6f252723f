// The lines of a text file that a person or another program wrote: UTF-8 with or without a byte order mark,
// ended by LF, CR LF or CR alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace c3d {

struct TextLine {
  std::int64_t number = 0;  // in the file, from 1
  std::string text;         // without the line's end; else as it stands
};

// Those that hold more than blanks. Pipes are read to their end. Error, by name: what is a folder, cannot be
// read, is UTF-16 or UTF-32, holds a NUL or more than 1 GiB.
std::vector<TextLine> read_text_lines(const std::filesystem::path& file);

}  // namespace c3d
