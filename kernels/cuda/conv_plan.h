// How cuDNN computes one convolution: a key says what, a plan how. ConvPlan::build asks the heuristics for
// engines and takes the first that fits the rules; the same code runs on a GPU and, given a description of a
// device, where there is none. A plan owns its cuDNN descriptors and no memory; it may be used by one thread
// at a time. Source of the method: NVIDIA cuDNN 9 developer guide, "graph API" and "heuristics".
#pragma once

#include <cudnn_graph.h>

#include <optional>
#include <string>
#include <vector>

#include "kernels/cuda/conv_key.h"
#include "kernels/cuda/cudnn_graph.h"

namespace c3d::cuda {

// The device that plans are made for: one behind a handle, or one that is only described.
class CudnnTarget {
 public:
  explicit CudnnTarget(cudnnHandle_t handle) : handle_(handle) {}
  // Property JSON as cuDNN itself writes it; no GPU, driver or handle is needed.
  explicit CudnnTarget(const std::string& device_json);

  cudnnHandle_t handle() const { return handle_; }  // null: described
  const Descriptor* device() const { return device_ ? &*device_ : nullptr; }

 private:
  cudnnHandle_t handle_ = nullptr;
  std::optional<Descriptor> device_;
};

struct PlanRules {
  bool deterministic = true;
  std::size_t workspace_limit = 0;
  // Engines that compile their kernel on the spot stand beside the others; else only where there is no other: they
  // cost seconds, and some use atomics without saying so, which only running them shows.
  bool compiled_at_run_time = false;
};
// 8 MiB; 32 MiB in strict f32, whose engines are old ones.
PlanRules default_rules(const Format& format, bool deterministic);

struct ConvArguments {  // what a plan reads and writes; bias for forward only, factors for that of e4m3
  const void *x = nullptr, *filter = nullptr, *bias = nullptr, *y = nullptr, *factors = nullptr;
};

class ConvPlan {
 public:
  // The heuristics' first plan within the rules. Error that says what was refused and why, if there is none.
  static ConvPlan build(const CudnnTarget& target, const ConvKey& key, const PlanRules& rules);
  // All plans within the rules in the heuristics' order, for timing; at most `limit`.
  static std::vector<ConvPlan> candidates(const CudnnTarget& target, const ConvKey& key,
                                          const PlanRules& rules, std::size_t limit);
  // The plan of this name(), the only one that is built; empty where the heuristics propose none such within
  // the rules.
  static std::optional<ConvPlan> named(const CudnnTarget& target, const ConvKey& key, const PlanRules& rules,
                                       const std::string& name);

  // Enqueues on the handle's stream. All pointers are at 16-byte boundaries.
  void run(cudnnHandle_t handle, const ConvArguments& arguments, void* workspace) const;

  std::size_t workspace_bytes() const { return workspace_bytes_; }
  // "eng41_k2=0_k27=1": the engine and its settings, the same in every run of one cuDNN version.
  const std::string& name() const { return name_; }
  bool deterministic() const { return deterministic_; }
  bool uses_tensor_cores() const { return uses_tensor_cores_; }
  bool compiled_at_run_time() const { return compiled_at_run_time_; }

 private:
  friend class PlanSearch;
  ConvPlan(Descriptor plan, const ConvKey& key)
      : plan_(std::move(plan)),
        direction_(key.direction),
        has_factors_(key.format.product == ProductType::e4m3) {}

  Descriptor plan_;
  ConvDirection direction_;
  bool has_factors_;
  std::size_t workspace_bytes_ = 0;
  std::string name_;
  bool deterministic_ = false, uses_tensor_cores_ = false, compiled_at_run_time_ = false;
};

}  // namespace c3d::cuda
