// What NCCL and CUDA are asked where gradients are summed on GPUs, seen through functions of both that only write down what they are
// told: the test's own take the place of CUDA's, and NCCL's are a library that is opened as the real one.
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/distributed/nccl/gpu_sums.h"
#include "engine/train/gradient_buckets.h"
#include "kernels/cuda/step_graphs.h"
#include "tests/support/message_of.h"
#include "tests/support/thread_ranks.h"

namespace c3d {
namespace {

using Log = std::vector<std::string>;

constexpr int kComputeStream = 1, kSumStream = 2;  // what is made first

// CUDA as far as it goes here: streams, marks in them, and which streams a recording has reached.
struct FakeCuda {
  Log log;
  std::map<std::uintptr_t, bool> is_recorded;  // streams
  std::map<std::uintptr_t, std::optional<std::uintptr_t>>
      marked;  // by event: the stream it was last recorded in
  std::uintptr_t streams = kComputeStream, events = 0;
  bool broke_out = false;  // a stream that is recorded waited for one that is not
};

FakeCuda& fake() {
  static FakeCuda cuda;
  return cuda;
}

template <typename Resource>
std::uintptr_t number_of(Resource* resource) {
  return reinterpret_cast<std::uintptr_t>(resource);
}
cudaStream_t stream(std::uintptr_t number) { return reinterpret_cast<cudaStream_t>(number); }

// Which file the fake is in, and that it says everything to fake().log.
const Nccl& library() {
  static const Nccl functions = [] {
    Nccl found = open_nccl("libc3d_absent.so.2", C3D_FAKE_NCCL);
    void* handle = dlopen(C3D_FAKE_NCCL, RTLD_NOW | RTLD_LOCAL);
    using Listen = void (*)(void (*)(const char*));
    reinterpret_cast<Listen>(dlsym(handle, "fake_nccl_report_to"))(
        [](const char* text) { fake().log.emplace_back(text); });
    return found;
  }();
  return functions;
}

// One rank of so many, whose collective calls nobody answers.
class LoneRank final : public Communicator {
 public:
  LoneRank(int rank, int size) : rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return rank_; }
  int local_size() const override { return size_; }
  std::string name_of(int rank) const override { return std::to_string(rank); }
  void start_all_reduce(std::span<float> /*values*/, int /*contributors*/) override {}
  void join_all_reduces() override {}
  void broadcast(std::span<std::byte> bytes) override {
    fake().log.push_back("broadcast " + std::to_string(bytes.size()));
  }
  std::vector<std::string> all_gather(std::string_view bytes) override { return {std::string(bytes)}; }
  void request_stop(int /*signal*/) override {}
  int stop_requested() const override { return 0; }
  void expect_steps(bool /*expected*/) override {}
  void tick() override {}
  [[noreturn]] void fail(const std::string& message, int code) override { throw RankFailure(message, code); }
  void finish() override {}

 private:
  int rank_, size_;
};

class FakeRecorder final : public cuda::StepRecorder {
 public:
  void begin() override {
    fake().log.emplace_back("begin");
    fake().is_recorded[kComputeStream] = true;
  }
  std::shared_ptr<void> end() override {
    fake().log.emplace_back(fake().broke_out ? "a broken record" : "end");
    fake().is_recorded.clear();
    return std::make_shared<int>(0);
  }
  void abandon() override {}
  void launch(const std::shared_ptr<void>& /*record*/) override { fake().log.emplace_back("launch"); }
  std::uint64_t memory_generation() const override { return 0; }
};

Log taken() { return std::exchange(fake().log, {}); }

Tensor values(std::vector<float>& memory) {
  return {reinterpret_cast<std::byte*>(memory.data()), {std::ssize(memory)}, DType::f32, MemoryKind::device};
}

TEST_CASE(
    "ranks join by the name that the lead makes and broadcasts, and leave without waiting for each other") {
  fake() = {};
  {
    LoneRank lead(0, 4);
    const GpuSums sums(library(), lead, 3);
    CHECK(taken() == Log{"GPU 3", "make id", "broadcast 128", "rank 0 of 4 joins the name of all"});
  }
  CHECK(taken() == Log{"leave"});
  LoneRank other(2, 4);
  const GpuSums sums(library(), other, 0);
  CHECK(taken() == Log{"GPU 0", "broadcast 128", "rank 2 of 4 joins "});
}

TEST_CASE(
    "each sum waits for its gradient alone, on a stream of its own, and the backend waits for all at the "
    "join") {
  fake() = {};
  LoneRank rank(0, 2);
  GpuSums sums(library(), rank, 0);
  taken();
  std::vector<float> first(5), second(7);
  auto* compute = stream(kComputeStream);
  sums.start(values(first), 2, compute);
  sums.start(values(second), 2, compute);
  sums.join(compute);
  CHECK(taken() == Log{"mark stream 1", "stream 2 waits for stream 1", "sum 5 on stream 2", "mark stream 1",
                       "stream 2 waits for stream 1", "sum 7 on stream 2", "mark stream 2",
                       "stream 1 waits for stream 2"});
  sums.join(compute);
  CHECK(taken().empty());
}

TEST_CASE("a rank that has no part of a step brings zeros") {
  fake() = {};
  LoneRank rank(1, 2);
  GpuSums sums(library(), rank, 0);
  taken();
  std::vector<float> memory(6);
  sums.start(values(memory), 1, stream(kComputeStream));
  CHECK(taken() == Log{"mark stream 1", "stream 2 waits for stream 1", "clear 24 bytes on stream 2",
                       "sum 6 on stream 2"});
}

TEST_CASE("sums are recorded with a step, which leaves no stream behind, and launched with it") {
  fake() = {};
  LoneRank rank(0, 2);
  GpuSums sums(library(), rank, 0);
  taken();
  FakeRecorder recorder;
  cuda::StepGraphs graphs(recorder, true);
  std::vector<float> memory(9);
  const auto step = [&] {
    sums.start(values(memory), 2, stream(kComputeStream));
    sums.join(stream(kComputeStream));
  };
  const auto run = [&] {
    graphs.run(1, step);
    return taken();
  };
  const Log once{"mark stream 1", "stream 2 waits for stream 1", "sum 9 on stream 2", "mark stream 2",
                 "stream 1 waits for stream 2"};
  CHECK(run() == once);
  Log recorded{"begin"};
  recorded.insert(recorded.end(), once.begin(), once.end());
  recorded.insert(recorded.end(), {"end", "launch"});
  CHECK(run() == recorded);
  CHECK(run() == Log{"launch"});
  CHECK(!fake().broke_out);
}

TEST_CASE("a run says which NCCL sums its gradients") {
  fake() = {};
  LoneRank rank(0, 2);
  const GpuSums sums(library(), rank, 0);
  CHECK(sums.description() == "by NCCL 2.23.4 in the GPUs' memory, beside backward");
}

TEST_CASE(
    "NCCL sums where every rank has it and a GPU of its own, and else the first rank in the way is named") {
  const LoneRank ranks(0, 3);
  CHECK(gpu_obstacle(ranks, {"a 0000:0a:00.0", "b 0000:0a:00.0", "a 0000:0b:00.0"}).empty());
  CHECK(gpu_obstacle(ranks, {"a 0000:0a:00.0", "b 0000:0a:00.0", "a 0000:0a:00.0"}) ==
        "0 and 2 share one GPU (a 0000:0a:00.0)");
  CHECK(gpu_obstacle(ranks, {"a 0000:0a:00.0", "-NCCL cannot be opened: no libnccl.so.2", "-also"}) ==
        "1: NCCL cannot be opened: no libnccl.so.2");
}

TEST_CASE("a sum that NCCL refuses is an error with its words") {
  fake() = {};
  LoneRank rank(0, 2);
  GpuSums sums(library(), rank, 0);
  std::vector<float> memory(13);
  CHECK(
      message_of([&] {
        sums.start(values(memory), 2, stream(kComputeStream));
        return 0;
      }) ==
      "nccl: summing a gradient over all ranks failed: NCCL says 'unhandled system error' (a cable is out)");
}

TEST_CASE("a missing NCCL, and a library that is none, are one error") {
  CHECK_THAT(message_of([] { open_nccl("libc3d_absent.so.2", "/c3d/absent.so"); }),
             Catch::Contains("libc3d_absent.so.2") && Catch::Contains("/c3d/absent.so") &&
                 Catch::Contains("LD_LIBRARY_PATH"));
  CHECK_THAT(message_of([] { open_nccl("libm.so.6", ""); }), Catch::Contains("NCCL lacks ncclGetVersion"));
}

}  // namespace
}  // namespace c3d

// CUDA's functions, as far as engine/distributed/nccl calls them.
extern "C" {

using c3d::fake;
using c3d::number_of;

cudaError_t CUDARTAPI cudaSetDevice(int device) {
  fake().log.push_back("GPU " + std::to_string(device));
  return cudaSuccess;
}
cudaError_t CUDARTAPI cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  *least = 0;
  *greatest = -5;
  return cudaSuccess;
}
cudaError_t CUDARTAPI cudaStreamCreateWithPriority(cudaStream_t* made, unsigned /*flags*/, int /*priority*/) {
  *made = c3d::stream(++fake().streams);
  return cudaSuccess;
}
cudaError_t CUDARTAPI cudaStreamDestroy(cudaStream_t /*stream*/) { return cudaSuccess; }
cudaError_t CUDARTAPI cudaEventCreateWithFlags(cudaEvent_t* made, unsigned /*flags*/) {
  *made = reinterpret_cast<cudaEvent_t>(++fake().events);
  return cudaSuccess;
}
cudaError_t CUDARTAPI cudaEventDestroy(cudaEvent_t /*event*/) { return cudaSuccess; }
cudaError_t CUDARTAPI cudaEventRecord(cudaEvent_t event, cudaStream_t in) {
  fake().log.push_back("mark stream " + std::to_string(number_of(in)));
  fake().marked[number_of(event)] = number_of(in);
  return cudaSuccess;
}
cudaError_t CUDARTAPI cudaStreamWaitEvent(cudaStream_t waits, cudaEvent_t event, unsigned /*flags*/) {
  const std::uintptr_t of = fake().marked[number_of(event)].value_or(0);
  fake().log.push_back("stream " + std::to_string(number_of(waits)) + " waits for stream " +
                       std::to_string(of));
  // A recording reaches who waits for it, and must not wait for what it does not reach.
  if (fake().is_recorded[number_of(waits)] && !fake().is_recorded[of]) fake().broke_out = true;
  fake().is_recorded[number_of(waits)] |= fake().is_recorded[of];
  return cudaSuccess;
}
cudaError_t CUDARTAPI cudaMemsetAsync(void* /*memory*/, int /*value*/, std::size_t bytes, cudaStream_t on) {
  fake().log.push_back("clear " + std::to_string(bytes) + " bytes on stream " +
                       std::to_string(number_of(on)));
  return cudaSuccess;
}
const char* CUDARTAPI cudaGetErrorString(cudaError_t /*status*/) { return "no error"; }
const char* CUDARTAPI cudaGetErrorName(cudaError_t /*status*/) { return "cudaSuccess"; }

}  // extern "C"
