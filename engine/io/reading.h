// Wraps the reading of a file: every failure leaves as an Error that names the file. What a library
// throws (no memory, a size beyond all sense) gets words of ours.
#pragma once

#include <exception>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/io/read_error.h"

namespace c3d {

// Whether the message names the file: its path, and not as a part of a longer word.
inline bool names_file(std::string_view message, std::string_view path) {
  const auto ends_word = [](char letter) {
    return std::string_view(" :,;'\"()").find(letter) != std::string::npos;
  };
  for (std::size_t at = message.find(path); at != std::string_view::npos; at = message.find(path, at + 1)) {
    const std::size_t end = at + path.size();
    if ((at == 0 || ends_word(message[at - 1])) && (end == message.size() || ends_word(message[end])))
      return true;
  }
  return false;
}

// What `work` returns. `what` is "" or "the mean": "while reading the mean PATH".
template <typename Work>
auto reading(const std::filesystem::path& path, const std::string& what, const Work& work) {
  const std::string shown_path = printable(path.native());
  const std::string context = "while reading " + (what.empty() ? "" : what + " ") + shown_path;
  try {
    return work();
  } catch (Error& error) {
    if (!names_file(error.message(), shown_path)) error.add_context(context);
    throw;
  } catch (const std::bad_alloc&) {
    fail_to_read("{}: there is not enough memory to read it", path);
  } catch (const std::length_error&) {
    fail("{}: it asks for more memory than any machine has: it is damaged", path);
  } catch (const std::exception& error) {
    fail("{}: it cannot be read: {}", path, error.what());
  }
}

}  // namespace c3d
