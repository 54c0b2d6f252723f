// Records steps as CUDA graphs, by capturing a stream; scratch memory is frozen meanwhile. Borrows both.
#pragma once

#include "kernels/cuda/resources.h"
#include "kernels/cuda/step_graphs.h"

namespace c3d::cuda {

class StreamRecorder final : public StepRecorder {
 public:
  StreamRecorder(cudaStream_t stream, Workspace& workspace) : stream_(stream), workspace_(workspace) {}

  void begin() override;
  std::shared_ptr<void> end() override;
  void abandon() override;
  void launch(const std::shared_ptr<void>& record) override;
  std::uint64_t memory_generation() const override { return workspace_.generation(); }

 private:
  cudaStream_t stream_;
  Workspace& workspace_;
};

}  // namespace c3d::cuda
