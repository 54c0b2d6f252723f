// Around the reading of a file: whatever goes wrong leaves as an Error that names the file. What a library
// throws (no memory, a size beyond all sense) gets words of ours.
#pragma once

#include <exception>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>

#include "engine/core/error.h"

namespace c3d {

// What `work` returns. `what` is "" or "the mean": "while reading the mean PATH".
template <typename Work>
auto reading(const std::filesystem::path& path, const std::string& what, const Work& work) {
  const std::string shown_path = printable(path.native());
  const std::string context = "while reading " + (what.empty() ? "" : what + " ") + shown_path;
  try {
    return work();
  } catch (Error& error) {
    if (error.message().find(shown_path) == std::string::npos) error.add_context(context);
    throw;
  } catch (const std::bad_alloc&) {
    fail("{}: there is not enough memory to read it", path);
  } catch (const std::length_error&) {
    fail("{}: it asks for more memory than any machine has: it is damaged", path);
  } catch (const std::exception& error) {
    fail("{}: it cannot be read: {}", path, error.what());
  }
}

}  // namespace c3d
