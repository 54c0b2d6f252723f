// The SHA-256 of a file, computed beside others who read it, and whether all of them read the same bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <optional>
#include <string>

#include "engine/io/file.h"

namespace c3d {

class FileDigest {
 public:
  // Looks at the file, then reads it in a thread of its own. digits() says what is wrong with it.
  explicit FileDigest(std::filesystem::path file);
  // Once, when the others have read it too. Error: it cannot be read, or was changed or replaced since.
  std::string digits();

 private:
  struct State {
    FileIdentity identity;
    std::uint64_t bytes = 0;
    std::int64_t modified = 0;  // nanoseconds
    bool operator==(const State&) const = default;
  };
  static std::optional<State> state_of(const std::filesystem::path& file);

  std::filesystem::path file_;
  std::optional<State> before_;  // nullopt: not there
  std::future<std::string> digits_;
};

// Of the file that is read for these weights.
std::string weights_digest(const std::filesystem::path& weights);

}  // namespace c3d
