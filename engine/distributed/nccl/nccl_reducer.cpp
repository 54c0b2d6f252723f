#include "engine/distributed/nccl_reducer.h"

#include <array>
#include <set>

#include "engine/distributed/nccl/gpu_sums.h"

namespace c3d {
namespace {

// "host 0000:0a:00.0", the same for no two GPUs; "": this rank cannot take part.
std::string place_of(int device) try {
  nccl();
  std::array<char, 32> bus{};
  if (cudaDeviceGetPCIBusId(bus.data(), bus.size(), device) != cudaSuccess) return "";
  return fmt::format("{} {}", this_host(), bus.data());
} catch (const Error&) {
  return "";
}

}  // namespace

std::unique_ptr<AllReducer> make_nccl_reducer(Communicator& ranks, ConstTensor example) {
  cudaPointerAttributes attributes{};
  const bool is_known = cudaPointerGetAttributes(&attributes, example.data()) == cudaSuccess;
  const int device = attributes.device;
  const std::vector<std::string> all = ranks.all_gather(is_known ? place_of(device) : "");
  const std::set<std::string> places(all.begin(), all.end());
  if (places.size() < all.size() || places.contains("")) return nullptr;
  return std::make_unique<GpuSums>(nccl(), ranks, device);
}

}  // namespace c3d
