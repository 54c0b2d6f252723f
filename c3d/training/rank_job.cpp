#include "c3d/training/rank_job.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "c3d/common/bad_request.h"
#include "c3d/common/shell_word.h"

namespace c3d {
namespace {

int number_of(const char* text) {
  int number = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), number);
  return number;
}

std::string line_of(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  quoted.reserve(words.size());
  for (const std::string& word : words) quoted.push_back(shell_word(word));
  return fmt::format("{}", fmt::join(quoted, " "));
}

}  // namespace

RankJob rank_job(const Environment& environment, const std::vector<std::string>& command) {
  RankJob job;
  // Open MPI and MPICH tell their processes how many they are; PMIx, which Slurm has too, tells the rank alone.
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"}) {
    job.size = std::max(job.size, number_of(environment(name)));
  }
  const int slurm_tasks =
      environment("SLURM_PROCID") != nullptr ? number_of(environment("SLURM_STEP_NUM_TASKS")) : 0;
  const bool has_pmi = environment("PMIX_RANK") != nullptr || environment("PMI_RANK") != nullptr;
  job.is_mpi = job.size > 0 || has_pmi;
  if (has_pmi) job.size = std::max(job.size, slurm_tasks);
  if (job.is_mpi) return job;
  const char* workers = environment("WORLD_SIZE");
  const bool has_torchrun = environment("TORCHELASTIC_RUN_ID") != nullptr ||
                            (workers != nullptr && environment("RANK") != nullptr &&
                             environment("LOCAL_RANK") != nullptr && environment("MASTER_ADDR") != nullptr);
  expect_request(
      !has_torchrun,
      "torchrun started this process, and training takes MPI's ranks: start them by `mpirun -np {} {}`",
      std::max(1, number_of(workers)), line_of(command));
  expect_request(
      slurm_tasks <= 1,
      "srun started {} processes and gave them no PMI, by which MPI's ranks find each other: start them by "
      "`srun --mpi=pmix {}`",
      slurm_tasks, line_of(command));
  return job;
}

Mpirun mpirun_command(int ranks, const std::vector<std::string>& command, bool is_root, int processors) {
  constexpr int kMostOnOneProcessor = 8;
  expect_request(ranks <= kMostOnOneProcessor * processors,
                 "--ranks {}: c3d_train may use {} processor{} here, and more than {} ranks on each keep the "
                 "machine busy with waiting: give --ranks {} at most, or start more machines by mpirun",
                 ranks, processors, processors == 1 ? "" : "s", kMostOnOneProcessor,
                 kMostOnOneProcessor * processors);
  Mpirun start;
  // Ranks divide the processors themselves. What becomes of them is said by the ranks, not by mpirun.
  start.words = {"mpirun", "--quiet", "--bind-to", "none", "-np", std::to_string(ranks)};
  std::vector<std::string> allows;
  if (is_root) {
    start.words.emplace_back("--allow-run-as-root");
    allows.emplace_back("it runs as root (--allow-run-as-root)");
  }
  if (ranks > processors) {
    allows.push_back(
        fmt::format("{} ranks share {} processor{}", ranks, processors, processors == 1 ? "" : "s"));
  }
  start.words.emplace_back("--oversubscribe");
  allows.emplace_back("more ranks than mpirun counts cores (--oversubscribe)");
  start.words.insert(start.words.end(), command.begin(), command.end());
  start.allows = fmt::format("mpirun starts {} ranks and allows: {}", ranks, fmt::join(allows, ", "));
  return start;
}

std::vector<std::string> without_option(const std::vector<std::string>& words, const std::string& name) {
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == name) {
      ++i;
    } else if (!words[i].starts_with(name + "=")) {
      rest.push_back(words[i]);
    }
  }
  return rest;
}

}  // namespace c3d
