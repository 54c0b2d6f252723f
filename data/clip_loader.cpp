// The driving thread hands out tasks (the rows of a batch that show one video) and collects them again; two
// queues are all that it shares with the workers, and what a task's slot holds passes with it.
#include "data/clip_loader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

#include "data/augment/clip_mixing.h"
#include "data/bounded_queue.h"
#include "data/open_files.h"
#include "engine/core/error.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

constexpr std::size_t kAlignment = 256;

// Two loaders, of training and validation, share the files that may be open. A worker has its videos, and
// for a moment one more.
constexpr int kLoaders = 2, kLeastFiles = 2;

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

class ClipLoader::Implementation {
 public:
  Implementation(Backend& backend, Dataset dataset, const ClipSpec& spec, const LoaderOptions& options,
                 OpenVideo open);
  ~Implementation();

  void start_workers();
  void start_epoch(int epoch, std::int64_t first_batch);
  const Batch* next();

  std::int64_t clips() const { return clips_; }
  std::int64_t rows() const { return options_.batch; }
  std::int64_t batches() const { return (clips_ + options_.batch - 1) / options_.batch; }
  // This loader's, of an epoch.
  std::int64_t own_batches() const { return std::ssize(own_); }
  std::vector<LoaderFailure> failures() const;
  double wait_seconds() const { return std::chrono::duration<double>(waited_).count(); }

 private:
  struct Slot {
    Buffer memory;
    Tensor frames_u8, crops_i32, labels_i32;  // [N,D,Hs,Ws,3] [N,3] [N]
    Tensor second_labels_i32, mix;            // [N] [N], where clips are mixed
    Tensor label_sets;                        // [N,classes], where videos have them
    std::vector<ClipOrigin> origins;
    std::vector<MixDraw> mixes;  // of each row
    Batch batch;
    std::int64_t number = 0;  // of the batch in its epoch
    std::int64_t open_tasks = 0;
    std::atomic<std::int64_t> open_rows = 0;  // that no worker has filled yet
  };
  struct Task {  // rows of a slot, filled from samples of the epoch; samples past its end are padding
    std::size_t slot = 0;
    std::int64_t first_row = 0, rows = 0, first_sample = 0;
  };

  bool evaluates() const { return options_.evaluates; }
  void make_slot(Backend& backend, Slot& slot) const;
  ClipRequest request(std::int64_t sample) const;

  void submit(std::int64_t own_batch);
  void collect_one();

  void work(const std::stop_token& stop);
  void fill_row(ClipReader& reader, Slot& slot, std::int64_t row, std::int64_t sample);
  bool read_frames(ClipReader& reader, const ClipRequest& request, std::span<std::uint8_t> frames);
  static void pad_row(Slot& slot, std::int64_t row);
  static void fill_label_set(const Slot& slot, std::int64_t row, std::span<const std::int32_t> classes);
  void mix_rows(Slot& slot) const;

  const Dataset dataset_;
  const ClipSpec spec_;
  const LoaderOptions options_;
  const OpenVideo open_;
  int workers_wanted_ = 1, videos_per_worker_ = 1;
  std::int64_t clips_ = 0;

  // Written only while no task is out.
  int epoch_ = -1;
  std::vector<std::int32_t> order_;      // training
  std::vector<ClipRequest> evaluation_;  // evaluation order

  std::vector<std::int64_t> own_;  // batches of an epoch that this loader reads, rising
  std::vector<Slot> ring_;
  std::int64_t next_batch_ = 0;     // what next() gives, of own_
  std::int64_t submitted_end_ = 0;  // own batches before this one are given out to workers
  std::int64_t open_tasks_ = 0;
  std::chrono::steady_clock::duration waited_{};

  mutable std::mutex failures_mutex_;
  std::map<std::int32_t, std::string> failures_;  // by video

  BoundedQueue<Task> tasks_;
  BoundedQueue<std::size_t> finished_;  // slots, once for each task
  std::vector<std::jthread> workers_;   // last: they end before what they use
};

ClipLoader::Implementation::Implementation(Backend& backend, Dataset dataset, const ClipSpec& spec,
                                           const LoaderOptions& options, OpenVideo open)
    : dataset_(std::move(dataset)),
      spec_(spec),
      options_(options),
      open_(std::move(open)),
      ring_(static_cast<std::size_t>(std::max(options.ring, 0))),
      tasks_(static_cast<std::size_t>(options.batch) * ring_.size()),
      finished_(static_cast<std::size_t>(options.batch) * ring_.size()) {
  expect(options.batch >= 1 && options.workers >= 1 && options.ring >= 1 && options.clips_per_video >= 1,
         "clip loader: batch {}, workers {}, ring {} and clips per video {} must be at least 1",
         options.batch, options.workers, options.ring, options.clips_per_video);
  if (evaluates()) {
    for (std::size_t video = 0; video < dataset_.videos.size(); ++video) {
      const std::vector<ClipRequest> clips =
          evaluation_clips(dataset_, spec_, static_cast<std::int32_t>(video));
      evaluation_.insert(evaluation_.end(), clips.begin(), clips.end());
    }
    clips_ = static_cast<std::int64_t>(evaluation_.size());
  } else {
    order_ = epoch_order(dataset_, spec_, options_.seed, 0, options_.balance);
    clips_ = static_cast<std::int64_t>(order_.size()) * options_.clips_per_video;
  }
  for (std::int64_t batch = 0; batch < batches(); ++batch) {
    if (options.share.has(batch, batches())) own_.push_back(batch);
  }
  expect_clips(dataset_, spec_);
  options.augmentation.validate();
  expect(!options.augmentation.changes_pixels() || (spec_.crop_when_read && !evaluates()),
         "clip loader: augmented clips are cropped when they are read, and evaluation has none");
  expect(!options.augmentation.mixes() || !dataset_.has_label_sets,
         "clip loader: mixed clips have two labels and their shares, not label sets");
  for (Slot& slot : ring_) make_slot(backend, slot);
  const int files = std::max(kLeastFiles, open_files_left() / kLoaders);
  workers_wanted_ = std::min(options.workers, files / kLeastFiles);
  videos_per_worker_ = std::min(files / workers_wanted_ - 1, ClipReader::kOpenVideos);
}

ClipLoader::Implementation::~Implementation() {
  tasks_.clear();
  tasks_.close();
  finished_.close();
  for (std::jthread& worker : workers_) worker.request_stop();
}

void ClipLoader::Implementation::make_slot(Backend& backend, Slot& slot) const {
  const Shape frames{options_.batch, spec_.clip_frames, spec_.stored_height(), spec_.stored_width(), 3};
  const Shape crops{options_.batch, 3}, labels{options_.batch};
  const std::size_t crops_at = aligned(static_cast<std::size_t>(frames.count()));
  const std::size_t labels_at =
      crops_at + aligned(static_cast<std::size_t>(crops.count()) * sizeof(std::int32_t));
  const std::size_t second_at =
      labels_at + aligned(static_cast<std::size_t>(labels.count()) * sizeof(std::int32_t));
  const std::size_t mix_at =
      second_at + aligned(static_cast<std::size_t>(labels.count()) * sizeof(std::int32_t));
  const std::size_t sets_at = mix_at + aligned(static_cast<std::size_t>(labels.count()) * sizeof(float));
  const Shape sets{options_.batch, static_cast<std::int64_t>(dataset_.labels.size())};
  const std::size_t end =
      sets_at + (dataset_.has_label_sets ? static_cast<std::size_t>(sets.count()) * sizeof(float) : 0);
  slot.memory = backend.allocate(end, MemoryKind::pinned);
  slot.frames_u8 = slot.memory.tensor(frames, DType::u8);
  slot.crops_i32 = slot.memory.tensor(crops, DType::i32, crops_at);
  slot.labels_i32 = slot.memory.tensor(labels, DType::i32, labels_at);
  slot.origins.resize(static_cast<std::size_t>(options_.batch));
  slot.mixes.resize(static_cast<std::size_t>(options_.batch));
  if (options_.augmentation.mixes()) {
    slot.second_labels_i32 = slot.memory.tensor(labels, DType::i32, second_at);
    slot.mix = slot.memory.tensor(labels, DType::f32, mix_at);
  }
  if (dataset_.has_label_sets) slot.label_sets = slot.memory.tensor(sets, DType::f32, sets_at);
  slot.batch = {.frames_u8 = slot.frames_u8,
                .crops_i32 = slot.crops_i32,
                .labels_i32 = slot.labels_i32,
                .second_labels_i32 = slot.second_labels_i32,
                .mix = slot.mix,
                .label_sets = slot.label_sets,
                .origins = slot.origins};
}

void ClipLoader::Implementation::start_workers() {
  for (int i = 0; i < workers_wanted_; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

ClipRequest ClipLoader::Implementation::request(std::int64_t sample) const {
  if (evaluates()) return evaluation_[static_cast<std::size_t>(sample)];
  return sample_clip(dataset_, spec_, order_, options_.seed, epoch_, sample, options_.augmentation);
}

void ClipLoader::Implementation::start_epoch(int epoch, std::int64_t first_batch) {
  expect(first_batch >= 0 && first_batch <= batches(), "an epoch of {} batches cannot start at batch {}",
         batches(), first_batch);
  open_tasks_ -= static_cast<std::int64_t>(tasks_.clear());
  while (open_tasks_ > 0) collect_one();
  for (Slot& slot : ring_) slot.open_tasks = 0;
  epoch_ = epoch;
  if (!evaluates()) order_ = epoch_order(dataset_, spec_, options_.seed, epoch, options_.balance);
  const std::int64_t first = std::ranges::lower_bound(own_, first_batch) - own_.begin();
  next_batch_ = submitted_end_ = first;
  while (submitted_end_ < std::min(first + options_.ring, own_batches())) submit(submitted_end_);
}

const Batch* ClipLoader::Implementation::next() {
  expect(epoch_ >= 0, "clip loader: next() before start_epoch()");
  if (next_batch_ == own_batches()) return nullptr;
  // The batch given before this one is done with: its slot takes the next batch that has none.
  while (submitted_end_ < std::min(next_batch_ + options_.ring, own_batches())) submit(submitted_end_);
  Slot& slot = ring_[static_cast<std::size_t>(next_batch_ % options_.ring)];
  const auto begin = std::chrono::steady_clock::now();
  while (slot.open_tasks > 0) collect_one();
  waited_ += std::chrono::steady_clock::now() - begin;
  ++next_batch_;
  return &slot.batch;
}

void ClipLoader::Implementation::submit(std::int64_t own_batch) {
  const auto slot_index = static_cast<std::size_t>(own_batch % options_.ring);
  const std::int64_t batch = own_[static_cast<std::size_t>(own_batch)];
  Slot& slot = ring_[slot_index];
  const std::int64_t first = batch * options_.batch;
  slot.batch.size = std::min(options_.batch, clips_ - first);
  slot.number = batch;
  slot.open_rows = options_.batch;
  const auto video_of = [&](std::int64_t row) {
    return row < slot.batch.size ? request(first + row).video : -1;
  };
  for (std::int64_t row = 0; row < options_.batch;) {
    // Rows of one video go to one worker, so that a decoder that only runs forward runs once.
    std::int64_t end = row + 1;
    while (end < options_.batch && video_of(end) == video_of(row)) ++end;
    ++slot.open_tasks;
    ++open_tasks_;
    tasks_.push({slot_index, row, end - row, first + row});
    row = end;
  }
  ++submitted_end_;
}

void ClipLoader::Implementation::collect_one() {
  if (const std::optional<std::size_t> slot = finished_.pop()) {  // throws what a worker threw
    --ring_[*slot].open_tasks;
    --open_tasks_;
  }
}

void ClipLoader::Implementation::work(const std::stop_token& stop) {
  try {
    ClipReader reader(dataset_, spec_, open_, videos_per_worker_);
    for (;;) {
      const std::optional<Task> next_task = tasks_.pop();
      if (!next_task) return;
      const Task task = next_task.value_or(Task{});
      for (std::int64_t i = 0; i < task.rows && !stop.stop_requested(); ++i) {
        fill_row(reader, ring_[task.slot], task.first_row + i, task.first_sample + i);
      }
      // Whoever fills a batch's last row mixes its rows.
      Slot& slot = ring_[task.slot];
      if (slot.open_rows.fetch_sub(task.rows) == task.rows && options_.augmentation.mixes()) mix_rows(slot);
      finished_.push(task.slot);
    }
  } catch (...) {
    finished_.close(std::current_exception());
  }
}

void ClipLoader::Implementation::fill_row(ClipReader& reader, Slot& slot, std::int64_t row,
                                          std::int64_t sample) {
  if (sample >= clips_) return pad_row(slot, row);
  const Tensor frames = slot.frames_u8.rows(row, 1);
  for (std::int64_t attempt = 0; attempt < clips_; ++attempt) {
    const ClipRequest clip = request((sample + attempt) % clips_);
    if (read_frames(reader, clip, {frames.as<std::uint8_t>(), frames.bytes()})) {
      const Tensor crop = slot.crops_i32.rows(row, 1);
      const bool flip = clip.flip && !clip.augmentation;
      const std::int32_t values[3] = {clip.crop_top, clip.crop_left, flip ? 1 : 0};
      std::memcpy(crop.data(), values, sizeof values);
      const auto video = static_cast<std::size_t>(clip.video);
      slot.labels_i32.as<std::int32_t>()[row] = dataset_.videos[video].label;
      if (dataset_.has_label_sets) fill_label_set(slot, row, dataset_.videos[video].label_set);
      slot.origins[static_cast<std::size_t>(row)] = {clip.video, clip.first_frame};
      if (clip.augmentation) slot.mixes[static_cast<std::size_t>(row)] = clip.augmentation->mix;
      return;
    }
    if (evaluates()) return pad_row(slot, row);
  }
  const std::vector<LoaderFailure> failed = failures();
  fail("none of {} videos could be read; the first: {}", failed.size(), failed.at(0).error);
}

bool ClipLoader::Implementation::read_frames(ClipReader& reader, const ClipRequest& clip,
                                             std::span<std::uint8_t> frames) {
  try {
    reader.read(clip, frames);
    return true;
  } catch (const ReadError&) {
    throw;  // a disk, not the video: going on without it would be another run
  } catch (const Error& error) {
    const std::lock_guard lock(failures_mutex_);
    failures_.emplace(clip.video, error.message());
    return false;
  }
}

void ClipLoader::Implementation::pad_row(Slot& slot, std::int64_t row) {
  const Tensor frames = slot.frames_u8.rows(row, 1), crop = slot.crops_i32.rows(row, 1);
  std::memset(frames.data(), 0, frames.bytes());
  std::memset(crop.data(), 0, crop.bytes());
  slot.labels_i32.as<std::int32_t>()[row] = -1;
  slot.origins[static_cast<std::size_t>(row)] = {};
  if (slot.label_sets.empty()) return;
  const Tensor set = slot.label_sets.rows(row, 1);
  std::fill_n(set.as<float>(), set.count(), -1.0f);
}

void ClipLoader::Implementation::fill_label_set(const Slot& slot, std::int64_t row,
                                                std::span<const std::int32_t> classes) {
  const Tensor set = slot.label_sets.rows(row, 1);
  std::fill_n(set.as<float>(), set.count(), 0.0f);
  for (const std::int32_t label : classes) set.as<float>()[label] = 1;
}

void ClipLoader::Implementation::mix_rows(Slot& slot) const {
  const std::int64_t rows = slot.batch.size;
  const std::int64_t distance = mixing_distance(options_.seed, epoch_, slot.number, rows);
  const auto* labels = slot.labels_i32.as<std::int32_t>();
  for (std::int64_t row = 0; row < options_.batch; ++row) {
    const bool mixed = row < rows && distance > 0;
    slot.second_labels_i32.as<std::int32_t>()[row] = labels[mixed ? (row + distance) % rows : row];
    slot.mix.as<float>()[row] =
        mixed ? static_cast<float>(own_share(slot.mixes[static_cast<std::size_t>(row)], spec_.crop)) : 1;
  }
  const Tensor frames = slot.frames_u8.rows(0, rows);
  mix_clips({frames.as<std::uint8_t>(), frames.bytes()}, spec_.clip_frames, spec_.crop,
            std::span(slot.mixes).first(static_cast<std::size_t>(rows)), distance);
}

std::vector<LoaderFailure> ClipLoader::Implementation::failures() const {
  const std::lock_guard lock(failures_mutex_);
  std::vector<LoaderFailure> list;
  list.reserve(failures_.size());
  for (const auto& [video, error] : failures_) {
    list.push_back({dataset_.videos[static_cast<std::size_t>(video)].path, error});
  }
  return list;
}

ClipLoader::ClipLoader(Backend& backend, Dataset dataset, const ClipSpec& spec, const LoaderOptions& options,
                       OpenVideo open)
    : implementation_(
          std::make_unique<Implementation>(backend, std::move(dataset), spec, options, std::move(open))) {
  implementation_->start_workers();  // from here on the destructor stops them
}

ClipLoader::~ClipLoader() = default;
std::int64_t ClipLoader::batches_per_epoch() const { return implementation_->batches(); }
std::int64_t ClipLoader::clips_per_epoch() const { return implementation_->clips(); }
std::int64_t ClipLoader::rows_per_batch() const { return implementation_->rows(); }
void ClipLoader::start_epoch(int epoch, std::int64_t first_batch) {
  implementation_->start_epoch(epoch, first_batch);
}
const Batch* ClipLoader::next() { return implementation_->next(); }
std::vector<LoaderFailure> ClipLoader::failures() const { return implementation_->failures(); }
double ClipLoader::wait_seconds() const { return implementation_->wait_seconds(); }

}  // namespace c3d
