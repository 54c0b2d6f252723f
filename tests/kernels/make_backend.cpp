#include "kernels/make_backend.h"

#include "catch.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cuda/cuda_backend.h"
#include "tests/support/message_of.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

std::string error_of(const BackendSpec& spec) {
  return message_of([&] { make_backend(spec); });
}

TEST_CASE("the reference backend is always there") {
  std::string why;
  const auto backend = make_backend({.device = "reference", .precision = Precision::bf16}, &why);
  CHECK(backend->description().starts_with("reference"));
  CHECK(backend->precision() == Precision::bf16);
  CHECK(why == "reference, as asked");
}

TEST_CASE("a CPU measures unless the plan is fixed") {
  CHECK_FALSE(make_backend({.device = "reference", .plan = "measured"})->measures());
  if (!cpu_backend_obstacle({}).empty()) return skip(cpu_backend_obstacle({}));
  for (const char* plan : {"", "measured", "some/file"}) {
    CHECK(make_backend({.device = "cpu", .plan = plan})->measures());
  }
  CHECK_FALSE(make_backend({.device = "cpu", .plan = "fixed"})->measures());
}

TEST_CASE("an unknown device is answered with the nearest name") {
  CHECK(error_of({.device = "referense"})
            .starts_with("there is no device 'referense': did you mean 'reference'?"));
  CHECK(error_of({.device = "gpu"}).find("did you mean 'cpu'?") != std::string::npos);
  CHECK(error_of({.device = "cudda:0"}).find("did you mean 'cuda'?") != std::string::npos);
  CHECK(error_of({.device = ""}).find("one of auto, cpu, reference, cuda and cuda:N") != std::string::npos);
}

TEST_CASE("a GPU's number must be a number") {
  for (const char* device : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x"}) {
    CHECK(error_of({.device = device}) ==
          fmt::format("device '{}': a GPU is named by its number, as in cuda:0", device));
  }
}

TEST_CASE("a GPU that is not there is refused with the reason") {
  const int count = cuda_device_count(nullptr);
  CHECK(error_of({.device = fmt::format("cuda:{}", count)})
            .starts_with(fmt::format("device 'cuda:{}'", count)));
}

TEST_CASE("tf32 is refused where there is no GPU") {
  CHECK(error_of({.device = "reference", .precision = Precision::tf32}).find("tf32") != std::string::npos);
  CHECK(error_of({.device = "cpu", .precision = Precision::tf32}) != "no error");
}

TEST_CASE("fewer than no threads are refused") {
  CHECK(error_of({.device = "cpu", .threads = -1}).starts_with("-1 threads"));
}

TEST_CASE("auto says what it took and why") {
  if (cuda_device_count(nullptr) == 0 && !cpu_backend_obstacle({}).empty())
    return skip("this build has neither a CPU nor a GPU backend");
  std::string why;
  make_backend({.device = "auto"}, &why);
  if (cuda_device_count(nullptr) > 0) {
    CHECK(why.starts_with("cuda:0, because"));
  } else {
    CHECK(why.starts_with("cpu, because no GPU can be used: "));
  }
}

}  // namespace
}  // namespace c3d
