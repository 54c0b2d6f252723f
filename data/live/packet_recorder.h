// The latest packets of a stream, in bounded memory, and the files that are made of them. One thread at a
// time.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "data/live/live_reader.h"
#include "data/live/recorded_file.h"

namespace c3d {

// Twenty seconds of a camera that sends 50 Mbit/s.
inline constexpr std::size_t kKeptPacketBytes = std::size_t{128} << 20;
// A recording that alerts keep prolonging ends then; the next alert begins another.
inline constexpr std::chrono::minutes kLongestRecording{10};

class PacketRecorder {
 public:
  using TimePoint = LiveReader::TimePoint;
  // Borrows the stream.
  explicit PacketRecorder(const AVStream& stream, std::size_t kept_bytes = kKeptPacketBytes)
      : stream_(stream), most_bytes_(kept_bytes) {}

  void add(const AVPacket& packet, TimePoint arrival);
  // See LiveReader.
  void keep_since(TimePoint time) { since_ = time; }
  void record(const std::filesystem::path& name, TimePoint from, TimePoint until);
  void end();
  std::vector<Recording> take_recordings();

  std::size_t kept_packets() const { return kept_.size(); }
  std::size_t kept_bytes() const { return bytes_; }

 private:
  struct Kept {
    CodedPacket packet;
    TimePoint arrival;
    bool is_key() const { return (packet->flags & AV_PKT_FLAG_KEY) != 0; }
  };
  void drop_before(std::size_t count);
  std::size_t next_key(std::size_t from) const;
  void let_go();
  template <typename Write>
  void attempt(const Write& write);

  const AVStream& stream_;
  std::size_t most_bytes_;
  std::deque<Kept> kept_;  // begins with a key frame, as far as the stream has some
  std::size_t bytes_ = 0;
  TimePoint since_{};
  std::unique_ptr<RecordedFile> file_;  // being written
  std::filesystem::path path_;          // its name
  TimePoint begin_{}, until_{};
  std::vector<Recording> done_;
};

}  // namespace c3d
