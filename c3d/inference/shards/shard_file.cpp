#include "c3d/inference/shards/shard_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/crc32c.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

constexpr std::string_view kSumStart = ",\"crc32c\":\"", kSumEnd = "\"}";
constexpr std::size_t kSumDigits = 8;
constexpr std::size_t kTailBytes = kSumStart.size() + kSumDigits + kSumEnd.size() + 1;  // with the line end
constexpr std::size_t kBlockBytes = 1 << 20;

std::string sum_text(std::uint32_t sum) { return fmt::format("{}{:08x}{}", kSumStart, sum, kSumEnd); }

std::string bytes_at(const File& file, std::uint64_t at, std::uint64_t bytes) {
  std::string text(static_cast<std::size_t>(bytes), '\0');
  expect(file.read_at(at, std::as_writable_bytes(std::span(text))), "{}: it became shorter while it was read",
         file.path());
  return text;
}

}  // namespace

std::string shard_line(const ShardPlan& plan, const ShardRecipes& recipes, std::uint32_t sum) {
  std::string text = dump_json(shard_json(plan, recipes));
  text.pop_back();  // the closing brace
  return text + sum_text(crc32c_of_text(text, sum));
}

ShardFile::ShardFile(const std::filesystem::path& path) : file_(path, O_RDONLY) {
  find_lines();
  const std::size_t last = starts_.size() - 2;
  take_last_line(bytes_at(file_, starts_[last], starts_[last + 1] - 1 - starts_[last]));
}

// Where they begin, and that the bytes have the sum that stands at their end.
void ShardFile::find_lines() {
  const std::uint64_t size = file_.size();
  const std::string tail = size < kTailBytes ? "" : bytes_at(file_, size - kTailBytes, kTailBytes);
  expect(tail.starts_with(kSumStart) && tail.ends_with("\"}\n"),
         "{}: it has no last line that says which shard it is: it was cut off, or is no file of a shard; run "
         "the shard again",
         file_.path());
  const std::uint64_t summed = size - kTailBytes;
  std::uint32_t sum = 0;
  starts_.push_back(0);
  for (std::uint64_t at = 0; at < size; at += kBlockBytes) {
    const std::string block = bytes_at(file_, at, std::min<std::uint64_t>(kBlockBytes, size - at));
    if (at < summed) sum = crc32c_of_text(std::string_view(block).substr(0, summed - at), sum);
    for (std::size_t end = block.find('\n'); end != std::string::npos; end = block.find('\n', end + 1)) {
      starts_.push_back(at + end + 1);
    }
  }
  expect(tail == sum_text(sum) + "\n", "{}: its bytes are not those that were written: run the shard again",
         file_.path());
}

void ShardFile::take_last_line(const std::string& text) {
  facts_ = shard_facts_of(file_.path(), try_parse_ordered_json(text));
  const std::size_t expected = facts_.plan.places.size() + 1;
  expect(starts_.size() == expected + 1, "{}: it has {} lines in place of {}", facts_.path,
         starts_.size() - 1, expected);
}

std::string ShardFile::line(std::size_t n) const {
  return bytes_at(file_, starts_.at(n), starts_.at(n + 1) - 1 - starts_.at(n));
}

}  // namespace c3d
