// The processes that train one network together, its ranks: one of them, and what it says to the others. Every rank makes
// the same collective calls in the same order, from the one thread that trains.
//
// No call waits for ever. Where another rank has failed, has died or does not answer, a call that waits throws RankFailure
// on every rank that is left; what happened was said on stderr by then, once on each host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/all_reducer.h"
#include "engine/core/error.h"

namespace c3d {

// The job is over for all ranks, and people were told why: whoever catches it says nothing and ends with this exit code.
class RankFailure : public Error {
 public:
  RankFailure(std::string message, int exit_code,
              std::source_location where = std::source_location::current())
      : Error(std::move(message), where), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// A stop was asked for, and a step that waits for other ranks does not end in time: it is given up, the parameters are those of
// the last whole step.
class StepGivenUp : public Error {
 public:
  using Error::Error;
};

struct DeviceReducer {
  std::unique_ptr<AllReducer> reducer;  // nullptr, on all ranks: sums go through the host's memory
  std::string obstacle;                 // why they do, for people: "this build has no NCCL"
};

class Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int local_rank() const = 0;  // among those of this host
  virtual int local_size() const = 0;
  virtual std::string name_of(int rank) const = 0;  // "rank 1 on host b"
  bool leads() const { return rank() == 0; }        // reads and writes the run's files, and talks
  bool is_alone() const { return size() == 1; }

  // Begins to put the sum over ranks 0 ... contributors - 1, added one after the other in this order, in place of every rank's values:
  // the same bits on all ranks and every time. What other ranks bring is not read. Host memory, which is this call's until
  // join_all_reduces(); no other collective call comes before that.
  virtual void start_all_reduce(std::span<float> values_in_place, int contributors) = 0;
  // All sums that were started are there. Where it throws, the memory is the caller's again.
  virtual void join_all_reduces() = 0;
  // Sums in a device's own memory, of the device that holds `example`. Collective.
  virtual DeviceReducer device_all_reducer(ConstTensor example);
  // Of the lead's bytes to all others.
  virtual void broadcast(std::span<std::byte> bytes) = 0;
  // What each rank brings, by rank; of any length.
  virtual std::vector<std::string> all_gather(std::string_view bytes) = 0;

  // Asks all ranks to stop at the end of a step, by a signal's number. Any thread.
  virtual void request_stop(int signal) = 0;
  // What was asked of this rank or, as far as this one knows by now, of another; 0: nothing.
  virtual int stop_requested() const = 0;
  // From now on steps are expected: a rank that does not tick() or communicate for the time-out of the job ends it. false:
  // from now on work may take its time.
  virtual void expect_steps(bool expected) = 0;
  virtual void tick() = 0;
  // Ends the job by what happened on this rank: says it, tells all others, and throws RankFailure.
  [[noreturn]] virtual void fail(const std::string& message, int exit_code) = 0;
  // Waits until all ranks are here. Nothing else may be called after it.
  virtual void finish() = 0;
};

// "rank 1 on host b"
std::string rank_name(int rank, std::string_view host);
std::string this_host();  // this one's
// For people: that a rank, by its name, has died. process: 0, where it is not known.
std::string rank_death(const std::string& name, std::int64_t process);

// body(), and finish() after it. The exit code of this process: 0, or that of a job that is over.
int run_as_rank(Communicator& ranks, const std::function<void()>& body);

// The lead's text, on every rank.
std::string broadcast_text(Communicator& ranks, std::string text);

// A process that trains alone.
class SingleProcess final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  int local_size() const override { return 1; }
  std::string name_of(int rank) const override;
  void start_all_reduce(std::span<float> /*values_in_place*/, int /*contributors*/) override {}
  void join_all_reduces() override {}
  void broadcast(std::span<std::byte> /*bytes*/) override {}
  std::vector<std::string> all_gather(std::string_view bytes) override { return {std::string(bytes)}; }
  void request_stop(int /*signal*/) override {}
  int stop_requested() const override { return 0; }
  void expect_steps(bool /*expected*/) override {}
  void tick() override {}
  [[noreturn]] void fail(const std::string& message, int exit_code) override;
  void finish() override {}
};

}  // namespace c3d
