// The contract of every kernel. A Backend is one device with one in-order queue, its memory, and every op C3D
// needs.
//
// Rules that hold for all of it:
// - Not thread-safe: one thread drives one Backend. run_beside() alone may be called from any.
// - Each call is a whole op over a whole batch. Inputs come first, outputs last; an output never overlaps an
//   input unless its name ends in _in_place. All tensors are contiguous, in the order N D H W C (filters
//   K kd kh kw C).
// - Activations, their gradients, filters and biases have the type compute_type(precision()), written `T`
//   below; parameter gradients and everything else are f32 unless the name says otherwise.
// - Gradients overwrite; accumulate() adds where a value has several uses or a batch several parts. An empty
//   Tensor for a gradient means "not wanted".
// - What changes from step to step (seed, step, learning rate ...) is given to begin_step() and read from the
//   device's memory by the ops, so that a recorded step can be replayed unchanged.
// - The ops check shapes, types and what must be there (backend_ops.cpp); a violated precondition throws
//   Error. So does a device that fails, which may show as late as synchronize().
// - A backend computes: it overrides do_NAME for each op NAME, and may rely on all that the op has checked.
//   The reference backend (kernels/reference) is the definition of every op; the others are tested against
//   it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/core/all_reducer.h"
#include "engine/core/format.h"
#include "engine/core/geometry.h"
#include "engine/core/loss_rules.h"
#include "engine/core/optimizer_step.h"
#include "engine/core/tensor.h"

namespace c3d {

// relu: max(x, 0), NaN stays NaN; its gradient at 0 is 0.
enum class Activation : std::uint8_t { none, relu };
enum class ColourOrder : std::uint8_t { rgb, bgr };

// Memory with one owner. Freed by the backend it came from, which must outlive it.
class Buffer {
 public:
  using Free = std::function<void(std::byte*)>;
  Buffer() = default;
  Buffer(std::byte* data, std::size_t bytes, MemoryKind kind, Free free);

  std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }
  MemoryKind memory_kind() const { return memory_kind_; }
  // A view of the elements from offset_bytes on, checked against the buffer's size.
  Tensor tensor(const Shape& shape, DType type, std::size_t offset_bytes = 0) const;

 private:
  std::unique_ptr<std::byte, Free> data_;
  std::size_t bytes_ = 0;
  MemoryKind memory_kind_ = MemoryKind::host;
};

// allocate() was asked for more than the device has left.
class OutOfMemory : public Error {
 public:
  OutOfMemory(std::string message, std::size_t wanted_bytes, std::size_t available_bytes,
              std::source_location where = std::source_location::current())
      : Error(std::move(message), where), wanted_bytes_(wanted_bytes), available_bytes_(available_bytes) {}

  std::size_t wanted_bytes() const { return wanted_bytes_; }
  std::size_t available_bytes() const { return available_bytes_; }

 private:
  std::size_t wanted_bytes_, available_bytes_;
};

// A point in the backend's queue. Only the backend looks inside.
struct Event {
  std::shared_ptr<void> state;
};

// The values that change from step to step.
struct StepScalars {
  std::uint64_t seed = 0;  // of the run
  std::uint64_t step = 0;  // of the optimizer: dropout draws anew each step
  // Of this part in the whole accumulated batch: 3 parts of 10 clips draw what 30 do.
  std::uint64_t first_row = 0;
  float learning_rate = 0;
  float loss_scale = 1;  // factor on the loss's gradient: 1 / rows that count in the whole accumulated batch
  float average_decay = 0;  // of the parameters' moving average, see OptimizerArrays
};

struct Normalization {
  ColourOrder order = ColourOrder::rgb;  // of x's first three channels, and of the mean's
  float scale = 1;
};

struct BackendMemory {
  std::size_t workspace_bytes = 0;   // scratch of the ops
  std::size_t packed_bytes = 0;      // packed or transformed copies of the parameters
  std::size_t max_packed_bytes = 0;  // the bound that was set for these; 0: none
};

// What an op multiplied, whatever its definition counts: Winograd's algorithm multiplies less.
struct Multiplications {
  double count = 0;         // multiply-adds, without those of padding where a kernel may leave them out
  DType type = DType::f32;  // of the numbers that are multiplied
};

// Called when an op was measured to choose how it is computed: how many were so far, in how many seconds.
using MeasuredHook = std::function<void(std::int64_t ops, double seconds)>;

class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  virtual std::string description() const = 0;  // "cpu: avx512 with bf16, 2 threads"
  virtual Precision precision() const = 0;
  virtual BackendMemory memory() const = 0;

  // ---- memory and time
  virtual Buffer allocate(std::size_t bytes, MemoryKind kind) = 0;  // at least 64-byte aligned, not cleared
  // Any kinds of memory, equal types and counts; asynchronous when one side is pinned.
  void copy(ConstTensor from, Tensor to);
  // The parts one after the other, as one copy: of equal type, with as many elements in all as `to`.
  void copy_parts(std::span<const ConstTensor> parts, Tensor to);
  virtual void zero(Tensor values) = 0;
  virtual void synchronize() = 0;
  virtual Event record_event() = 0;
  virtual double milliseconds(const Event& from, const Event& to) = 0;  // waits until both are reached
  virtual bool reached(const Event& event) = 0;
  virtual void wait(const Event& event) = 0;
  virtual void begin_step(const StepScalars& scalars) = 0;
  // Runs step(), or what a former call with the same program number recorded of it: the same ops on the same
  // tensors. Nothing in it may touch host memory; begin_step() and uploads stay outside.
  virtual void replay(std::uint64_t program, const std::function<void()>& step);
  // Calls body(0), body(1) ... on at most `threads` threads at once, and on one at least, which may be the
  // caller's; returns when all have returned. body must not throw. For work that goes on beside the ops, as
  // reading does: a backend that computes on the CPU then lets its threads sleep where they wait for each
  // other, in place of turning round on processors that others could use.
  virtual void run_beside(int threads, const std::function<void(int)>& body);
  // The flat f32 parameters were written from outside (optimizer_step implies it): packed copies are stale,
  // and the bf16 copy (empty where the precision needs none) is written anew.
  void parameters_changed(ConstTensor values, Tensor bf16_copy);
  // The filters of all convolutions to come take so many bytes in the compute type: a backend that must not
  // keep packed copies of any size divides what it may keep. Of several stores the last counts.
  virtual void filters_declared(std::size_t /*bytes*/) {}

  // ---- the plan: how the ops are computed of which there are several ways
  // Whether the ways to compute an op are timed when it first comes, unless the plan has it. Else a model or
  // the library's heuristics choose.
  virtual bool measures() const { return false; }
  // What was chosen or given so far, as lines of text; "" where the backend has no plan.
  virtual std::string plan() const { return {}; }
  // Choices of another run's plan() hold from now on, beside those that are. Error, and nothing changes: text
  // that is no plan, choices this backend does not have (another instruction set's, GPU's or library's), or a
  // backend that has no plan.
  virtual void add_plan(const std::string& lines);
  // The hook may call plan(). Never called where nothing is measured.
  virtual void on_measured(const MeasuredHook& /*hook*/) {}
  // How the last convolution was computed, in a few letters; "" where the backend does not say.
  virtual std::string last_choice() const { return {}; }

  // ---- processes that train together
  // By whom all_reduce() sums from now on; nullptr: this process is alone, and values stay as they are.
  void reduce_by(std::unique_ptr<AllReducer> reducer) { reducer_ = std::move(reducer); }
  // As AllReducer says it; "": there is nobody to sum with.
  std::string reduction() const { return reducer_ != nullptr ? reducer_->description() : ""; }
  // Whether a sum may begin among ops that are replayed. false also where there is nobody to sum with.
  bool reduces_beside() const { return reducer_ != nullptr && reducer_->runs_beside(); }
  // Begins to sum f32 values over these processes, see AllReducer::start(). Ops that follow run beside it, and leave the values alone
  // until join_all_reduces().
  void all_reduce(Tensor values_in_place, int contributors);
  // Ops that follow find the sums.
  void join_all_reduces();

  // ---- for benchmarks
  // Of the last convolution; a count of 0 where the backend does not say.
  virtual Multiplications last_multiplications() const { return {}; }
  // Multiply-adds a second of numbers of this type that nothing but arithmetic limits: the best of some
  // milliseconds of all that computes here. 0 where the backend has no such loop, or none for the type.
  virtual double measure_multiply_adds(DType /*type*/) { return 0; }

  // ---- ops
  // x [N,D,H,W,C]  filter [K,kd,kh,kw,C]  bias [K]  y [N,D',H',W',K]
  void conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                      ConstTensor bias, Tensor y);
  void conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy, Tensor dx);
  // dfilter [K,kd,kh,kw,C] f32 (zero in channels that are not valid)  dbias [K] f32
  void conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter,
                              Tensor dbias);

  // argmax_u8 [N,D',H',W',C]: position inside the window, (kd * kernel.h + kh) * kernel.w + kw; the first of
  // equal values, NaN wins (as PyTorch). Empty in inference. x and y may be e4m3, without argmax.
  void max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y, Tensor argmax_u8);
  void max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy, Tensor dx);

  // Convolution, bias, ReLU and max-pool in one. The convolution's own output is never kept whole: the pooled
  // y and the argmax say all that backward must know (a pooled value is positive exactly where ReLU let its
  // source pass).
  // x [N,D,H,W,C]  filter [K,kd,kh,kw,C]  bias [K]  y, argmax_u8 [N,D'',H'',W'',K]; argmax_u8 is empty in
  // inference
  void conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                 ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax_u8);
  void conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                  ConstTensor filter, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy,
                                  Tensor dx, Tensor dfilter, Tensor dbias);

  // ---- 8 bits, for inference where precision() is fp8. An e4m3 tensor holds values divided by a scale that
  // its user knows. Products are summed in f32; what is larger than 448 becomes 448.
  // x [N,D,H,W,C] e4m3  filter [K,kd,kh,kw,C] e4m3  factors, bias [K] f32  y [N,D',H',W',K] e4m3 or T:
  //   activation(sum * factors[k] + bias[k])
  void conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                           ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y);
  // The same of x [N,I] e4m3  weight [O,I] e4m3  factors, bias [O] f32  y [N,O] e4m3 or T
  void linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                           ConstTensor bias, Tensor y);
  // conv3d_max_pool3d_forward() without argmax, then y e4m3 of its results, rounded to T, times the factor.
  void conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                         ConstTensor x, ConstTensor filter, ConstTensor bias, float factor,
                                         Tensor y);
  // y T = x e4m3 times the scale, of any equal shapes.
  void e4m3_values(float scale, ConstTensor x, Tensor y);

  // x [N,I]  weight [O,I]  bias [O]  y [N,O]
  void linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias, Tensor y);
  // dy [N,O]  dx [N,I]  dweight [O,I] f32  dbias [O] f32
  void linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx, Tensor dweight,
                       Tensor dbias);

  void relu_forward(ConstTensor x, Tensor y);
  void relu_backward(ConstTensor y, Tensor dy_in_place);  // zero where y is not positive

  // Zeroes what dropout_drops() says for element first_row * row + i, scales the rest by 1 / (1 - p). Its own
  // backward. x, y [N, ...]; op tells the dropouts of a network apart.
  void dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y);

  // logits [N,classes] T  probabilities [N,classes] f32  losses [N] f32, of loss_rules.h; 0 in a padding row.
  // Labels and losses may both be empty: a plain softmax. Labels are compared with the classes, and mixes and
  // weights with their ranges, where they are in host memory.
  void softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                     const CrossEntropyTargets& targets, Tensor probabilities, Tensor losses);
  // dlogits [N,classes] T = loss_scale times the gradient of the row's loss. The mean over rows is thus
  // loss_scale's business: 1 / rows also with class weights, as PyTorch has it for soft targets. (For hard
  // ones it divides by the sum of the labels' weights; the parts of an accumulated batch do not know it. It
  // is the same where the weights' mean over the labels is 1, as balanced weights have it.)
  void softmax_cross_entropy_backward(const CrossEntropyRule& rule, ConstTensor probabilities,
                                      const CrossEntropyTargets& targets, Tensor dlogits);

  // Several labels a row: each class has a sigmoid of its own (torch.nn.BCEWithLogitsLoss with pos_weight=).
  // logits [N,classes] T  targets [N,classes] f32, from 0 to 1, negative: this element counts for nothing
  // positive_weights w f32 [classes], empty: all are 1  probabilities p [N,classes] f32  losses [N] f32:
  //   mean over all classes c of -w_c t_c log p_c - (1 - t_c) log(1 - p_c)
  // Targets and losses may both be empty: a plain sigmoid.
  void sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits, ConstTensor targets,
                                     Tensor probabilities, Tensor losses);
  // dlogits [N,classes] T = loss_scale times the gradient of the row's loss
  void sigmoid_cross_entropy_backward(ConstTensor positive_weights, ConstTensor probabilities,
                                      ConstTensor targets, Tensor dlogits);

  // frames_u8 [N,D,Hs,Ws,3] RGB  mean f32 [3] or [D,Hs,Ws,3] in the wanted order  crops_i32 [N,3]: top, left,
  // flip (0/1)  x [N,D,H,W,C], C >= 3: (frame - mean) * scale of the crop, the mean taken at the source
  // position before mirroring; channels from the fourth on are zero. A crop outside the frame is an error
  // where crops are in host memory.
  void normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                      ConstTensor crops_i32, Tensor x);

  void accumulate(ConstTensor x, Tensor y_in_place);  // y += x, equal types: f32 or bf16

  // The flat arrays of a ParameterStore, one pass over all; rate, step and average_decay are begin_step's.
  void optimizer_step(const OptimizerStep& step, const OptimizerArrays& arrays);
  void sum_of_squares(ConstTensor values, Tensor scalar);  // f32; scalar [1]

 protected:
  // As AllReducer knows it.
  virtual void* queue() { return nullptr; }
  // The computations of the ops above. One do_ may call another: nothing is checked twice.
  virtual void do_copy(ConstTensor from, Tensor to) = 0;
  virtual void do_copy_parts(std::span<const ConstTensor> parts, Tensor to);
  virtual void do_parameters_changed(ConstTensor values, Tensor bf16_copy) = 0;
  virtual void do_conv3d_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                                 ConstTensor filter, ConstTensor bias, Tensor y) = 0;
  virtual void do_conv3d_backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy,
                                       Tensor dx) = 0;
  virtual void do_conv3d_backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy,
                                         Tensor dfilter, Tensor dbias) = 0;
  virtual void do_max_pool3d_forward(const Pool3dGeometry& pool, ConstTensor x, Tensor y,
                                     Tensor argmax_u8) = 0;
  virtual void do_max_pool3d_backward(const Pool3dGeometry& pool, ConstTensor argmax_u8, ConstTensor dy,
                                      Tensor dx) = 0;
  virtual void do_conv3d_max_pool3d_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                            ConstTensor x, ConstTensor filter, ConstTensor bias, Tensor y,
                                            Tensor argmax_u8) = 0;
  virtual void do_conv3d_max_pool3d_backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                             ConstTensor x, ConstTensor filter, ConstTensor argmax_u8,
                                             ConstTensor y, ConstTensor dy, Tensor dx, Tensor dfilter,
                                             Tensor dbias) = 0;
  virtual void do_linear_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                                 Tensor y) = 0;
  virtual void do_linear_backward(ConstTensor x, ConstTensor weight, ConstTensor dy, Tensor dx,
                                  Tensor dweight, Tensor dbias) = 0;
  // Error, where a backend leaves them out: it has no 8 bits.
  virtual void do_conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                                      ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y);
  virtual void do_linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight,
                                      ConstTensor factors, ConstTensor bias, Tensor y);
  virtual void do_conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool,
                                                    ConstTensor x, ConstTensor filter, ConstTensor bias,
                                                    float factor, Tensor y);
  virtual void do_e4m3_values(float scale, ConstTensor x, Tensor y);
  virtual void do_relu_forward(ConstTensor x, Tensor y) = 0;
  virtual void do_relu_backward(ConstTensor y, Tensor dy_in_place) = 0;
  virtual void do_dropout(std::uint32_t op, float drop_probability, ConstTensor x, Tensor y) = 0;
  virtual void do_softmax_cross_entropy_forward(const CrossEntropyRule& rule, ConstTensor logits,
                                                const CrossEntropyTargets& targets, Tensor probabilities,
                                                Tensor losses) = 0;
  virtual void do_softmax_cross_entropy_backward(const CrossEntropyRule& rule, ConstTensor probabilities,
                                                 const CrossEntropyTargets& targets, Tensor dlogits) = 0;
  virtual void do_sigmoid_cross_entropy_forward(ConstTensor positive_weights, ConstTensor logits,
                                                ConstTensor targets, Tensor probabilities, Tensor losses) = 0;
  virtual void do_sigmoid_cross_entropy_backward(ConstTensor positive_weights, ConstTensor probabilities,
                                                 ConstTensor targets, Tensor dlogits) = 0;
  virtual void do_normalize_clip(const Normalization& normalization, ConstTensor frames_u8, ConstTensor mean,
                                 ConstTensor crops_i32, Tensor x) = 0;
  virtual void do_accumulate(ConstTensor x, Tensor y_in_place) = 0;
  virtual void do_optimizer_step(const OptimizerStep& step, const OptimizerArrays& arrays) = 0;
  virtual void do_sum_of_squares(ConstTensor values, Tensor scalar) = 0;

 private:
  std::unique_ptr<AllReducer> reducer_;
};

}  // namespace c3d
