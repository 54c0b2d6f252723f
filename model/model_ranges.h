// What each number that describes a network and its frames may be, wherever it comes from: the metadata of
// weights, a command line, a mean file. Checked before any memory is taken for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/core/clip_spec.h"
#include "model/c3d_config.h"

namespace c3d {

struct NumberRange {
  std::string_view key;  // as the metadata have it
  double least, most;    // both allowed
};
const NumberRange& model_range(std::string_view key);  // of a key that is in the table

// Error: "'frame_stride' says 0; it is 1 to 1000". NaN is out of every range.
void check_model_number(std::string_view key, double value);
// All numbers of a network by themselves, and the memory of one clip together.
void check_model_numbers(const C3dConfig& network);
// The frames that one clip spans, and are kept while it is made. Error: more than kMostSpanBytes.
void check_span(const ClipSpec& spec);

inline constexpr std::int64_t kMostClipPixels = std::int64_t{1} << 25;  // 1 GiB of eight floats each
inline constexpr std::int64_t kMostSpanBytes = std::int64_t{4} << 30;

}  // namespace c3d
