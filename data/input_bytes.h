// The bytes of a file, pipe or device that a person named, read with patience but not for ever. Errors that
// may pass are tried again; where that does not help, or nothing comes in time, it is a ReadError. One thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "engine/io/file.h"

namespace c3d {

class InputBytes {
 public:
  // Pipes are opened without waiting for who writes; the first read waits. timeout_seconds: how long a read
  // waits for bytes, all in all, between two calls of made_progress(). stopped: asked while a read waits;
  // true ends it with a ReadError. ReadError: no such file, a folder, no right to read it ...
  InputBytes(const std::filesystem::path& path, double timeout_seconds, std::function<bool()> stopped = {});

  bool seekable() const { return seekable_; }   // so is what can be read again; pipes and terminals are not
  std::uint64_t size() const { return size_; }  // 0 where it is not seekable

  // Some bytes from the place it stands at; 0: there are no more.
  std::size_t read(std::span<std::byte> out);
  void seek(std::uint64_t at) { at_ = at; }  // seekable() only
  std::uint64_t position() const { return at_; }
  // What was read led somewhere: the time that reads may wait begins anew.
  void made_progress() { waited_seconds_ = 0; }

 private:
  std::size_t read_at_place(std::span<std::byte> out);
  std::size_t read_as_it_comes(std::span<std::byte> out);
  void wait_for_bytes();
  [[noreturn]] void fail_as_stalled() const;
  bool open_again();

  File file_;
  FileIdentity identity_;
  bool seekable_ = false;
  std::uint64_t size_ = 0, at_ = 0;
  double timeout_seconds_;
  std::function<bool()> stopped_;
  double waited_seconds_ = 0;
  std::uint64_t since_progress_ = 0;  // bytes
};

}  // namespace c3d
