#include "c3d/training/rank_board.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <utility>

namespace c3d {
namespace {

constexpr off_t place_of(int number) { return static_cast<off_t>(number) * off_t{sizeof(std::int32_t)}; }

}  // namespace

RankBoard::RankBoard() : file_(File::temporary()) {}

RankBoard::RankBoard(const Environment& environment) {
  const char* name = environment(kRankBoardVariable);
  if (name == nullptr) return;
  if (std::optional<File> file = File::try_open(name, O_RDWR)) file_ = std::move(*file);
}

std::string RankBoard::name() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), file_.descriptor()); }

int RankBoard::true_signal(int received) const {
  const int told = received == SIGUSR1 ? read(kStop) : 0;
  return told != 0 ? told : received;
}

void RankBoard::write(int place, std::int32_t number) {
  if (file_) static_cast<void>(!::pwrite(file_.descriptor(), &number, sizeof number, place_of(place)));
}

std::int32_t RankBoard::read(int place) const {
  std::int32_t number = 0;
  if (!file_ || ::pread(file_.descriptor(), &number, sizeof number, place_of(place)) != sizeof number)
    return 0;
  return number;
}

}  // namespace c3d
