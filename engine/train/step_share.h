// What one rank brings to the report of all ranks about the steps since the last one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace c3d {

struct StepShare {
  std::vector<std::vector<float>>
      losses;                    // of its clips that count, by step, in the order of its micro-batches
  std::int64_t correct = 0;      // of these
  std::uint32_t parameters = 0;  // a checksum, see engine/distributed/gradient_exchange.h
};

// Bytes for ranks of the same kind of processor, and back. Error: bytes that are no share.
std::string bytes_of(const StepShare& share);
StepShare step_share_of(std::string_view bytes);

}  // namespace c3d
