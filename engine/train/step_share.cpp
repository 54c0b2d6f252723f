#include "engine/train/step_share.h"

#include "engine/train/plain_bytes.h"

namespace c3d {

std::string bytes_of(const StepShare& share) {
  ByteWriter bytes;
  bytes.add(share.correct);
  bytes.add(share.parameters);
  for (const std::vector<float>& losses : share.losses) {
    bytes.add(static_cast<std::uint64_t>(losses.size()));
    bytes.add(std::span<const float>(losses));
  }
  return bytes.take();
}

StepShare step_share_of(std::string_view bytes) {
  ByteReader reader(bytes);
  StepShare share;
  share.correct = reader.number<std::int64_t>();
  share.parameters = reader.number<std::uint32_t>();
  while (!reader.is_at_end()) {
    std::vector<float>& losses = share.losses.emplace_back(reader.number<std::uint64_t>());
    reader.read(std::span(losses));
  }
  return share;
}

}  // namespace c3d
