// How the ranks of a host share its processors: see rank_orders.h.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>

#include "c3d/training/rank_orders.h"
#include "engine/core/error.h"
#include "engine/core/usable_threads.h"
#include "engine/distributed/batch_share.h"

namespace c3d {
namespace {

// Of one rank, as the others see it.
struct Processors {
  int host = 0;  // the number of the first rank of this host
  int threads = 1;
  int online = 1;  // of the machine
  cpu_set_t allowed{};
};

Processors own_processors(const Communicator& ranks) {
  Processors own;
  own.host = ranks.rank() - ranks.local_rank();
  own.threads = usable_threads();
  own.online = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  CPU_ZERO(&own.allowed);
  if (::sched_getaffinity(0, sizeof own.allowed, &own.allowed) != 0) CPU_ZERO(&own.allowed);
  return own;
}

// One rank's part of what several may use.
cpu_set_t part_of(const cpu_set_t& all, int ranks, int rank) {
  std::vector<int> numbers;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(processor, &all)) numbers.push_back(processor);
  }
  cpu_set_t part;
  CPU_ZERO(&part);
  const BatchRange mine = share_of(std::ssize(numbers), ranks, rank);
  for (std::int64_t i = mine.first; i < mine.last; ++i) CPU_SET(numbers[static_cast<std::size_t>(i)], &part);
  return part;
}

std::string crowded(std::string_view what, std::int64_t threads, int processors) {
  return fmt::format(
      "note: {} gives each rank {} threads for {} processor{}, where they wait for each other: leave it "
      "unset",
      what, threads, processors, processors == 1 ? "" : "s");
}

}  // namespace

std::string share_processors(Communicator& ranks) {
  if (ranks.is_alone()) return "";
  const Processors own = own_processors(ranks);
  const std::vector<std::string> texts = ranks.all_gather({reinterpret_cast<const char*>(&own), sizeof own});
  std::vector<Processors> all(texts.size());
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    std::memcpy(&all[rank], texts[rank].data(), sizeof own);

  const char* said = std::getenv("OMP_NUM_THREADS");
  const bool threads_are_set = said != nullptr && *said != '\0';
  const int processors = CPU_COUNT(&own.allowed);
  const bool share_all = std::ranges::all_of(all, [&](const Processors& other) {
    return other.host != own.host || CPU_EQUAL(&other.allowed, &own.allowed);
  });
  int threads = own.threads;
  if (share_all && ranks.local_size() > 1) {
    if (!threads_are_set) {
      threads = std::max(1, own.threads / ranks.local_size());
      ::setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
    }
    if (processors >= ranks.local_size()) {
      const cpu_set_t part = part_of(own.allowed, ranks.local_size(), ranks.local_rank());
      ::sched_setaffinity(0, sizeof part, &part);
    }
  }
  if (!ranks.leads()) return "";

  std::string text = fmt::format("{} ranks, {} on this host: {} thread{} each, on processors of {}",
                                 ranks.size(), ranks.local_size(), threads, threads == 1 ? "" : "s",
                                 share_all && processors < ranks.local_size() ? "no rank alone" : "its own");
  const int share = std::max(1, processors / ranks.local_size());
  if (share_all && threads_are_set && threads > share) {
    text += "\n" + crowded("OMP_NUM_THREADS", threads, share);
  }
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const Processors& one = all[static_cast<std::size_t>(rank)];
    cpu_set_t of_host;
    CPU_ZERO(&of_host);
    for (const Processors& other : all) {
      if (other.host == one.host) CPU_OR(&of_host, &of_host, &other.allowed);
    }
    const int own_count = CPU_COUNT(&one.allowed), host_count = CPU_COUNT(&of_host);
    if (one.host != rank || own_count == host_count || host_count >= one.online) continue;
    text += fmt::format(
        "\nnote: {} is bound to {} of its host's {} processors, and all ranks there to {}: the others stay "
        "idle; "
        "start with mpirun --bind-to none",
        ranks.name_of(rank), own_count, one.online, host_count);
  }
  return text;
}

std::string note_of_threads(const Communicator& ranks, std::int64_t threads) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (ranks.is_alone() || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return "";
  const int processors = CPU_COUNT(&allowed);
  return threads > processors ? crowded("the setting `threads`", threads, processors) : "";
}

}  // namespace c3d
