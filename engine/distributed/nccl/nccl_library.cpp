#include "engine/distributed/nccl/nccl_library.h"

#include <fmt/format.h>

#include "engine/core/shared_library.h"

namespace c3d {

Nccl open_nccl(const std::string& file, const std::string& other_file) {
  const SharedLibrary library("NCCL", "install NVIDIA's package libnccl2", {file, other_file});
  Nccl found{};
  library.find("ncclGetVersion", found.version);
  library.find("ncclGetUniqueId", found.make_id);
  library.find("ncclCommInitRank", found.init_rank);
  library.find("ncclCommAbort", found.abort);
  library.find("ncclAllReduce", found.all_reduce);
  library.find("ncclGetErrorString", found.error_string);
  library.find("ncclGetLastError", found.last_error);
  return found;
}

const Nccl& nccl() {
  static const Nccl functions = open_nccl(fmt::format("libnccl.so.{}", NCCL_MAJOR), C3D_NCCL_FILE);
  return functions;
}

}  // namespace c3d
