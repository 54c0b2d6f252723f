// How a filter becomes e4m3. Each weight goes to one of its two neighbours: to the nearer one, but for a few
// that go to the other, so that for each input channel the sum over the filter's taps stays what it was. What
// lies under the taps of a channel is nearly the same (neighbours in space and time, not negative after
// ReLU), so that an error of the sum would come through, while errors that cancel do not. Needs no data.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/float8.h"

namespace c3d {

// weights [taps,channels] of one filter, none larger than kLargestE4M3, and as many codes.
void round_filter(std::span<const float> weights, std::int64_t channels, std::span<Float8E4M3> codes);

}  // namespace c3d
