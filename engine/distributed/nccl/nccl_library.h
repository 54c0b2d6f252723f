// NCCL's functions, found in its shared library when ranks first train on GPUs: the library is some hundred megabytes, which a run
// of one process never needs.
#pragma once

#include <nccl.h>

#include <string>

namespace c3d {

struct Nccl {
  decltype(&ncclGetVersion) version;
  decltype(&ncclGetUniqueId) make_id;
  decltype(&ncclCommInitRank) init_rank;
  decltype(&ncclCommAbort) abort;
  decltype(&ncclAllReduce) all_reduce;
  decltype(&ncclGetErrorString) error_string;
  decltype(&ncclGetLastError) last_error;
};

// Throws Error where the library, or a function of it, is not found. Any thread.
const Nccl& nccl();
// The same of these files, the first that can be opened. The library stays open until the program ends.
Nccl open_nccl(const std::string& file, const std::string& other_file);

}  // namespace c3d
