// What it costs to sum C3D's gradient over ranks that do nothing else, started by mpirun:
//   mpirun -np N c3d_rank_sums [REPEATS]
// Prints a JSON object on the first rank: seconds of each repeat, and processor seconds of all ranks together.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "engine/distributed/mpi_communicator.h"

namespace c3d {
namespace {

// Of C3D's gradient with 487 classes, as training exchanges it: fc6 to fc8, conv4 and conv5, the rest.
constexpr std::array<std::size_t, 3> kBuckets{52'326'887, 24'778'752, 2'888'512};

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void measure(Communicator& ranks, int repeats) {
  std::vector<std::vector<float>> buckets;
  buckets.reserve(kBuckets.size());
  for (const std::size_t count : kBuckets) buckets.emplace_back(count, 1.0F);
  const auto sum = [&] {
    for (std::vector<float>& bucket : buckets) ranks.start_all_reduce(bucket, ranks.size());
    ranks.join_all_reduces();
  };
  sum();  // connections and memory
  std::vector<double> seconds;
  ranks.all_gather("");
  const double before = processor_seconds();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    sum();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  double of_all = 0;
  for (const std::string& text : ranks.all_gather(std::to_string(processor_seconds() - before)))
    of_all += std::stod(text);
  if (!ranks.leads()) return;
  std::size_t elements = 0;
  for (const std::size_t count : kBuckets) elements += count;
  std::cout << fmt::format(
                   "{{\"ranks\": {}, \"bytes\": {}, \"seconds\": [{:.4f}], \"processor_seconds\": {:.4f}}}",
                   ranks.size(), elements * sizeof(float), fmt::join(seconds, ", "), of_all / repeats)
            << std::endl;
}

int run(int repeats) {
  const auto ranks =
      make_mpi_communicator({.timeout = std::chrono::minutes(5),
                             .say = [](const std::string& sentence) { std::cerr << sentence << std::endl; }},
                            0);
  return run_as_rank(*ranks, [&] { measure(*ranks, repeats); });
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) { return c3d::run(argc > 1 ? std::stoi(argv[1]) : 5); }
