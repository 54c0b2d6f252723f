#include "c3d/calibration/range_observer.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace c3d {

void RangeObserver::after(const OpEvent& event) {
  const std::optional<std::size_t> place = e4m3_result(event.label);
  if (!place) return;
  const ConstTensor result = event.context.outputs[0];
  values_.resize(static_cast<std::size_t>(result.count()));
  backend_.copy(result, host_tensor(values_.data(), result.shape()));
  backend_.synchronize();
  const std::size_t row = values_.size() / labels_.size();
  for (std::size_t n = 0; n < labels_.size(); ++n) {
    if (labels_[n] < 0) continue;
    float largest = 0;
    bool finite = true;
    for (const float value : std::span(values_).subspan(n * row, row)) {
      finite = finite && std::isfinite(value);
      largest = std::max(largest, std::abs(value));
    }
    expect(finite, "{} gives what is no finite number: these weights cannot be calibrated", event.label);
    ranges_[*place] = std::max(ranges_[*place], largest);
  }
}

}  // namespace c3d
