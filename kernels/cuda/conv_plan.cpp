#include "kernels/cuda/conv_plan.h"

#include <algorithm>

#include "kernels/cuda/check.h"
#include "kernels/cuda/cudnn_library.h"

namespace c3d::cuda {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

ConvGraph graph_of(const ConvKey& key) {
  const DType type = operand_type(key.format);
  const Conv3dGeometry geometry = key.geometry();
  switch (key.direction) {
    case ConvDirection::forward:
      return ConvGraph::forward(geometry, key.relu, key.x(), key.filter(), key.y(), key.format);
    case ConvDirection::backward_data:
      return ConvGraph::backward_data(geometry, key.x(), key.filter(), key.y(), type);
    case ConvDirection::backward_filter:
      return ConvGraph::backward_filter(geometry, key.x(), key.filter(), key.y(), type, key.filter_gradient);
  }
  fail("cudnn: there is no such direction");
}

// An engine's name and notes, as far as the rules ask for them.
struct EngineFacts {
  std::string name;
  bool deterministic = true, tensor_cores = false, rounds_inputs = false, other_arithmetic = false,
       compiled_at_run_time = false;
};

EngineFacts facts_of(const Descriptor& config) {
  const std::vector<Descriptor> engines =
      config.descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1);
  expect(engines.size() == 1, "cudnn: a configuration names {} engines", engines.size());
  const Descriptor& engine = engines.front();
  EngineFacts facts;
  facts.name = fmt::format("eng{}", engine.integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX));
  for (const Descriptor& knob : config.descriptors(
           CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_KNOB_TYPE_COUNTS)) {
    const auto type =
        knob.list<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE);
    facts.name += fmt::format("_k{}={}", type.empty() ? -1 : static_cast<int>(type.front()),
                              knob.integer(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE));
  }
  for (const auto note : engine.list<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                                                  CUDNN_TYPE_NUMERICAL_NOTE)) {
    facts.deterministic &= note != CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
    facts.tensor_cores |= note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
    facts.rounds_inputs |= note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
    facts.other_arithmetic |= note == CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION ||
                              note == CUDNN_NUMERICAL_NOTE_FFT || note == CUDNN_NUMERICAL_NOTE_WINOGRAD;
  }
  for (const auto note :
       engine.list<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE)) {
    facts.compiled_at_run_time |= note == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION;
  }
  return facts;
}

}  // namespace

CudnnTarget::CudnnTarget(const std::string& device_json) {
  device_.emplace(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device_->set_text(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, device_json);
  device_->finalize("a device from its description");
}

PlanRules default_rules(const Format& format, bool deterministic) {
  return {.deterministic = deterministic,
          .workspace_limit = (format.product == ProductType::f32 ? 32 : 8) * kMiB};
}

// One walk over the heuristics' proposals. Engines that compile their kernel on the spot come last; without a driver
// they cannot be built at all.
class PlanSearch {
 public:
  PlanSearch(const CudnnTarget& target, const ConvKey& key, const PlanRules& rules)
      : target_(target), key_(checked(key)), rules_(rules), graph_(graph_of(key)) {}

  std::vector<ConvPlan> find(std::size_t limit) {
    const Descriptor operations = graph_.operation_graph(target_.handle());
    for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
      std::vector<Descriptor> late;
      for (Descriptor& config : proposals(operations, mode)) {
        if (plans_.size() >= limit) break;
        if (facts_of(config).compiled_at_run_time) {
          late.push_back(std::move(config));
        } else {
          consider(config);
        }
      }
      for (const Descriptor& config : late) {
        if (plans_.size() >= limit || (!plans_.empty() && !rules_.compiled_at_run_time)) break;
        consider(config);
      }
      if (!plans_.empty()) break;
    }
    return std::move(plans_);
  }

  // The proposal of this name; empty where there is none, or none within the rules.
  std::optional<ConvPlan> find_named(const std::string& name) {
    const Descriptor operations = graph_.operation_graph(target_.handle());
    for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
      for (const Descriptor& config : proposals(operations, mode)) {
        if (facts_of(config).name == name) consider(config);
        if (!plans_.empty()) return std::move(plans_.front());
      }
    }
    return std::nullopt;
  }

  [[noreturn]] void explain() const {
    std::string why;
    const auto add = [&](int count, const std::string& what) {
      if (count > 0) why += fmt::format("{}{} {}", why.empty() ? "" : ", ", count, what);
    };
    add(refused_.nondeterministic, "are not deterministic");
    add(refused_.not_strict, "round their inputs or use tensor cores");
    add(refused_.too_large, fmt::format("want more workspace than {} MiB (the least {} MiB)",
                                        rules_.workspace_limit / kMiB, refused_.min_workspace / kMiB + 1));
    add(refused_.unsupported, "cannot be built (" + refused_.last_words + ")");
    if (why.empty()) why = "it proposes none: " + refused_.last_words;
    fail("cudnn {} has no plan for the convolution {}: of its proposals {}",
         cudnn_version_text(cudnn().version()), to_text(key_), why);
  }

 private:
  static const ConvKey& checked(const ConvKey& key) {
    for (const std::int64_t count : {key.x().count(), key.filter().count(), key.y().count()}) {
      expect(count <= kLargestTensor,
             "cudnn: a tensor of {} elements in the convolution {} is beyond 2^31: split the batch", count,
             to_text(key));
    }
    return key;
  }

  struct Refusals {
    int nondeterministic = 0, not_strict = 0, too_large = 0, unsupported = 0;
    std::size_t min_workspace = SIZE_MAX;
    std::string last_words;
  };

  std::vector<Descriptor> proposals(const Descriptor& operations, cudnnBackendHeurMode_t mode) {
    Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, operations);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
    if (target_.device() != nullptr) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *target_.device());
    if (const cudnnStatus_t status = heuristics.try_finalize(); !succeeded(status)) {
      refused_.last_words = words_of(status);
      return {};
    }
    return heuristics.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  }

  void consider(const Descriptor& config) {
    const EngineFacts facts = facts_of(config);
    if (rules_.deterministic && !facts.deterministic) {
      ++refused_.nondeterministic;
      return;
    }
    const bool strict = !facts.tensor_cores && !facts.rounds_inputs && !facts.other_arithmetic;
    if (key_.format.product == ProductType::f32 && !strict) {
      ++refused_.not_strict;
      return;
    }
    Descriptor built(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    built.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    if (target_.handle() != nullptr) built.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target_.handle());
    if (target_.device() != nullptr) built.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target_.device());
    if (const cudnnStatus_t status = built.try_finalize(); !succeeded(status)) {
      ++refused_.unsupported;
      refused_.last_words = words_of(status);
      return;
    }
    const auto workspace = static_cast<std::size_t>(built.integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
    if (workspace > rules_.workspace_limit) {
      ++refused_.too_large;
      refused_.min_workspace = std::min(refused_.min_workspace, workspace);
      return;
    }
    ConvPlan plan(std::move(built), key_);
    plan.workspace_bytes_ = workspace;
    plan.name_ = facts.name;
    plan.deterministic_ = facts.deterministic;
    plan.uses_tensor_cores_ = facts.tensor_cores || facts.rounds_inputs;
    plan.compiled_at_run_time_ = facts.compiled_at_run_time;
    plans_.push_back(std::move(plan));
  }

  const CudnnTarget& target_;
  const ConvKey& key_;
  const PlanRules& rules_;
  ConvGraph graph_;
  std::vector<ConvPlan> plans_;
  Refusals refused_;
};

std::vector<ConvPlan> ConvPlan::candidates(const CudnnTarget& target, const ConvKey& key,
                                           const PlanRules& rules, std::size_t limit) {
  PlanSearch search(target, key, rules);
  std::vector<ConvPlan> plans = search.find(limit);
  if (plans.empty()) search.explain();
  return plans;
}

ConvPlan ConvPlan::build(const CudnnTarget& target, const ConvKey& key, const PlanRules& rules) {
  return std::move(candidates(target, key, rules, 1).front());
}

std::optional<ConvPlan> ConvPlan::named(const CudnnTarget& target, const ConvKey& key, const PlanRules& rules,
                                        const std::string& name) {
  return PlanSearch(target, key, rules).find_named(name);
}

void ConvPlan::run(cudnnHandle_t handle, const ConvArguments& arguments, void* workspace) const {
  const std::array<std::int64_t, 5> ids{kX, kFilter, kY, kBias, kFactors};
  // The attribute is a list of void*, whichever of them are only read.
  const std::array<void*, 5> pointers{const_cast<void*>(arguments.x), const_cast<void*>(arguments.filter),
                                      const_cast<void*>(arguments.y), const_cast<void*>(arguments.bias),
                                      const_cast<void*>(arguments.factors)};
  const std::size_t count = direction_ != ConvDirection::forward ? 3 : has_factors_ ? 5 : 4;
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span(ids).first(count));
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span<void* const>(pointers).first(count),
           CUDNN_TYPE_VOID_PTR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, std::span<void* const>(&workspace, 1), CUDNN_TYPE_VOID_PTR);
  pack.finalize("the arguments of a plan");
  check(cudnn().execute(handle, plan_.get(), pack.get()), "running a convolution by {}", name_);
}

}  // namespace c3d::cuda
