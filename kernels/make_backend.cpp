#include "kernels/make_backend.h"

#include <charconv>
#include <string_view>
#include <vector>

#include "engine/core/argument.h"
#include "engine/core/nearest.h"
#include "engine/core/usable_threads.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/reference/reference_backend.h"

namespace c3d {
namespace {

[[noreturn]] void fail_unknown(const std::string& device) {
  const std::vector<std::string> names{"auto", "cpu", "reference", "cuda"};
  const std::string name = device.substr(0, device.find(':')), close = nearest(name, names);
  fail_argument("there is no device '{}': {} is one of auto, cpu, reference, cuda and cuda:N, as in cuda:0",
                device, is_near(name, close) ? fmt::format("did you mean '{}'? It", close) : "it");
}

// The N of "cuda:N", 0 for "cuda".
int cuda_device_number(const std::string& device) {
  if (device == "cuda") return 0;
  int number = -1;
  const char* first = device.data() + std::string_view("cuda:").size();
  const char* last = device.data() + device.size();
  const auto [end, error] = std::from_chars(first, last, number);
  expect_argument(error == std::errc() && end == last && number >= 0,
                  "device '{}': a GPU is named by its number, as in cuda:0", device);
  return number;
}

std::unique_ptr<Backend> make_cpu(const BackendSpec& spec) {
  expect_argument(spec.threads >= 0 && spec.threads <= kMostThreads,
                  "{} threads: it must be 0 (as many as this process may use) or at most {}", spec.threads,
                  kMostThreads);
  return make_cpu_backend({.precision = spec.precision,
                           .threads = spec.threads,
                           .instruction_set = spec.instruction_set,
                           .direct_convolution = spec.direct_convolution,
                           .bf16_products = spec.bf16_products,
                           .measure = spec.plan != "fixed",
                           .inference = spec.inference,
                           .max_packed_bytes = spec.max_packed_bytes});
}

std::unique_ptr<Backend> make_cuda(const BackendSpec& spec, int number) {
  std::string absent;
  const int count = cuda_device_count(&absent);
  expect_argument(count > 0, "device '{}' cannot be used: {}; use cpu instead", spec.device, absent);
  expect_argument(number < count,
                  "device '{}' does not exist: this machine has {} usable GPU{}, the last is cuda:{}",
                  spec.device, count, count == 1 ? "" : "s", count - 1);
  // The reference has no tf32.
  const auto definition =
      make_reference_backend(spec.precision == Precision::tf32 ? Precision::f32 : spec.precision);
  return make_cuda_backend({.device = number,
                            .precision = spec.precision,
                            .deterministic = spec.deterministic,
                            .measure = !spec.plan.empty() && spec.plan != "fixed",
                            .graphs = spec.graphs},
                           *definition);
}

std::unique_ptr<Backend> make_auto(const BackendSpec& spec, std::string& why) {
  std::string absent;
  if (cuda_device_count(&absent) > 0) {
    why = "cuda:0, because there is a GPU";
    return make_cuda(spec, 0);
  }
  why = fmt::format("cpu, because no GPU can be used: {}", absent);
  return make_cpu(spec);
}

}  // namespace

void check_device_name(const std::string& device) {
  if (device == "auto" || device == "cpu" || device == "reference") return;
  if (device != "cuda" && !device.starts_with("cuda:")) fail_unknown(device);
  cuda_device_number(device);
}

std::unique_ptr<Backend> make_backend(const BackendSpec& spec, std::string* why) {
  std::string reason = fmt::format("{}, as asked", spec.device);
  std::unique_ptr<Backend> backend;
  check_device_name(spec.device);
  if (spec.device == "auto") {
    backend = make_auto(spec, reason);
  } else if (spec.device == "cpu") {
    backend = make_cpu(spec);
  } else if (spec.device == "reference") {
    backend = make_reference_backend(spec.precision);
  } else {
    backend = make_cuda(spec, cuda_device_number(spec.device));
  }
  if (why != nullptr) *why = reason;
  return backend;
}

int gpu_count() {
  std::string absent;
  return cuda_device_count(&absent);
}

std::optional<int> gpu_of(const BackendSpec& spec, const Backend& backend) {
  if (!backend.description().starts_with("cuda")) return std::nullopt;
  return spec.device == "auto" ? 0 : cuda_device_number(spec.device);
}

}  // namespace c3d
