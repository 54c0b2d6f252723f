// A library with NCCL's functions that says what it is asked, and computes nothing.
#include <fmt/format.h>
#include <nccl.h>

#include <cstring>
#include <string>

namespace {

using Report = void (*)(const char*);
Report& report() {
  static Report to = nullptr;
  return to;
}

}  // namespace

extern "C" {

// Of the test: where all that is asked is said.
void fake_nccl_report_to(Report to) { report() = to; }

ncclResult_t ncclGetVersion(int* version) {
  *version = 22304;
  return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  std::strcpy(id->internal, "the name of all");
  report()("make id");
  return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank) {
  *comm = reinterpret_cast<ncclComm_t>(&report());
  report()(fmt::format("rank {} of {} joins {}", rank, ranks, id.internal).c_str());
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t /*comm*/) {
  report()("leave");
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* from, void* to, std::size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t /*comm*/, cudaStream_t stream) {
  if (count == 13) return ncclSystemError;
  const bool is_sum = from == to && type == ncclFloat && op == ncclSum;
  report()(fmt::format("{} {} on stream {}", is_sum ? "sum" : "another op of", count,
                       reinterpret_cast<std::uintptr_t>(stream))
               .c_str());
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t /*status*/) { return "unhandled system error"; }
const char* ncclGetLastError(ncclComm_t /*comm*/) { return "(a cable is out)"; }

}  // extern "C"
