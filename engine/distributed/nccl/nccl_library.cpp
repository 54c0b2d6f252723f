#include "engine/distributed/nccl/nccl_library.h"

#include <dlfcn.h>

#include "engine/core/error.h"

namespace c3d {
namespace {

std::string last_loader_error() {
  const char* text = dlerror();
  return text != nullptr ? text : "no reason is given";
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
  void* found = dlsym(library, name);
  expect(found != nullptr, "NCCL lacks {}: {}", name, last_loader_error());
  function = reinterpret_cast<Function>(found);
}

}  // namespace

Nccl open_nccl(const std::string& file, const std::string& other_file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const std::string reason = last_loader_error();
    library = dlopen(other_file.c_str(), RTLD_NOW | RTLD_LOCAL);
    expect(library != nullptr,
           "NCCL cannot be opened: {}; {}: install NVIDIA's package libnccl2, or name its folder in "
           "LD_LIBRARY_PATH",
           reason, last_loader_error());
  }
  Nccl found{};
  find(library, "ncclGetUniqueId", found.make_id);
  find(library, "ncclCommInitRank", found.init_rank);
  find(library, "ncclCommAbort", found.abort);
  find(library, "ncclAllReduce", found.all_reduce);
  find(library, "ncclGetErrorString", found.error_string);
  find(library, "ncclGetLastError", found.last_error);
  return found;
}

const Nccl& nccl() {
  static const Nccl functions = open_nccl(fmt::format("libnccl.so.{}", NCCL_MAJOR), C3D_NCCL_FILE);
  return functions;
}

}  // namespace c3d
