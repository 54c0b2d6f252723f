// What the ranks of one machine and the process that started mpirun for them tell each other: mpirun passes no signal on but
// SIGUSR1, and hides who died. A file without a name, held by the starter; its ranks find it by a variable of their environment.
// Where a rank finds none, all calls do nothing. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "c3d/common/environment.h"
#include "engine/io/file.h"

namespace c3d {

inline constexpr const char* kRankBoardVariable = "C3D_RANK_BOARD";

class RankBoard {
 public:
  // The starter's. Error: no file can be made.
  RankBoard();
  // A rank's, as the environment names it.
  explicit RankBoard(const Environment& environment);

  std::string name() const;  // for the ranks' environment

  // The signal that asks all ranks to stop; 0: none came.
  void tell_stop(std::int32_t signal) { write(kStop, signal); }
  // What a rank received is what the starter did: SIGUSR1 stands for it.
  int true_signal(int received) const;
  // Whether a rank has said to people why the job ends.
  void tell_said() { write(kSaid, 1); }
  bool has_said() const { return read(kSaid) != 0; }
  void tell_process(int rank, std::int32_t process) { write(kProcesses + rank, process); }
  std::int32_t process_of(int rank) const { return read(kProcesses + rank); }  // 0: not told yet

 private:
  static constexpr int kStop = 0, kSaid = 1, kProcesses = 2;  // places of numbers
  void write(int place, std::int32_t number);
  std::int32_t read(int place) const;

  File file_;  // or none
};

}  // namespace c3d
