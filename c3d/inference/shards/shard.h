// A part of the videos of one list, which a process labels by itself: shard 2/6 is the third of six. Shards
// need not talk: each finds its videos from the whole list, and writes files of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace c3d {

struct Shard {
  int index = 0;  // from 0
  int count = 1;
  bool operator==(const Shard&) const = default;
};

enum class Division : std::uint8_t {
  path,    // by a hash of the path as it was given: a video stays in its shard when others come or go
  length,  // so that all shards have about as many seconds of video
};
std::string to_string(Division division);  // "path"

inline constexpr int kMostShards = 1'000'000;

// "2/6". Error: it is no such text, or its index is not below its count.
Shard parse_shard(const std::string& text);
std::string to_string(const Shard& shard);  // "2/6"
// In names of files: "2-of-6".
std::string shard_mark(const Shard& shard);

// The file of one shard: of part.jsonl part.2-of-6.jsonl, of part part.2-of-6.
std::filesystem::path shard_path(const std::filesystem::path& whole, const Shard& shard);
// The shard whose file of `whole` has this name (no folders). nullopt: none has.
std::optional<Shard> shard_of_name(std::string_view name, const std::filesystem::path& whole);
// The name of the whole, where `name` is a shard's. Empty: it is none.
std::string whole_name(const std::string& name);

}  // namespace c3d
