#include "c3d/training/rank_job.h"

#include <map>

#include "c3d/common/bad_request.h"
#include "c3d/training/rank_orders.h"
#include "catch.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

using Variables = std::map<std::string, std::string>;

RankJob job_of(const Variables& variables) {
  return rank_job(
      [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
      },
      {"c3d_train", "--out", "a run"});
}

TEST_CASE("who started a process is read from the environment") {
  CHECK(!job_of({}).is_mpi);
  CHECK(job_of({{"OMPI_COMM_WORLD_SIZE", "4"}}).is_mpi);
  CHECK(job_of({{"OMPI_COMM_WORLD_SIZE", "4"}}).size == 4);
  CHECK(job_of({{"PMI_SIZE", "1"}, {"PMI_RANK", "0"}}).size == 1);
  const RankJob srun = job_of({{"PMIX_RANK", "1"}, {"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "3"}});
  CHECK(srun.is_mpi);
  CHECK(srun.size == 3);
  // A batch script of Slurm's is no step, and one task of srun is one process.
  CHECK(!job_of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}}).is_mpi);
  CHECK(!job_of({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}).is_mpi);
}

TEST_CASE("under torchrun and an srun without PMI the equal line is said") {
  const Variables torchrun = {{"RANK", "1"}, {"LOCAL_RANK", "1"}, {"WORLD_SIZE", "8"}, {"MASTER_ADDR", "a"}};
  CHECK_THROWS_AS(job_of(torchrun), BadRequest);
  CHECK(message_of([&] { return job_of(torchrun); }) ==
        "torchrun started this process, and training takes MPI's ranks: start them by `mpirun -np 8 "
        "c3d_train --out 'a run'`");
  CHECK(message_of([&] {
          return job_of({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}});
        }).find("`srun --mpi=pmix c3d_train --out 'a run'`") != std::string::npos);
}

TEST_CASE("mpirun's line says what it allows") {
  const Mpirun start = mpirun_command(4, {"c3d_train", "--resume"}, true, 2);
  CHECK(start.words.front() == "mpirun");
  CHECK(start.words.back() == "--resume");
  CHECK(std::find(start.words.begin(), start.words.end(), "--allow-run-as-root") != start.words.end());
  CHECK(start.allows.find("4 ranks share 2 processors") != std::string::npos);
  CHECK(start.allows.find("root") != std::string::npos);
  CHECK(mpirun_command(2, {"c3d_train"}, false, 2).allows.find("root") == std::string::npos);
  CHECK_THAT(message_of([] { mpirun_command(17, {"c3d_train"}, false, 2); }),
             Catch::Contains("--ranks 16 at most"));
}

TEST_CASE("an option is taken out of a command line") {
  using Words = std::vector<std::string>;
  CHECK(without_option({"a", "--ranks", "2", "--ranks=3", "--rank-timeout", "4"}, "--ranks") ==
        Words{"a", "--rank-timeout", "4"});
}

TEST_CASE("a process alone keeps its device, and has its own orders") {
  SingleProcess alone;
  CHECK(device_of(alone, "auto", 8) == "auto");
  CHECK(share_processors(alone).empty());
  CHECK(!share_orders(alone, std::nullopt));
}

}  // namespace
}  // namespace c3d
