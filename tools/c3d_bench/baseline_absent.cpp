// Compiled in place of baseline.cpp where the build has no oneDNN.
#include "tools/c3d_bench/baseline.h"

namespace c3d {

std::optional<ConvolutionsAlone> measure_convolutions_alone(const BenchedNetwork& /*network*/,
                                                            Precision /*precision*/, int /*threads*/,
                                                            int /*repeats*/, bool /*training*/) {
  return std::nullopt;
}

}  // namespace c3d
