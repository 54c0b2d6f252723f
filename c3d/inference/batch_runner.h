// Clips of a stream through the network, in full batches that may hold clips of several videos. Where the
// device computes by itself two batches are under way: while one is computed, the next is uploaded, and the
// scores of the one before are taken. One thread, which drives the backend.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "c3d/inference/classifier.h"
#include "c3d/inference/clip_stream.h"

namespace c3d {

// What kept the device without work.
struct WaitCounts {
  std::int64_t batches = 0;
  std::int64_t waits = 0;  // for a clip, while nothing was computed
  // Of these, while clips enough for a batch had been read, but of later videos: batches are made in order.
  std::int64_t waits_with_a_batch = 0;
  double wait_seconds = 0;  // of all waits
  WaitCounts& operator+=(const WaitCounts& other) {
    batches += other.batches;
    waits += other.waits;
    waits_with_a_batch += other.waits_with_a_batch;
    wait_seconds += other.wait_seconds;
    return *this;
  }
};

// Kernels are chosen for a size of batch, so that the same clip gives other last bits in a smaller one.
enum class LastBatch : std::uint8_t {
  smaller,  // what is left
  full,     // filled up with copies, whose scores nobody gets: no clip's numbers depend on how many there are
};

class BatchRunner {
 public:
  static constexpr std::size_t kUnderWay = 2;  // batches, beside the one that is being filled
  using Take = std::function<void(const Clip&, ClipScore&)>;
  // Each score goes to `take`, in the order of the clips. Borrows the classifier and the spec.
  BatchRunner(Classifier& classifier, const ClipSpec& spec, std::size_t clips_of_batch, Take take,
              LastBatch last = LastBatch::smaller);
  ~BatchRunner();  // waits for what is under way
  BatchRunner(const BatchRunner&) = delete;
  BatchRunner& operator=(const BatchRunner&) = delete;

  // The stream's next item; while there is none yet, scores are taken.
  std::optional<ClipStream::Item> next(ClipStream& stream);
  void add(Clip clip);  // starts a batch when it is full
  void finish();        // also the last batch

  const WaitCounts& counts() const { return counts_; }
  double network_seconds() const { return network_seconds_; }  // while something was computed

 private:
  struct Batch {
    std::vector<Clip> clips;
    std::size_t wanted = 0;  // of them, the first ones
    Classifier::Started started;
  };
  void start();
  void take_oldest();

  Classifier& classifier_;
  const ClipSpec& spec_;
  const std::size_t clips_of_batch_;
  Take take_;
  const LastBatch last_;
  std::vector<Clip> gathered_;
  std::deque<Batch> under_way_;
  double busy_since_ = 0;  // where something is under way
  double network_seconds_ = 0;
  WaitCounts counts_;
};

}  // namespace c3d
