#include "tools/c3d_bench/baseline.h"

#include "benchmarks/onednn_convolutions.h"
#include "engine/core/usable_threads.h"
#include "model/c3d_layers.h"

namespace c3d {

std::optional<ConvolutionsAlone> measure_convolutions_alone(const BenchedNetwork& network,
                                                            Precision precision, int threads, int repeats,
                                                            bool training) {
  if (threads == 0) threads = usable_threads();
  ConvolutionsAlone alone;
  const C3dSizes sizes = c3d_sizes(network.config);
  for (const C3dSizes::Convolution& layer : sizes.convolutions) {
    const Shape x{network.batch, layer.input.d, layer.input.h, layer.input.w, layer.valid_inputs};
    const auto seconds = [&](ConvolutionPass pass) {
      return onednn_convolution_seconds(x, layer.outputs, pass, precision, threads, repeats) /
             static_cast<double>(network.batch);
    };
    alone.forward += seconds(ConvolutionPass::forward);
    if (!training) continue;
    alone.backward_filter += seconds(ConvolutionPass::backward_filter);
    // The clip wants no gradient.
    if (layer.valid_inputs == layer.inputs) alone.backward_data += seconds(ConvolutionPass::backward_data);
  }
  return alone;
}

}  // namespace c3d
