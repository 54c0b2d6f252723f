// Ranks that mpirun starts, without videos and files.
#include <fmt/format.h>

#include "catch.h"
#include "engine/io/file.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

bool has_mpirun() { return std::system("mpirun --version >/dev/null 2>&1") == 0; }
constexpr const char* kNoMpirun = "needs mpirun in PATH";

struct Ended {
  int exit_code = 0;
  std::string output;
};

Ended run_ranks(int ranks, const std::string& words) {
  const ScratchFolder scratch;
  const int code = run_command(
      scratch.path(),
      fmt::format("mpirun --quiet --allow-run-as-root --oversubscribe --bind-to none -np {} '{}' {}", ranks,
                  C3D_RANK_PROGRAM, words),
      ">out 2>&1");
  return {code, read_text(scratch / "out")};
}

TEST_CASE("ranks sum beside the thread that trains, in the order of ranks") {
  if (!has_mpirun()) return skip(kNoMpirun);
  for (const int ranks : {2, 3}) {
    const Ended result = run_ranks(ranks, "sums");
    INFO(result.output);
    CHECK(result.exit_code == 0);
    CHECK(result.output.find("done") != std::string::npos);
  }
}

TEST_CASE("a loss that is no number on one rank alone ends all ranks by its name") {
  if (!has_mpirun()) return skip(kNoMpirun);
  for (const int rank : {0, 2}) {
    const Ended result = run_ranks(3, fmt::format("nan {}", rank));
    INFO(result.output);
    CHECK(result.exit_code == 1);
    const std::size_t said = result.output.find("said: ");
    REQUIRE(said != std::string::npos);
    CHECK(result.output.find("said: ", said + 1) == std::string::npos);
    CHECK_THAT(result.output, Catch::Contains(fmt::format("said: rank {} on host ", rank)) &&
                                  Catch::Contains("training stopped in step 5 ") &&
                                  Catch::Contains("the loss is not finite") && Catch::Contains("poison"));
  }
}

}  // namespace
}  // namespace c3d
