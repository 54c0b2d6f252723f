// SHA-256 (FIPS 180-4), which names a file by what is in it, wherever it came from. Not for secrets. By
// OpenSSL's libcrypto where the build finds it, else by our own loop (a sixth of its speed or less).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace c3d {

// Of bytes that come in pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void add(std::span<const std::byte> bytes);
  std::string digits();  // 64 hexadecimal digits, once, after the last piece

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::span<const std::byte> bytes);
// Of a whole regular file, in pieces of little memory. Errors name the file.
std::string file_sha256(const std::filesystem::path& path);

}  // namespace c3d
