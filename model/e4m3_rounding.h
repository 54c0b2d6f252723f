// How a slice of a filter, its taps of one moment, becomes e4m3. Each weight goes to one of its two neighbours:
// to the nearer one, but for a few that go to the other, so that for each input channel the sum over the taps
// stays what it was as nearly as that allows. What lies under the taps of a channel is nearly the same
// (neighbouring pixels, not negative after ReLU), so that an error of the sum would come through, while errors
// that cancel do not. Needs no data. Not over all moments at once: where the first or the last lie outside the
// clip, the sum of the others would be off.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/float8.h"

namespace c3d {

// weights [taps,channels], none larger than kLargestE4M3, and as many codes.
void round_slice(std::span<const float> weights, std::int64_t channels, std::span<Float8E4M3> codes);

}  // namespace c3d
