#include "kernels/cpu/linear/linear.h"

#include <cstring>

#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

// Rows of the weights in a piece: a multiple of any kernel's blocks, and some hundred microseconds of memory
// traffic in C3D's layers.
constexpr std::int64_t kOutputs = 24;

// Activations are multiplied as floats: those of bf16 are widened once, to `block`, `offset` elements from
// its start.
const float* floats_of(const LinearTeam& team, ConstTensor values, std::byte* block,
                       std::int64_t offset = 0) {
  if (values.type() == DType::f32) return values.as<float>();
  float* const widened = reinterpret_cast<float*>(block) + offset;
  widen_bf16({team.elementwise, team.threads}, values,
             Tensor(reinterpret_cast<std::byte*>(widened), values.shape(), DType::f32));
  return widened;
}

std::byte* room_for(Workspace& workspace, DType type, std::int64_t elements) {
  if (type == DType::f32) return nullptr;
  return workspace.get(Purpose::widened, static_cast<std::size_t>(elements) * sizeof(float));
}

}  // namespace

void linear(const LinearTeam& team, Workspace& workspace, Activation activation, ConstTensor x,
            ConstTensor weight, ConstTensor bias, Tensor y) {
  const LinearJob job{.rows = x.shape()[0],
                      .inputs = x.shape()[1],
                      .outputs = weight.shape()[0],
                      .x = floats_of(team, x, room_for(workspace, x.type(), x.count())),
                      .weight = weight.data(),
                      .bias = bias.data(),
                      .relu = activation == Activation::relu,
                      .y = y.data()};
  parallel_pieces(team.threads, job.outputs, kOutputs,
                  [&](std::int64_t first, std::int64_t last) { team.kernels->forward(job, first, last); });
}

void linear_backward_data(const LinearTeam& team, Workspace& workspace, ConstTensor weight, ConstTensor dy,
                          Tensor dx) {
  const bool rounds = dx.type() != DType::f32;
  const Tensor sums =
      rounds ? Tensor(workspace.get(Purpose::sums, static_cast<std::size_t>(dx.count()) * sizeof(float)),
                      dx.shape(), DType::f32)
             : dx;
  const LinearJob job{.rows = dx.shape()[0],
                      .inputs = dx.shape()[1],
                      .outputs = weight.shape()[0],
                      .weight = weight.data(),
                      .dy = floats_of(team, dy, room_for(workspace, dy.type(), dy.count())),
                      .dx = sums.as<float>()};
  // A few pieces a thread: long runs of each row of the weights.
  const std::int64_t pieces = std::int64_t{4} * team.threads, share = (job.inputs + pieces - 1) / pieces;
  const std::int64_t piece = (share + 63) / 64 * 64;
  parallel_pieces(team.threads, job.inputs, piece, [&](std::int64_t first, std::int64_t last) {
    team.kernels->backward_data(job, first, last);
  });
  if (rounds) round_to_bf16({team.elementwise, team.threads}, sums, dx);
}

void linear_backward_weight(const LinearTeam& team, Workspace& workspace, ConstTensor x, ConstTensor dy,
                            Tensor dweight) {
  std::byte* const room = room_for(workspace, x.type(), x.count() + dy.count());
  const LinearJob job{.rows = x.shape()[0],
                      .inputs = x.shape()[1],
                      .outputs = dy.shape()[1],
                      .x = floats_of(team, x, room),
                      .dy = floats_of(team, dy, room, x.count()),
                      .dweight = dweight.as<float>()};
  parallel_pieces(team.threads, job.outputs, kOutputs, [&](std::int64_t first, std::int64_t last) {
    team.kernels->backward_weight(job, first, last);
  });
}

void linear_backward_bias(ConstTensor dy, Tensor dbias) {
  const std::int64_t rows = dy.shape()[0], outputs = dy.shape()[1];
  auto* sums = dbias.as<float>();
  std::memset(sums, 0, dbias.bytes());
  for_type(dy.type(), [&](auto element) {
    using T = decltype(element);
    const T* gradients = dy.as<T>();
    for (std::int64_t n = 0; n < rows; ++n) {
      for (std::int64_t o = 0; o < outputs; ++o) sums[o] += to_float(gradients[n * outputs + o]);
    }
  });
}

}  // namespace c3d::cpu
