#include "data/live/packet_recorder.h"

#include <algorithm>
#include <utility>

#include "engine/core/error.h"

namespace c3d {

std::size_t PacketRecorder::next_key(std::size_t from) const {
  while (from < kept_.size() && !kept_[from].is_key()) ++from;
  return from;
}

void PacketRecorder::drop_before(std::size_t count) {
  for (; count > 0; --count) {
    bytes_ -= static_cast<std::size_t>(kept_.front().packet->size);
    kept_.pop_front();
  }
}

// What decodes by itself from a key frame at or before `since_` on stays. Where that is too much, so do the
// latest packets from some key frame on.
void PacketRecorder::let_go() {
  for (std::size_t key = next_key(1); key < kept_.size() && kept_[key].arrival <= since_; key = next_key(1)) {
    drop_before(key);
  }
  while (bytes_ > most_bytes_ && !kept_.empty()) drop_before(next_key(1));
}

void PacketRecorder::add(const AVPacket& packet, TimePoint arrival) {
  if (file_ != nullptr) {
    if (arrival >= until_ || arrival - begin_ > kLongestRecording) {
      end();
    } else {
      attempt([&] { file_->write(packet, arrival); });
    }
  }
  Kept kept{CodedPacket(av_packet_clone(&packet)), arrival};
  if (kept.packet == nullptr) return;  // there is no memory for it
  bytes_ += static_cast<std::size_t>(packet.size);
  kept_.push_back(std::move(kept));
  let_go();
}

// The labels go on where a file cannot be written.
template <typename Write>
void PacketRecorder::attempt(const Write& write) {
  try {
    write();
  } catch (const Error& error) {
    file_.reset();
    done_.push_back({path_, error.message()});
  }
}

void PacketRecorder::record(const std::filesystem::path& name, TimePoint from, TimePoint until) {
  if (file_ != nullptr) {
    until_ = std::max(until_, until);
    return;
  }
  path_ = name;
  path_ += recording_extension(stream_);
  begin_ = from;
  until_ = until;
  attempt([&] {
    file_ = std::make_unique<RecordedFile>(path_, stream_);
    std::size_t first = next_key(0);
    for (std::size_t key = first; key < kept_.size() && kept_[key].arrival <= from; key = next_key(key + 1)) {
      first = key;
    }
    if (first == kept_.size()) first = 0;  // a stream without key frames
    for (; first < kept_.size(); ++first) file_->write(*kept_[first].packet, kept_[first].arrival);
  });
}

void PacketRecorder::end() {
  if (file_ == nullptr) return;
  attempt([&] {
    file_->finish();
    file_.reset();
    done_.push_back({path_, {}});
  });
}

std::vector<Recording> PacketRecorder::take_recordings() { return std::exchange(done_, {}); }

}  // namespace c3d
