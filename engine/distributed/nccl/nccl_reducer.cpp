#include "engine/distributed/nccl_reducer.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "engine/distributed/nccl/gpu_sums.h"

namespace c3d {
namespace {

// As gpu_obstacle() has it.
std::string place_of(int device) try {
  nccl();
  std::array<char, 32> bus{};
  const cudaError_t status = cudaDeviceGetPCIBusId(bus.data(), bus.size(), device);
  if (status != cudaSuccess)
    return fmt::format("-CUDA does not say where its GPU is: {}", cudaGetErrorString(status));
  return fmt::format("{} {}", this_host(), bus.data());
} catch (const Error& error) {
  return "-" + error.message();
}

}  // namespace

DeviceReducer make_nccl_reducer(Communicator& ranks, ConstTensor example) {
  cudaPointerAttributes attributes{};
  const bool is_known = cudaPointerGetAttributes(&attributes, example.data()) == cudaSuccess;
  const int device = attributes.device;
  const std::string place = is_known ? place_of(device) : "-CUDA does not know the GPU of its gradients";
  std::string obstacle = gpu_obstacle(ranks, ranks.all_gather(place));
  if (!obstacle.empty()) return {.reducer = nullptr, .obstacle = std::move(obstacle)};
  return {.reducer = std::make_unique<GpuSums>(nccl(), ranks, device), .obstacle = ""};
}

}  // namespace c3d
