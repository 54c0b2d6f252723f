#include "c3d/inference/shards/launcher.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "c3d/common/bad_request.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

constexpr const char *kArrayTask = "SLURM_ARRAY_TASK_ID", *kArrayFirst = "SLURM_ARRAY_TASK_MIN",
                     *kArrayCount = "SLURM_ARRAY_TASK_COUNT";

bool is_set(const Environment& environment, const char* name) {
  const char* text = environment(name);
  return text != nullptr && *text != '\0';
}

std::int64_t number_of(const Environment& environment, const char* name) {
  const std::string text = environment(name);
  const auto number = whole_number(text);
  expect_request(
      number && *number >= 0,
      "{}={} says which shard this is, and is no number: give --shard INDEX/COUNT, or --shard none", name,
      text);
  return *number;
}

std::int64_t number_of(const Environment& environment, const char* name, std::int64_t absent) {
  return is_set(environment, name) ? number_of(environment, name) : absent;
}

std::optional<StartedShard> of_array(const Environment& environment) {
  if (!is_set(environment, kArrayTask) || !is_set(environment, kArrayCount)) return std::nullopt;
  const std::int64_t task = number_of(environment, kArrayTask);
  const std::int64_t count = number_of(environment, kArrayCount);
  expect_request(is_set(environment, kArrayFirst) || count <= 1,
                 "{} is set and {} is not: give --shard INDEX/COUNT, or --shard none", kArrayTask,
                 kArrayFirst);
  const std::int64_t first = number_of(environment, kArrayFirst, task);
  const std::int64_t step = number_of(environment, "SLURM_ARRAY_TASK_STEP", 1);
  if (count <= 1) return std::nullopt;
  const bool is_even = step > 0 && task >= first && (task - first) % step == 0;
  const std::int64_t index = is_even ? (task - first) / step : count;
  expect_request(
      index < count && count <= kMostShards,
      "{}={} is none of {} tasks from {} in steps of {}: the numbers of this Slurm array leave some "
      "out; give --shard INDEX/COUNT",
      kArrayTask, task, count, first, step);
  return StartedShard{{static_cast<int>(index), static_cast<int>(count)},
                      fmt::format("{}={}, from {}, of {} tasks", kArrayTask, task, first, count)};
}

// Names of variables: the number of the process, how many there are, and what else is set where this starter
// set the two.
struct Starter {
  const char* rank;
  const char* size;
  std::array<const char*, 2> beside;
};

constexpr std::array kStarters{
    Starter{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}},
    Starter{"PMI_RANK", "PMI_SIZE", {"PMI_RANK", "PMI_SIZE"}},
    Starter{"RANK", "WORLD_SIZE", {"LOCAL_RANK", "MASTER_ADDR"}},
    Starter{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", {"SLURM_STEP_ID", "SLURM_PROCID"}},
};

std::optional<StartedShard> of_starter(const Environment& environment, const Starter& starter) {
  for (const char* name : {starter.rank, starter.size, starter.beside[0], starter.beside[1]}) {
    if (!is_set(environment, name)) return std::nullopt;
  }
  const std::int64_t rank = number_of(environment, starter.rank), size = number_of(environment, starter.size);
  if (size <= 1) return std::nullopt;
  expect_request(rank < size && size <= kMostShards,
                 "{}={} is not below {}={}: give --shard INDEX/COUNT, or --shard none", starter.rank, rank,
                 starter.size, size);
  return StartedShard{{static_cast<int>(rank), static_cast<int>(size)},
                      fmt::format("{}={}, {}={}", starter.rank, rank, starter.size, size)};
}

}  // namespace

std::optional<StartedShard> shard_of_launcher(const Environment& environment) {
  if (auto shard = of_array(environment)) return shard;
  for (const Starter& starter : kStarters) {
    if (auto shard = of_starter(environment, starter)) return shard;
  }
  return std::nullopt;
}

std::string half_set_launcher(const Environment& environment) {
  const auto missing = [&](const char* set, const char* other) -> std::string {
    if (!is_set(environment, set) || is_set(environment, other)) return "";
    return fmt::format("{} is set and {} is not: all videos are labelled; --shard INDEX/COUNT divides them",
                       set, other);
  };
  if (std::string note = missing(kArrayTask, kArrayCount); !note.empty()) return note;
  for (const Starter& starter : kStarters) {
    // Every batch script has a SLURM_PROCID, and a RANK alone may be anything's.
    const bool is_telling = std::string_view(starter.rank).starts_with("OMPI") ||
                            std::string_view(starter.rank).starts_with("PMI");
    if (!is_telling) continue;
    if (std::string note = missing(starter.rank, starter.size); !note.empty()) return note;
  }
  if (!is_set(environment, "RANK") || !is_set(environment, "WORLD_SIZE")) return "";
  for (const char* name : {"LOCAL_RANK", "MASTER_ADDR"}) {
    if (std::string note = missing("RANK", name); !note.empty()) return note;
  }
  return "";
}

}  // namespace c3d
