// Training by several processes as users start it: mpirun on this machine, more ranks than it has processors.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/core/usable_threads.h"
#include "engine/distributed/mpi_communicator.h"
#include "engine/io/safetensors.h"
#include "tests/support/environment.h"
#include "tests/support/skip.h"
#include "tests/tools/c3d_train/training.h"

namespace c3d {
namespace {

bool has_mpirun() { return mpi_is_built() && std::system("mpirun --version >/dev/null 2>&1") == 0; }
constexpr const char* kNoMpirun = "needs MPI in this build and mpirun in PATH";

using Words = std::vector<std::string>;

// Arithmetic that depends on no measuring and no number of processors.
Words settings(int accumulate, int steps) {
  Words words;
  for (const std::string& setting :
       {fmt::format("accumulate={}", accumulate), fmt::format("steps={}", steps), std::string("batch=1"),
        std::string("threads=1"), std::string("plan=fixed")}) {
    words.insert(words.end(), {"--set", setting});
  }
  return words;
}

Words with_ranks(int ranks, Words words) {
  words.insert(words.end(), {"--ranks", std::to_string(ranks)});
  return words;
}

Process resume(const Training& training, const std::string& name, int ranks = 1) {
  return training.start(name, ranks == 1 ? Words{"--resume"} : with_ranks(ranks, {"--resume"}));
}

// The bytes of the weights, and what the metrics say but for times.
struct Learnt {
  std::map<std::string, std::string> tensors;
  std::vector<std::string> metrics;
  friend bool operator==(const Learnt&, const Learnt&) = default;
};

Learnt learnt(const std::filesystem::path& run) {
  Learnt all;
  for (const char* file : {"last.safetensors", "best.safetensors", "state.safetensors"}) {
    const NamedTensors tensors = read_safetensors(run / file);
    for (const NamedTensor& tensor : tensors.all()) {
      const ConstTensor values = tensor.values;
      all.tensors[file + tensor.name] =
          std::string(reinterpret_cast<const char*>(values.data()), values.bytes());
    }
  }
  for (nlohmann::json line : json_lines(run / "metrics.jsonl")) {
    for (const char* time : {"seconds", "seconds_left", "clips_per_second"}) line.erase(time);
    all.metrics.push_back(dump_json(line));
  }
  return all;
}

// The process of a rank of the run; 0: there is none yet.
int process_of(const std::filesystem::path& run, int rank) {
  const std::string wanted = fmt::format("OMPI_COMM_WORLD_RANK={}", rank) + '\0';
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    int process = 0;
    std::from_chars(name.data(), name.data() + name.size(), process);
    if (process == 0) continue;
    const bool is_ours = read_text(entry.path() / "cmdline").find(run.string() + '\0') != std::string::npos;
    if (is_ours && ('\0' + read_text(entry.path() / "environ")).find('\0' + wanted) != std::string::npos)
      return process;
  }
  return 0;
}

// Sends a signal to one rank once the run has reported so many times.
void signal_rank(const Training& training, Process& process, const std::string& name, int rank, int signal,
                 int after_lines) {
  training.wait_for_lines(process, name, after_lines);
  const int rank_process = process_of(training.run(name), rank);
  REQUIRE(rank_process > 0);
  REQUIRE(::kill(rank_process, signal) == 0);
}

int sentences(const std::string& output) {
  int count = 0;
  for (std::size_t at = output.find("c3d_train: "); at != std::string::npos;
       at = output.find("c3d_train: ", at + 1)) {
    ++count;
  }
  return count;
}

TEST_CASE("two and four ranks write the bytes of one") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  for (const int ranks : {2, 4}) {
    const std::string one = fmt::format("one{}", ranks), many = fmt::format("many{}", ranks);
    REQUIRE(training.start_new(one, settings(ranks, 7)).wait() == 0);
    Process process = training.start_new(many, with_ranks(ranks, settings(ranks, 7)));
    CHECK(process.wait() == 0);
    CHECK_THAT(
        process.output(),
        Catch::Contains("--oversubscribe") && Catch::Contains(fmt::format("{} ranks, ", ranks)) &&
            Catch::Contains(fmt::format(
                "gradients of {} ranks are summed by MPI in the hosts' memory, beside backward", ranks)));
    CHECK(learnt(training.run(one)) == learnt(training.run(many)));
  }
}

TEST_CASE("more threads than a rank has processors are named") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  const int threads = usable_processors() + 1;
  Words words = with_ranks(2, settings(2, 1));
  words.insert(words.end(), {"--set", fmt::format("threads={}", threads)});
  Process process = training.start_new("crowded", words);
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains(fmt::format(
                                   "note: the setting `threads` gives each rank {} threads for ", threads)));
}

std::vector<double> losses(const std::filesystem::path& run) {
  std::vector<double> all;
  for (const nlohmann::json& line : json_lines(run / "metrics.jsonl")) {
    if (line["event"] == "step") all.push_back(line["loss"].get<double>());
  }
  return all;
}

TEST_CASE("three ranks have the losses of one over fifty steps, but for the order of additions") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  Words words = settings(4, 50);
  words.insert(words.end(), {"--set", "snapshot_every=50", "--set", "validate_every=50"});
  REQUIRE(training.start_new("one", words).wait() == 0);
  REQUIRE(training.start_new("three", with_ranks(3, words)).wait() == 0);
  const std::vector<double> one = losses(training.run("one")), three = losses(training.run("three"));
  REQUIRE(one.size() == 50);
  REQUIRE(three.size() == one.size());
  for (std::size_t step = 0; step < one.size(); ++step) {
    INFO("step " << step + 1);
    CHECK(std::abs(one[step] - three[step]) < 1e-5);
  }
}

TEST_CASE("eight ranks write the bytes of one") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  REQUIRE(training.start_new("one", settings(8, 2)).wait() == 0);
  Process process = training.start_new("eight", with_ranks(8, settings(8, 2)));
  CHECK(process.wait() == 0);
  INFO(process.output());
  CHECK(learnt(training.run("one")) == learnt(training.run("eight")));
}

TEST_CASE("a run that a signal to one rank stopped goes on with any number of ranks to the same bytes") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  REQUIRE(training.start_new("whole", settings(4, 40)).wait() == 0);
  {
    Process process = training.start_new("run", with_ranks(4, settings(4, 40)));
    signal_rank(training, process, "run", 1, SIGTERM, 3);
    CHECK(process.wait() == 128 + SIGTERM);
    CHECK_THAT(process.output(),
               Catch::Contains("stopped by SIGTERM after step") && Catch::Contains("everything is saved"));
  }
  {
    Process process = resume(training, "run");
    training.wait_for_lines(process, "run", 16);
    process.send(SIGTERM);
    CHECK(process.wait() == 128 + SIGTERM);
  }
  {
    Process process = resume(training, "run", 4);
    training.wait_for_lines(process, "run", 22);
    process.send(SIGTERM);
    CHECK(process.wait() == 128 + SIGTERM);
    // What came to the one that started the ranks, not what mpirun passes on.
    CHECK_THAT(process.output(), Catch::Contains("stopped by SIGTERM after step"));
  }
  CHECK(resume(training, "run", 4).wait() == 0);
  CHECK(learnt(training.run("run")) == learnt(training.run("whole")));
}

TEST_CASE("a rank that is killed ends all with one sentence that names it, and the run goes on") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  for (const int rank : {0, 1, 2}) {
    const std::string name = fmt::format("run{}", rank);
    Process process = training.start_new(name, with_ranks(3, settings(3, 4000)));
    signal_rank(training, process, name, rank, SIGKILL, 4 + 3 * rank);
    CHECK(process.wait() == 1);
    INFO(process.output());
    CHECK_THAT(process.output(), Catch::Contains(fmt::format("c3d_train: rank {} on host ", rank)) &&
                                     Catch::Contains("has died") &&
                                     !Catch::Contains("stopping: "));  // nobody asked for it
    CHECK(sentences(process.output()) == 1);
    CHECK_NOTHROW(read_safetensors(training.run(name) / "state.safetensors"));
  }
  Process process = resume(training, "run1", 2);
  training.wait_until(process,
                      [&] { return process.output().find("going on after step") != std::string::npos; });
  process.send(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
  CHECK_THAT(process.output(), Catch::Contains("going on after step"));
}

TEST_CASE("where no rank can say that one has died, the one that started them does") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  Process process = training.start_new("run", with_ranks(2, settings(2, 4000)));
  training.wait_for_lines(process, "run", 4);
  const std::array ranks{process_of(training.run("run"), 0), process_of(training.run("run"), 1)};
  // The other cannot: it stands still, and mpirun ends it.
  REQUIRE(::kill(ranks[0], SIGSTOP) == 0);
  REQUIRE(::kill(ranks[1], SIGILL) == 0);
  CHECK(process.wait() == 1);
  INFO(process.output());
  CHECK_THAT(process.output(), Catch::Contains("c3d_train: rank 1 on host ") &&
                                   Catch::Contains(fmt::format("has died (process {}; ", ranks[1])));
  CHECK(sentences(process.output()) == 1);
}

TEST_CASE("an mpirun that cannot start ranks is an error that says so") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  const EnvironmentVariable transport("OMPI_MCA_btl", "nonsense");
  Process process = training.start_new("run", with_ranks(2, settings(2, 4)));
  CHECK(process.wait() == 1);
  INFO(process.output());
  CHECK_THAT(process.output(), Catch::Contains("before a rank was ready, and trained nothing"));
  CHECK(sentences(process.output()) == 1);
}

TEST_CASE("a rank that hangs ends all after the time-out, by its name") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  // Where two ranks hear nothing of the first, one of them speaks.
  for (const auto& [ranks, rank] : {std::pair(2, 0), std::pair(2, 1), std::pair(3, 0)}) {
    const std::string name = fmt::format("run{}of{}", rank, ranks);
    Words words = with_ranks(ranks, settings(ranks, 4000));
    words.insert(words.end(), {"--rank-timeout", "2"});
    Process process = training.start_new(name, words);
    signal_rank(training, process, name, rank, SIGSTOP, 4);
    CHECK(process.wait() == 1);
    INFO(process.output());
    CHECK_THAT(process.output(), Catch::Contains(fmt::format("c3d_train: rank {} on host ", rank)) &&
                                     Catch::Contains("has not been heard of for 2 s"));
    CHECK(sentences(process.output()) == 1);
    CHECK_NOTHROW(read_safetensors(training.run(name) / "state.safetensors"));
  }
}

TEST_CASE("a stop waits twenty seconds for a rank that hangs, and then saves without it") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  Process process = training.start_new("run", with_ranks(2, settings(2, 4000)));
  signal_rank(training, process, "run", 1, SIGSTOP, 4);
  process.send(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
  INFO(process.output());
  CHECK_THAT(process.output(),
             Catch::Contains("stopped by SIGTERM after step") && Catch::Contains("everything is saved"));
  CHECK(sentences(process.output()) == 0);
  CHECK_NOTHROW(read_safetensors(training.run("run") / "state.safetensors"));
}

TEST_CASE("a stop of which the rank that saves hears nothing ends all within thirty seconds, by its name") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  Process process = training.start_new("run", with_ranks(2, settings(2, 4000)));
  signal_rank(training, process, "run", 0, SIGSTOP, 4);
  const auto start = std::chrono::steady_clock::now();
  process.send(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  INFO(process.output());
  CHECK_THAT(process.output(),
             Catch::Contains("c3d_train: rank 0 on host ") && Catch::Contains("was waited for in vain"));
  CHECK(sentences(process.output()) == 1);
}

TEST_CASE("what goes wrong on one rank is said once, by that rank") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  {
    Words words = with_ranks(2, settings(2, 4000));
    words.insert(words.end(), {"--set", "learning_rate=1e6", "--set", "clip_norm=0"});
    Process process = training.start_new("diverges", words);
    CHECK(process.wait() == 1);
    INFO(process.output());
    CHECK_THAT(process.output(),
               Catch::Contains(": training stopped in step ") && Catch::Contains("c3d_train: rank "));
    CHECK(sentences(process.output()) >= 1);
  }
  {
    Process process = training.start_new("disk", with_ranks(2, settings(2, 4000)));
    training.wait_until(process,
                        [&] { return std::filesystem::exists(training.run("disk") / "last.safetensors"); });
    // Nothing can be renamed over a folder that holds something.
    std::filesystem::remove(training.run("disk") / "last.safetensors");
    std::filesystem::create_directories(training.run("disk") / "last.safetensors" / "held");
    CHECK(process.wait() == 1);
    INFO(process.output());
    CHECK_THAT(process.output(),
               Catch::Contains("c3d_train: rank 0 on host ") && Catch::Contains("last.safetensors"));
    CHECK(sentences(process.output()) == 1);
    CHECK_NOTHROW(read_safetensors(training.run("disk") / "state.safetensors"));
  }
}

TEST_CASE("a disk that is full for the rank that writes ends all, by its name") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  Process process = training.start_new("run", with_ranks(2, settings(2, 4000)));
  training.wait_until(process,
                      [&] { return std::filesystem::exists(training.run("run") / "last.safetensors"); });
  const int lead = process_of(training.run("run"), 0);
  REQUIRE(lead > 0);
  // No file of this process grows beyond what its log has by now.
  const auto limit = static_cast<rlim_t>(std::filesystem::file_size(training.run("run") / "metrics.jsonl"));
  const rlimit full{.rlim_cur = limit, .rlim_max = limit};
  REQUIRE(::prlimit(lead, RLIMIT_FSIZE, &full, nullptr) == 0);
  CHECK(process.wait() == 1);
  INFO(process.output());
  CHECK_THAT(process.output(), Catch::Contains("c3d_train: rank 0 on host ") &&
                                   Catch::Contains("cannot write ") && Catch::Contains("run/"));
  CHECK(sentences(process.output()) == 1);
  CHECK_NOTHROW(read_safetensors(training.run("run") / "state.safetensors"));
  CHECK_NOTHROW(read_safetensors(training.run("run") / "last.safetensors"));
}

TEST_CASE("ranks that cannot work are refused in one sentence") {
  if (!has_mpirun()) return skip(kNoMpirun);
  const Training training;
  {
    Process process = training.start_new("few", with_ranks(3, settings(2, 4)));
    CHECK(process.wait() == 2);
    CHECK_THAT(process.output(), Catch::Contains("3 ranks cannot share a step of 2 micro-batches") &&
                                     !Catch::Contains("mpirun starts"));
    CHECK(sentences(process.output()) == 1);
  }
  Process scaled = training.start_new("scaled", with_ranks(2, {"--set", "accumulate=1", "--set", "steps=4",
                                                               "--set", "scale_learning_rate=true"}));
  CHECK(scaled.wait() == 0);
  const nlohmann::json config = parse_json(read_text(training.run("scaled") / "config.json"));
  CHECK(config["accumulate"] == 2);
  CHECK(config["learning_rate"] == 0.02);
}

}  // namespace
}  // namespace c3d
