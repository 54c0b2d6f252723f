#include "engine/distributed/communicator.h"

#include <unistd.h>

#include <array>

namespace c3d {

std::string rank_name(int rank, std::string_view host) {
  return fmt::format("rank {} on host {}", rank, host);
}

std::string this_host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string rank_death(const std::string& name, std::int64_t process) {
  const std::string which = process != 0 ? fmt::format("process {}; ", process) : "";
  return fmt::format(
      "{} has died ({}killed, or out of memory): training stops. The run's last snapshot is whole; go on "
      "with "
      "it by --resume",
      name, which);
}

int run_as_rank(Communicator& ranks, const std::function<void()>& body) {
  try {
    body();
    ranks.finish();
  } catch (const RankFailure& failure) {
    return failure.exit_code();
  }
  return 0;
}

DeviceReducer Communicator::device_all_reducer(ConstTensor /*example*/) {
  return {.reducer = nullptr, .obstacle = "these ranks have no sums of a device"};
}

std::string broadcast_text(Communicator& ranks, std::string text) {
  std::uint64_t bytes = text.size();
  ranks.broadcast(std::as_writable_bytes(std::span(&bytes, 1)));
  text.resize(bytes);
  ranks.broadcast(std::as_writable_bytes(std::span(text)));
  return text;
}

std::string SingleProcess::name_of(int rank) const { return fmt::format("rank {}", rank); }

void SingleProcess::fail(const std::string& message, int exit_code) { throw RankFailure(message, exit_code); }

}  // namespace c3d
