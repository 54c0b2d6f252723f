// Convolution through oneDNN 2: the only file of the engine that knows the library.
//
// Activations are plain N D H W C, which oneDNN's kernels take at full speed. Filters are given to it in the
// order it asks for: handed over in our own order it may fall to its reference loops, a thousand times
// slower. The packed copies are kept and refreshed when the parameters have changed. Primitives are kept per
// shape. Owns both; not thread-safe.
//
// Backward data with stride 1 is run as a forward convolution of dy with the filter mirrored in d, h, w and
// its two channel axes exchanged: the same sums, and oneDNN's forward kernels are faster (f32, two Zen 5
// cores, batch 4, the seven layers that need it, in ms a clip: 145 against 200; bf16 71 against 88).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/backend.h"
#include "kernels/cpu/workspace.h"

namespace c3d::cpu {

enum class ConvPass : std::uint8_t { forward, backward_data, backward_filter };

class OnednnConv {
 public:
  // type: of activations and filters, f32 or bf16. The workspace must outlive this object.
  OnednnConv(DType type, int threads, Workspace& workspace);
  ~OnednnConv();
  OnednnConv(const OnednnConv&) = delete;
  OnednnConv& operator=(const OnednnConv&) = delete;

  // The contracts of Backend's ops of these names, without activation: oneDNN's ReLU turns NaN into 0.
  void forward(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor filter, ConstTensor bias, Tensor y);
  void backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy, Tensor dx);
  void backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy, Tensor dfilter,
                       Tensor dbias);

  // Every packed copy is stale.
  void parameters_changed();
  // Memory that may hold filters was written: copies of these are stale.
  void overwritten(const std::byte* data, std::size_t bytes);
  // Memory that may hold filters was freed: copies of these are dropped.
  void freed(const std::byte* data, std::size_t bytes);

  std::size_t packed_bytes() const;
  // oneDNN's names of the kernels that run this pass, the copying of filters included: for tests and reports.
  std::vector<std::string> implementations(ConvPass pass, const Conv3dGeometry& geometry, const Shape& x,
                                           const Shape& filter);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether oneDNN may use this processor's bf16 products.
bool onednn_has_bf16();
// "oneDNN 2.6.3, AVX-512 with bf16"
std::string onednn_description();

}  // namespace c3d::cpu
