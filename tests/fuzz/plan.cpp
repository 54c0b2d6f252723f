// Any bytes as a plan of convolutions: a plan that is written and read again as it is, or an Error.
#include "kernels/cpu/convolution/choice/plan.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  c3d::cpu::ConvolutionPlan plan;
  try {
    plan = c3d::cpu::parse_plan(std::string(data, data + size));
  } catch (const c3d::Error&) {
    return 0;
  }
  if (c3d::cpu::parse_plan(c3d::cpu::to_text(plan)) != plan) std::abort();
  return 0;
}
