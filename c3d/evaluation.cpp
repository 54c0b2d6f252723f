#include "c3d/evaluation.h"

#include <ostream>

#include "c3d/common/device_spec.h"
#include "c3d/evaluation/evaluation_run.h"
#include "c3d/inference/loaded_network.h"

namespace c3d {
namespace {

EvaluationRequest request_of(const EvaluationOptions& options) {
  EvaluationRequest request;
  request.weights = options.weights;
  request.network = classifier_options(options.network, Feature::none);
  request.batch = options.network.batch;
  request.clips = options.clips;
  request.device = backend_spec(options.network.device);
  request.data = options.data;
  if (!options.root.empty()) request.list.root = options.root;
  if (!options.classes.empty()) request.list.classes = options.classes;
  request.predictions = options.predictions;
  request.confusion = options.confusion;
  request.confusion_picture = options.confusion_picture;
  request.reliability_picture = options.reliability_picture;
  request.page = options.page;
  return request;
}

}  // namespace

Evaluation evaluate(const EvaluationOptions& options, const EvaluationCallbacks& callbacks) {
  std::ostream silence(nullptr);  // hears what the device says while it measures
  return run_evaluation(request_of(options), callbacks, silence);
}

}  // namespace c3d
