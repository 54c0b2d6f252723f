#include "data/synthetic_source.h"

#include <array>
#include <charconv>
#include <cstring>

#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Draws apart from each other and from other uses of the seed.
constexpr std::uint64_t kSquareKey = 0x737175617265ull;  // "square"
constexpr std::uint64_t kBatchKey = 0x6261746368ull;     // "batch"

struct Motion {
  const char* name;
  int x, y;
};
constexpr std::array<Motion, 4> kMotions = {
    {{"right", 1, 0}, {"left", -1, 0}, {"down", 0, 1}, {"up", 0, -1}}};

void fill_random(std::span<std::uint8_t> bytes, std::uint64_t key, std::uint64_t stream) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(PhiloxBlock)) {
    const PhiloxBlock random = philox(key, at, stream);
    std::memcpy(bytes.data() + at, &random, std::min(sizeof random, bytes.size() - at));
  }
}

class MovingSquare final : public FrameSource {
 public:
  MovingSquare(const Video& video, const ClipSpec& spec, std::uint64_t seed)
      : frames_(video.frames),
        width_(spec.resize_width),
        height_(spec.resize_height),
        motion_(kMotions.at(static_cast<std::size_t>(video.label))),
        noise_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3) {
    const std::string name = video.path.filename().string();
    std::uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    const std::uint64_t stream = number * kMotions.size() + static_cast<std::uint64_t>(video.label);
    fill_random(noise_, seed ^ kSquareKey, stream);
    const PhiloxBlock random = philox(~(seed ^ kSquareKey), 0, stream);
    side_ = std::max(std::min(width_, height_) / 4, 1);
    step_ = std::max(side_ / 6, 1) + static_cast<int>(random.word[0] % 2);
    left_ = static_cast<int>(random.word[1] % static_cast<std::uint32_t>(width_));
    top_ = static_cast<int>(random.word[2] % static_cast<std::uint32_t>(height_));
    for (std::size_t c = 0; c < 3; ++c) {
      colour_[c] = static_cast<std::uint8_t>(160 + (random.word[3] >> (8 * c)) % 96);
    }
  }

  std::int64_t frame_count() const override { return frames_; }
  int width() const override { return width_; }
  int height() const override { return height_; }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    expect(first >= 0 && first + std::int64_t{count - 1} * stride < frames_,
           "moving square: frames {} to {} of {} do not exist", first,
           first + std::int64_t{count - 1} * stride, frames_);
    for (int i = 0; i < count; ++i) {
      draw(first + std::int64_t{i} * stride,
           out.subspan(static_cast<std::size_t>(i) * noise_.size(), noise_.size()));
    }
  }

 private:
  void draw(std::int64_t frame, std::span<std::uint8_t> out) const {
    for (std::size_t i = 0; i < noise_.size(); ++i) out[i] = noise_[i] / 2;
    for (int y = 0; y < side_; ++y) {
      const std::int64_t row = around(top_ + y + frame * step_ * motion_.y, height_);
      for (int x = 0; x < side_; ++x) {
        const std::int64_t column = around(left_ + x + frame * step_ * motion_.x, width_);
        std::memcpy(&out[static_cast<std::size_t>((row * width_ + column) * 3)], colour_.data(), 3);
      }
    }
  }

  static std::int64_t around(std::int64_t position, std::int64_t size) {
    return (position % size + size) % size;
  }

  std::int64_t frames_;
  int width_, height_;
  Motion motion_;
  std::vector<std::uint8_t> noise_;  // [H,W,3]
  int side_ = 0, step_ = 0, left_ = 0, top_ = 0;
  std::array<std::uint8_t, 3> colour_{};
};

}  // namespace

Dataset moving_squares(std::int64_t videos_per_class, std::int64_t frames) {
  Dataset dataset;
  for (const Motion& motion : kMotions) {
    const auto label = static_cast<std::int32_t>(dataset.labels.size());
    dataset.labels.emplace_back(motion.name);
    for (std::int64_t i = 0; i < videos_per_class; ++i) {
      dataset.videos.push_back({std::filesystem::path(motion.name) / std::to_string(i), label, frames});
    }
  }
  return dataset;
}

OpenVideo open_moving_squares(const ClipSpec& spec, std::uint64_t seed) {
  return [spec, seed](const Video& video) { return std::make_unique<MovingSquare>(video, spec, seed); };
}

RandomBatch::RandomBatch(Backend& backend, const ClipSpec& spec, const RandomBatchOptions& options)
    : batches_per_epoch_(options.batches_per_epoch),
      next_(options.batches_per_epoch),
      origins_(static_cast<std::size_t>(options.batch)) {
  const Shape frames{options.batch, spec.clip_frames, spec.resize_height, spec.resize_width, 3};
  const auto rows = static_cast<std::size_t>(options.batch);
  frames_ = backend.allocate(static_cast<std::size_t>(frames.count()), MemoryKind::pinned);
  crops_ = backend.allocate(rows * 3 * sizeof(std::int32_t), MemoryKind::pinned);
  labels_ = backend.allocate(rows * sizeof(std::int32_t), MemoryKind::pinned);
  const Tensor frames_u8 = frames_.tensor(frames, DType::u8);
  const Tensor crops_i32 = crops_.tensor({options.batch, 3}, DType::i32);
  const Tensor labels_i32 = labels_.tensor({options.batch}, DType::i32);

  fill_random({frames_u8.as<std::uint8_t>(), frames_u8.bytes()}, options.seed ^ kBatchKey, 0);
  Dataset dataset;
  for (std::size_t i = 0; i < rows; ++i)
    dataset.videos.push_back({{}, 0, std::int64_t{spec.clip_frames} * spec.frame_stride});
  const std::vector<std::int32_t> order = epoch_order(dataset, spec, options.seed, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    const ClipRequest clip = sample_clip(dataset, spec, order, options.seed, 0, static_cast<std::int64_t>(i));
    std::int32_t* crop = crops_i32.as<std::int32_t>() + 3 * i;
    crop[0] = clip.crop_top;
    crop[1] = clip.crop_left;
    crop[2] = clip.flip ? 1 : 0;
    const std::uint32_t random = philox(options.seed ^ kBatchKey, i, 1).word[0];
    labels_i32.as<std::int32_t>()[i] =
        static_cast<std::int32_t>(random % static_cast<std::uint32_t>(options.classes));
    origins_[i] = {clip.video, clip.first_frame};
  }
  batch_ = {frames_u8, crops_i32, labels_i32, origins_, options.batch};
}

void RandomBatch::start_epoch(int /*epoch*/, std::int64_t first_batch) {
  expect(first_batch >= 0 && first_batch <= batches_per_epoch_,
         "an epoch of {} batches cannot start at batch {}", batches_per_epoch_, first_batch);
  next_ = first_batch;
}

const Batch* RandomBatch::next() { return next_++ < batches_per_epoch_ ? &batch_ : nullptr; }

}  // namespace c3d
