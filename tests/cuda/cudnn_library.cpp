#include "kernels/cuda/cudnn_library.h"

#include <filesystem>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/core/shared_library.h"
#include "kernels/cuda/nvidia_files.h"
#include "tests/support/message_of.h"

namespace c3d::cuda {
namespace {

using Catch::Contains;

std::size_t cuda_of_cudnn() { return cudnn().cuda_version(); }

TEST_CASE("cuDNN is found when it is wanted, also without a GPU") {
  CHECK(cudnn().version() / 10000 == CUDNN_MAJOR);
  CHECK(cudnn_misfit(cudnn().version(), cudnn().cuda_version()).empty());
  CHECK(open_cudnn({"libc3d_absent.so.1", C3D_CUDNN_FILE}).create == cudnn().create);
}

TEST_CASE("a missing cuDNN is one error, which says what installs it") {
  const std::string message = message_of([] { open_cudnn({"libc3d_absent.so.1"}); });
  CHECK_THAT(message, Contains("cuDNN cannot be opened") && Contains("libc3d_absent.so.1") &&
                          Contains(pip_command()) && Contains("LD_LIBRARY_PATH"));
  CHECK_THAT(message_of([] { open_cudnn({"libm.so.6"}); }),
             Contains("cuDNN lacks cudnnBackendCreateDescriptor"));
}

TEST_CASE("a cuDNN that is too old, or made for another CUDA, is refused with what installs a right one") {
  CHECK(cudnn_misfit(kOldestCudnn, cuda_of_cudnn()).empty());
  CHECK_THAT(cudnn_misfit(91400, cuda_of_cudnn()),
             Contains("cuDNN 9.14.0 is too old") && Contains("9.15.0 or newer") && Contains(pip_command()));
  CHECK_THAT(
      cudnn_misfit(kOldestCudnn, cuda_of_cudnn() - 1000),
      Contains(fmt::format("is made for CUDA {}", cuda_of_cudnn() / 1000 - 1)) && Contains(pip_command()));
}

TEST_CASE("what installs cuDNN and cuBLAS names this CUDA") {
  CHECK(pip_command().starts_with(
      fmt::format("pip install nvidia-cudnn-cu{} nvidia-cublas", cuda_of_cudnn() / 1000)));
}

// As a Python package has it: PREFIX/PACKAGE/bin/PROGRAM beside PREFIX/nvidia/WHEEL/lib.
TEST_CASE("NVIDIA's wheels beside the package come before the loader's library and that of the build") {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "nvidia/c3d_test/lib";
  fs::create_directories(folder);
  const fs::path file = folder / "libm.so.6";
  fs::copy_file("/proc/self/exe", file, fs::copy_options::overwrite_existing);
  const std::vector<std::string> found =
      nvidia_files("libm.so.6", {"c3d_absent", "c3d_test"}, C3D_CUDNN_FILE);
  fs::remove_all(folder.parent_path());
  CHECK(found == std::vector<std::string>{file, "libm.so.6", C3D_CUDNN_FILE});
  CHECK(nvidia_files("libm.so.6", {"c3d_test"}, "/c3d/absent.so") == std::vector<std::string>{"libm.so.6"});
}

TEST_CASE("a library that the process has already is taken before another of its name") {
  const SharedLibrary library("a library", "nothing installs it", {C3D_CUDNN_FILE, "libc.so.6"});
  decltype(&cudnnGetVersion) found = nullptr;
  CHECK_THAT(message_of([&] { library.find("cudnnGetVersion", found); }),
             Contains("a library lacks cudnnGetVersion"));
}

}  // namespace
}  // namespace c3d::cuda
