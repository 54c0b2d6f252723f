// The second thread of a rank. It hears the other ranks' notes, sees that a rank of this host has ended (pidfd), tells the
// lead every second that this rank is alive, and hears the same of it; and it measures how long the thread that trains goes
// without a step. Whatever is wrong, it says so, tells the others, and gives the thread that trains some seconds to end the
// process; then it does so itself. It writes no file: those that matter are whole at any moment.
#pragma once

#include <mpi.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/distributed/mpi_communicator.h"

namespace c3d {

struct RankPlace {  // plain bytes, as MPI carries them
  std::array<char, 256> host{};
  std::int64_t process = 0;
  std::uint64_t process_namespace = 0;  // in which that number counts
};

class RankWatch {
 public:
  // notes: a communicator of its own, of all ranks.
  RankWatch(MPI_Comm notes, int rank, std::vector<RankPlace> places, RankOptions options);
  RankWatch(const RankWatch&) = delete;
  RankWatch& operator=(const RankWatch&) = delete;
  ~RankWatch();

  // Held around every call of MPI.
  std::timed_mutex& mpi() { return mpi_; }
  bool share_host(int rank, int other) const {
    return places_[static_cast<std::size_t>(rank)].host == places_[static_cast<std::size_t>(other)].host;
  }
  std::string name_of(int rank) const;

  void expect_steps(bool expected);
  void tick();
  // While the thread that trains waits for others.
  void set_waiting(bool waiting);
  // RankFailure where the job is over.
  void check_over() const;
  // The same, and StepGivenUp where a stop was asked for and others are waited for in vain. For the thread that trains.
  void check_wait();
  void request_stop(int signal);
  int stop_requested() const { return stop_; }
  [[noreturn]] void fail(const std::string& message, int exit_code);
  // A step was given up: no message is carried any more.
  bool is_mute() const { return mute_; }
  // After a step was given up: until the lead has saved and ended, which has mpirun end this one. Says where it waited in vain.
  void wait_for_lead() const;
  // No more notes: what follows is the end.
  void close();

 private:
  using Clock = std::chrono::steady_clock;
  struct Note {
    std::int32_t exit_code = 1;
    std::array<char, 2000> text{};  // within what any MPI sends at once
  };
  struct Ending {
    std::string message;
    int exit_code = 1;
    Clock::time_point at;
  };

  void run();
  // A rank that died in the middle of a message may leave its neighbours turning in MPI with the lock: then nothing is heard, and
  // what the system says counts.
  void look();
  void hear();  // under mpi(), as the next two
  void send_beats();
  void send_stop();
  void watch_processes(int milliseconds);
  int silent_rank() const;  // -1: none is
  std::string own_delay() const;
  bool is_stopped(int rank) const;  // as by SIGSTOP, as far as this host can tell
  bool speaks(int about) const;
  // Of another rank, or of this one's own delay. says: to people, not to the other ranks alone.
  void end_job(int about, bool is_dead, bool says, const std::string& sentence);
  bool set_ending(const std::string& message, int exit_code);
  // To all but one, and waits for some time until they are on their way, or are read.
  void send_ending(const std::string& sentence, int exit_code, int except, bool until_read);
  bool is_over() const;
  [[noreturn]] void throw_ending() const;

  MPI_Comm notes_;
  int rank_;
  std::vector<RankPlace> places_;
  RankOptions options_;
  std::chrono::milliseconds beat_every_;

  std::timed_mutex mpi_;
  std::vector<Clock::time_point> heard_;  // of each rank that this one listens to; under mpi_
  std::vector<MPI_Request> beats_;
  std::int32_t stop_note_ = 0;
  Note ending_note_;
  Clock::time_point last_beat_, last_look_ = Clock::now();
  bool stood_still_ = false;    // since heard_ was last set anew
  std::vector<int> processes_;  // pidfds by rank; -1: this one, or of another host

  mutable std::mutex ending_mutex_;
  std::optional<Ending> ending_;
  std::atomic<bool> over_ = false, closed_ = false, mute_ = false;
  std::atomic<bool> waiting_ = false, expects_ = false;
  std::atomic<Clock::rep> ticked_ = 0, stopped_at_ = 0;
  std::atomic<int> stop_ = 0;
  bool stop_told_ = false;  // by this rank
  std::thread thread_;      // last: it uses all others
};

}  // namespace c3d
