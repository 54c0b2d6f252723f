#include "kernels/cuda/stream_recorder.h"

#include "kernels/cuda/check.h"

namespace c3d::cuda {

// Thread-local: loader threads may allocate while this one captures.
void StreamRecorder::begin() {
  check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "recording a step");
  workspace_.freeze();
}

std::shared_ptr<void> StreamRecorder::end() {
  workspace_.thaw();
  cudaGraph_t captured = nullptr;
  const cudaError_t status = cudaStreamEndCapture(stream_, &captured);
  const Graph graph(captured);
  check(status, "recording a step (--no-graphs does without)");
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph.get(), 0),
        "making a step's graph (--no-graphs does without)");
  return std::make_shared<GraphExecutable>(executable);
}

void StreamRecorder::abandon() {
  workspace_.thaw();
  cudaGraph_t captured = nullptr;
  // The failure that led here is the one to tell; this only gives the stream back.
  static_cast<void>(cudaStreamEndCapture(stream_, &captured));
  const Graph graph(captured);
  static_cast<void>(cudaGetLastError());
}

void StreamRecorder::launch(const std::shared_ptr<void>& record) {
  check(cudaGraphLaunch(static_cast<GraphExecutable*>(record.get())->get(), stream_), "launching a step");
}

}  // namespace c3d::cuda
