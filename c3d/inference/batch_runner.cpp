#include "c3d/inference/batch_runner.h"

#include <utility>

#include "c3d/common/duration.h"

namespace c3d {

BatchRunner::BatchRunner(Classifier& classifier, const ClipSpec& spec, std::size_t clips_of_batch, Take take,
                         LastBatch last)
    : classifier_(classifier),
      spec_(spec),
      clips_of_batch_(clips_of_batch),
      take_(std::move(take)),
      last_(last) {}

// What is under way still reads the clips.
BatchRunner::~BatchRunner() {
  try {
    if (!under_way_.empty()) classifier_.backend().synchronize();
  } catch (...) {  // a device that failed reads nothing more
    under_way_.clear();
  }
}

std::optional<ClipStream::Item> BatchRunner::next(ClipStream& stream) {
  while (!under_way_.empty() && !stream.ready()) take_oldest();
  if (stream.ready()) return stream.next();
  const bool batch_was_read = gathered_.size() + stream.waiting() >= clips_of_batch_;
  const double start = steady_seconds();
  std::optional<ClipStream::Item> item = stream.next();
  if (!item) return item;  // the end is no wait for a clip
  ++counts_.waits;
  if (batch_was_read) ++counts_.waits_with_a_batch;
  counts_.wait_seconds += steady_seconds() - start;
  return item;
}

void BatchRunner::add(Clip clip) {
  gathered_.push_back(std::move(clip));
  if (gathered_.size() < clips_of_batch_) return;
  start();
  while (!under_way_.empty() &&
         (under_way_.size() > kUnderWay || classifier_.is_done(under_way_.front().started))) {
    take_oldest();
  }
}

void BatchRunner::finish() {
  if (!gathered_.empty()) start();
  while (!under_way_.empty()) take_oldest();
}

void BatchRunner::start() {
  if (under_way_.empty()) busy_since_ = steady_seconds();
  Batch& batch = under_way_.emplace_back();
  batch.clips = std::exchange(gathered_, {});
  gathered_.reserve(clips_of_batch_);
  batch.wanted = batch.clips.size();
  if (last_ == LastBatch::full && batch.wanted < clips_of_batch_) {
    Clip copy = batch.clips.back();
    copy.memory = MemoryKind::host;  // where copies of clips lie
    batch.clips.resize(clips_of_batch_, copy);
  }
  batch.started = classifier_.start(batch.clips, spec_);
  ++counts_.batches;
}

void BatchRunner::take_oldest() {
  Batch batch = std::move(under_way_.front());
  std::vector<ClipScore> scores = classifier_.finish(std::move(batch.started));
  under_way_.pop_front();
  if (under_way_.empty()) network_seconds_ += steady_seconds() - busy_since_;
  for (std::size_t i = 0; i < batch.wanted; ++i) take_(batch.clips[i], scores[i]);
}

}  // namespace c3d
