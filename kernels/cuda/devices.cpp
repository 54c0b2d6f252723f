#include "kernels/cuda/devices.h"

#include "kernels/cuda/capability.h"
#include "kernels/cuda/check.h"
#include "kernels/cuda/cublas_lt.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cudnn_library.h"
#include "kernels/cuda/launch.h"

namespace c3d {
namespace cuda {
namespace {

std::string version_of(int version) { return fmt::format("{}.{}", version / 1000, version / 10 % 100); }

cudaDeviceProp properties_of(int number) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, number), "asking what GPU {} is", number);
  return properties;
}

std::string obstacle_of(int number, const cudaDeviceProp& gpu) {
  return capability_obstacle(fmt::format("GPU {} ({})", number, gpu.name), {gpu.major, gpu.minor},
                             C3D_CUDA_ARCHITECTURES);
}

// Empty where this build has code for one of the GPUs at least; else what the first lacks.
std::string no_gpu_fits(int count) {
  std::string first;
  for (int number = 0; number < count; ++number) {
    const std::string why = obstacle_of(number, properties_of(number));
    if (why.empty()) return "";
    if (first.empty()) first = why;
  }
  return first;
}

// cuBLAS first: cuDNN wants it, and takes the one that is there.
std::string library_obstacle() try {
  static_cast<void>(cublas_lt());
  return cudnn_misfit(cudnn().version(), cudnn().cuda_version());
} catch (const Error& error) {
  return error.message();
}

// Empty where all is well.
std::string obstacle(int& count) {
  count = 0;
  int driver = 0, runtime = 0;
  const cudaError_t asked = cudaDriverGetVersion(&driver);
  static_cast<void>(cudaRuntimeGetVersion(&runtime));
  if (asked != cudaSuccess || driver == 0) return "there is no NVIDIA driver on this machine";
  const cudaError_t status = cudaGetDeviceCount(&count);
  static_cast<void>(cudaGetLastError());  // told here, and not found by the next call
  if (status == cudaErrorInsufficientDriver) {
    return fmt::format("the NVIDIA driver is too old: it serves CUDA {}, this build wants {}",
                       version_of(driver), version_of(runtime));
  }
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    return "there is an NVIDIA driver, but no GPU that this process may use";
  }
  if (status != cudaSuccess) return fmt::format("the GPUs cannot be listed: {}", words_of(status));
  const std::string misfit = no_gpu_fits(count);
  return misfit.empty() ? library_obstacle() : misfit;
}

}  // namespace

cudaDeviceProp usable_device(int number) {
  int count = 0;
  const std::string why = obstacle(count);
  expect(why.empty(), "cuda: {}", why);
  expect(number < count, "cuda: there is no GPU {}: this machine has {}", number, count);
  const cudaDeviceProp properties = properties_of(number);
  const std::string misfit = obstacle_of(number, properties);
  expect(misfit.empty(), "cuda: {}", misfit);
  check(cudaSetDevice(number), "choosing GPU {}", number);
  return properties;
}

std::int64_t multiprocessors() {
  int device = 0, count = 0;
  check(cudaGetDevice(&device), "asking which GPU this thread uses");
  check(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device),
        "asking how many multiprocessors GPU {} has", device);
  return count;
}

}  // namespace cuda

int cuda_device_count(std::string* why) {
  int count = 0;
  const std::string obstacle = cuda::obstacle(count);
  if (obstacle.empty()) return count;
  if (why != nullptr) *why = obstacle;
  return 0;
}

}  // namespace c3d
