#include "engine/distributed/communicator.h"

#include <array>
#include <cstring>

namespace c3d {

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
