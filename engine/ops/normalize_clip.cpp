#include "engine/ops/normalize_clip.h"

#include <array>

namespace c3d {
namespace {

class NormalizeClip : public Op {
 public:
  NormalizeClip(ConstTensor mean, const Normalization& normalization)
      : mean_(mean), normalization_(normalization) {}
  std::string name() const override { return "normalize_clip"; }
  BackwardReads backward_reads() const override { return {}; }
  void forward(const OpContext& c) const override {
    c.backend.normalize_clip(normalization_, c.inputs[0], mean_, c.inputs[1], c.outputs[0]);
  }
  void backward(const OpContext& /*context*/) const override {
    fail("normalize_clip: bytes have no gradient");
  }

 private:
  ConstTensor mean_;
  Normalization normalization_;
};

}  // namespace

Var normalize_clip(Tape& tape, Var frames, Var crops, ConstTensor mean, const Normalization& normalization,
                   std::int64_t height, std::int64_t width) {
  const Shape& shape = tape.spec(frames).shape;
  expect(shape.rank() == 5 && shape[4] == 3 && tape.spec(frames).type == DType::u8,
         "normalize_clip: frames {} of type {} must be u8 [N,D,Hs,Ws,3]", to_string(shape),
         to_string(tape.spec(frames).type));
  expect(height > 0 && width > 0 && height <= shape[2] && width <= shape[3],
         "normalize_clip: a crop of {}x{} (height x width) does not fit into frames of {}x{}", height, width,
         shape[2], shape[3]);
  expect(tape.spec(crops).shape == Shape({shape[0], 3}) && tape.spec(crops).type == DType::i32,
         "normalize_clip: crops {} must be i32 [{}, 3]", to_string(tape.spec(crops).shape), shape[0]);
  expect(mean.type() == DType::f32 &&
             (mean.shape() == Shape({3}) || mean.shape() == Shape({shape[1], shape[2], shape[3], 3})),
         "normalize_clip: mean {} must be [3] or [{}, {}, {}, 3]", to_string(mean.shape()), shape[1],
         shape[2], shape[3]);
  return tape.append(
      std::make_unique<NormalizeClip>(mean, normalization), std::array{frames, crops},
      std::array{TensorSpec{{shape[0], shape[1], height, width, kClipChannels}, tape.compute_type()}})[0];
}

}  // namespace c3d
