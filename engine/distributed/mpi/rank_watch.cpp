#include "engine/distributed/mpi/rank_watch.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <utility>

namespace c3d {
namespace {

using namespace std::chrono_literals;

enum NoteTag : int { kBeat = 1, kStop = 2, kEnding = 3 };

constexpr auto kLook = 50ms;                      // from one look to the next
constexpr auto kMostBeat = 1000ms;                // from one sign of life to the next
constexpr auto kLastSeconds = 10s;                // that the thread that trains has to end the process
constexpr auto kNotesSent = 1s, kNotesRead = 5s;  // that notes may take to be sent, and to be read
constexpr int kLooksInVain = 3, kLooksAtDeath = 10;
constexpr auto kStopPatience = 20s;       // that a step may take once a stop was asked for
constexpr auto kLowerRanksFirst = 300ms;  // where several fail at once, the first rank speaks
constexpr auto kLeadSaves = 60s;          // that the lead may take to save, after a step was given up
constexpr auto kLeadStopped = 2s;         // that it may stand still meanwhile
constexpr auto kSpeakerFirst = 3s;        // where several hear nothing of a rank

int open_process(const RankPlace& place) {
  return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(place.process), 0));
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

}  // namespace

RankWatch::RankWatch(MPI_Comm notes, int rank, std::vector<RankPlace> places, RankOptions options)
    : notes_(notes),
      rank_(rank),
      places_(std::move(places)),
      options_(std::move(options)),
      beat_every_(std::min<std::chrono::milliseconds>(options_.timeout / 10, kMostBeat)),
      heard_(places_.size(), Clock::now()),
      beats_(places_.size(), MPI_REQUEST_NULL),
      processes_(places_.size(), -1) {
  const RankPlace& here = places_[static_cast<std::size_t>(rank)];
  for (std::size_t other = 0; other < places_.size(); ++other) {
    const RankPlace& place = places_[other];
    if (static_cast<int>(other) == rank || place.host != here.host ||
        place.process_namespace != here.process_namespace) {
      continue;
    }
    processes_[other] = open_process(place);
  }
  tick();
  thread_ = std::thread([this] { run(); });
}

RankWatch::~RankWatch() {
  close();
  for (const int process : processes_) {
    if (process >= 0) ::close(process);
  }
}

void RankWatch::close() {
  closed_ = true;
  if (thread_.joinable()) thread_.join();
}

std::string RankWatch::name_of(int rank) const {
  return rank_name(rank, places_.at(static_cast<std::size_t>(rank)).host.data());
}

void RankWatch::tick() { ticked_ = Clock::now().time_since_epoch().count(); }

void RankWatch::expect_steps(bool expected) {
  tick();
  expects_ = expected;
}

void RankWatch::set_waiting(bool waiting) {
  tick();
  waiting_ = waiting;
}

void RankWatch::request_stop(int signal) {
  int none = 0;
  if (stop_.compare_exchange_strong(none, signal)) stopped_at_ = Clock::now().time_since_epoch().count();
}

bool RankWatch::is_over() const {
  const std::lock_guard lock(ending_mutex_);
  return ending_.has_value();
}

void RankWatch::throw_ending() const {
  const std::lock_guard lock(ending_mutex_);
  const Ending ending = ending_.value_or(Ending{});
  throw RankFailure(ending.message, ending.exit_code);
}

void RankWatch::check_over() const {
  if (over_) throw_ending();
}

void RankWatch::check_wait() {
  check_over();
  const bool stops = stop_ != 0 && expects_;
  // A step that is long in itself may end: what counts is how long others are waited for.
  const Clock::duration from(std::max(stopped_at_.load(), ticked_.load()));
  if (stops && Clock::now() - Clock::time_point(from) > kStopPatience) {
    // What still comes in finds its memory given to others: no message is carried from now on.
    const std::lock_guard lock(mpi_);
    mute_ = true;
    throw StepGivenUp("a stop was asked for, and a step waits for other ranks");
  }
}

bool RankWatch::is_stopped(int rank) const {
  const auto at = static_cast<std::size_t>(rank);
  if (processes_[at] < 0) return false;
  std::ifstream file(fmt::format("/proc/{}/stat", places_[at].process));
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(") ");  // the name may hold anything
  return name_end != std::string::npos && line.substr(name_end + 2, 1) == "T";
}

// Whoever ends first has mpirun end the others, and the lead still saves.
void RankWatch::wait_for_lead() const {
  const Clock::time_point start = Clock::now();
  Clock::time_point seen_going = start;
  while (Clock::now() - start < kLeadSaves && Clock::now() - seen_going < kLeadStopped) {
    if (!is_stopped(0)) seen_going = Clock::now();
    std::this_thread::sleep_for(kLook);
  }
  if (!speaks(0)) return;
  options_.say(
      fmt::format("{} was waited for in vain after the stop: it was stopped, or hangs, and it is the one "
                  "that saves. The run's "
                  "last snapshot is whole; go on with it by --resume",
                  name_of(0)));
}

bool RankWatch::set_ending(const std::string& message, int exit_code) {
  const std::lock_guard lock(ending_mutex_);
  if (ending_) return false;
  ending_ = Ending{message, exit_code, Clock::now()};
  return true;
}

// Of the ranks of this host that are left, the first.
bool RankWatch::speaks(int about) const {
  const auto& here = places_[static_cast<std::size_t>(rank_)].host;
  for (int rank = 0; rank < rank_; ++rank) {
    if (rank != about && places_[static_cast<std::size_t>(rank)].host == here) return false;
  }
  return true;
}

void RankWatch::send_ending(const std::string& sentence, int exit_code, int except, bool until_read) {
  ending_note_.exit_code = exit_code;
  const std::size_t length = std::min(sentence.size(), ending_note_.text.size() - 1);
  std::memcpy(ending_note_.text.data(), sentence.data(), length);
  std::vector<MPI_Request> sent;
  sent.reserve(places_.size());
  {
    const std::unique_lock lock(mpi_, kNotesSent);
    if (!lock.owns_lock()) return;
    for (int rank = 0; rank < static_cast<int>(places_.size()); ++rank) {
      if (rank == rank_ || rank == except) continue;
      const auto send = until_read ? MPI_Issend : MPI_Isend;
      send(&ending_note_, static_cast<int>(sizeof ending_note_), MPI_BYTE, rank, kEnding, notes_,
           &sent.emplace_back(MPI_REQUEST_NULL));
    }
  }
  const Clock::time_point limit = Clock::now() + (until_read ? kNotesRead : kNotesSent);
  for (int done = 0; done == 0 && Clock::now() < limit;) {
    if (const std::unique_lock lock(mpi_, kLook); lock.owns_lock()) {
      MPI_Testall(static_cast<int>(sent.size()), sent.data(), &done, MPI_STATUSES_IGNORE);
    }
    if (done == 0) std::this_thread::sleep_for(2ms);
  }
}

// The memory of what the thread that trains waits for is its own until over_ is set: no message is carried from then on.
void RankWatch::end_job(int about, bool is_dead, bool says, const std::string& sentence) {
  if (!set_ending(sentence, 1)) return;
  if (says) options_.say(sentence);
  // Whoever was stopped and wakes up reads it, too, and says nothing of the others' end.
  send_ending(sentence, 1, is_dead ? about : -1, false);
  over_ = true;
}

void RankWatch::fail(const std::string& message, int exit_code) {
  if (rank_ > 0) std::this_thread::sleep_for(kLowerRanksFirst);
  const std::string sentence = fmt::format("{}: {}", name_of(rank_), message);
  if (!set_ending(sentence, exit_code)) throw_ending();
  options_.say(sentence);
  // Whoever ends first has mpirun end the others: they hear of it before.
  if (!mute_) send_ending(sentence, exit_code, -1, true);
  over_ = true;
  throw_ending();
}

void RankWatch::run() {
  while (!closed_) {
    watch_processes(static_cast<int>(kLook.count()));
    if (closed_) return;
    look();
  }
}

void RankWatch::look() {
  if (over_) {
    const std::lock_guard lock(ending_mutex_);
    const Ending ending = ending_.value_or(Ending{});
    if (Clock::now() - ending.at > kLastSeconds) ::_exit(ending.exit_code);
    return;
  }
  if (mute_) return;
  int silent = -1;
  const Clock::time_point before = std::exchange(last_look_, Clock::now());
  // A process that was stopped for a while has heard nobody, and it is not for it to say who hangs.
  if (last_look_ - before > kMostBeat) {
    stood_still_ = true;
    tick();
  }
  if (const std::unique_lock lock(mpi_, kLook); lock.owns_lock()) {
    if (std::exchange(stood_still_, false)) std::ranges::fill(heard_, last_look_);
    hear();
    if (is_over()) return;
    send_beats();
    send_stop();
    silent = silent_rank();
  }
  if (silent >= 0) {
    end_job(
        silent, false, true,
        fmt::format("{} has not been heard of for {} (--rank-timeout): it was stopped, its host hangs, or "
                    "the network between them is cut. The run's last snapshot is whole; go on with it by "
                    "--resume",
                    name_of(silent), seconds_text(options_.timeout)));
    return;
  }
  if (const std::string sentence = own_delay(); !sentence.empty()) end_job(rank_, false, true, sentence);
}

void RankWatch::hear() {
  // A look that finds nothing fetches what is there for the next one.
  for (int in_vain = 0; in_vain < kLooksInVain;) {
    int there = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, notes_, &there, &status) != MPI_SUCCESS) return;
    if (there == 0) {
      ++in_vain;
      continue;
    }
    in_vain = 0;
    heard_[static_cast<std::size_t>(status.MPI_SOURCE)] = Clock::now();
    const auto receive = [&](void* to, std::size_t bytes) {
      MPI_Recv(to, static_cast<int>(bytes), MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, notes_,
               MPI_STATUS_IGNORE);
    };
    if (status.MPI_TAG == kBeat) {
      receive(nullptr, 0);
    } else if (status.MPI_TAG == kStop) {
      std::int32_t signal = 0;
      receive(&signal, sizeof signal);
      stop_told_ = true;  // whoever was asked tells all
      request_stop(signal);
    } else {
      Note note;
      receive(&note, sizeof note);
      if (set_ending(note.text.data(), note.exit_code)) over_ = true;
    }
  }
}

// Of several that hear nothing of a rank the one that speaks is first, and tells the others: whoever ends before it has spoken has
// mpirun end it, too.
int RankWatch::silent_rank() const {
  const int first = rank_ == 0 ? 1 : 0, last = rank_ == 0 ? static_cast<int>(places_.size()) : 1;
  for (int other = first; other < last; ++other) {
    const Clock::duration patience = options_.timeout + (speaks(other) ? 0s : kSpeakerFirst);
    if (Clock::now() - heard_[static_cast<std::size_t>(other)] > patience) return other;
  }
  return -1;
}

// From every rank to the lead, and from the lead to every rank.
void RankWatch::send_beats() {
  if (Clock::now() - last_beat_ < beat_every_) return;
  last_beat_ = Clock::now();
  const int last = rank_ == 0 ? static_cast<int>(places_.size()) : 1;
  for (int other = 0; other < last; ++other) {
    if (other == rank_) continue;
    MPI_Request& request = beats_[static_cast<std::size_t>(other)];
    int done = 1;
    if (request != MPI_REQUEST_NULL) MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) MPI_Isend(nullptr, 0, MPI_BYTE, other, kBeat, notes_, &request);
  }
}

void RankWatch::send_stop() {
  if (stop_ == 0 || stop_told_) return;
  stop_told_ = true;
  stop_note_ = stop_;
  for (int rank = 0; rank < static_cast<int>(places_.size()); ++rank) {
    MPI_Request request = MPI_REQUEST_NULL;
    if (rank == rank_) continue;
    MPI_Isend(&stop_note_, sizeof stop_note_, MPI_BYTE, rank, kStop, notes_, &request);
    MPI_Request_free(&request);
  }
}

// Sleeps meanwhile.
void RankWatch::watch_processes(int milliseconds) {
  std::vector<pollfd> waits;
  std::vector<int> ranks;
  waits.reserve(processes_.size());
  ranks.reserve(processes_.size());
  for (int rank = 0; rank < static_cast<int>(processes_.size()); ++rank) {
    const int process = processes_[static_cast<std::size_t>(rank)];
    if (process < 0 || over_) continue;
    waits.push_back({.fd = process, .events = POLLIN, .revents = 0});
    ranks.push_back(rank);
  }
  const Clock::time_point before = Clock::now();
  if (::poll(waits.data(), waits.size(), milliseconds) <= 0 || closed_ || mute_) return;
  const bool stood_still = Clock::now() - before > kMostBeat;
  // It may have told why, or was ended because another is gone, of which a note is on its way.
  for (int turn = 0; turn < kLooksAtDeath && !is_over() && !closed_ && !mute_; ++turn) {
    look();
    std::this_thread::sleep_for(20ms);
  }
  if (closed_ || mute_) return;
  for (std::size_t i = 0; i < waits.size() && !is_over(); ++i) {
    if ((waits[i].revents & POLLIN) == 0) continue;
    // Others may have ended without a rank that was stopped, as they should: it knows nothing of it.
    if (stood_still) {
      if (set_ending("another rank has ended", 1)) over_ = true;
      return;
    }
    end_job(ranks[i], true, speaks(ranks[i]),
            rank_death(name_of(ranks[i]), places_[static_cast<std::size_t>(ranks[i])].process));
  }
}

std::string RankWatch::own_delay() const {
  if (!expects_) return "";
  const auto since = Clock::now() - Clock::time_point(Clock::duration(ticked_));
  // A rank that waits is not the one that hangs, and that one speaks first.
  if (waiting_ && since > 2 * options_.timeout + kLastSeconds) {
    return fmt::format(
        "{} waits for the others in vain, though all of them are alive: their network loses messages. The "
        "run's last snapshot is whole; go on with it by --resume",
        name_of(rank_));
  }
  if (waiting_ || since < options_.timeout) return "";
  return fmt::format(
      "{} has made no step for {} (--rank-timeout): a disk or a device hangs, or a step takes longer than "
      "that. The run's last snapshot is whole; go on with it by --resume",
      name_of(rank_), seconds_text(options_.timeout));
}

}  // namespace c3d
