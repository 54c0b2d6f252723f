#include "tests/data/numbered_videos.h"

#include <algorithm>
#include <charconv>
#include <new>

#include "engine/core/error.h"

namespace c3d {
namespace {

class NumberedFrames final : public FrameSource {
 public:
  NumberedFrames(std::int32_t video, std::int64_t frames, std::int64_t good_frames, const ClipSpec& spec)
      : video_(video),
        frames_(frames),
        good_frames_(good_frames),
        width_(spec.resize_width),
        height_(spec.resize_height) {}

  std::int64_t frame_count() const override { return frames_; }
  int width() const override { return width_; }
  int height() const override { return height_; }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    const std::size_t frame_bytes = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3;
    expect(out.size() == frame_bytes * static_cast<std::size_t>(count), "{} bytes for {} frames", out.size(),
           count);
    for (int i = 0; i < count; ++i) {
      const std::int64_t frame = first + std::int64_t{i} * stride;
      expect(frame >= 0 && frame < good_frames_, "video {}: frame {} does not decode", video_, frame);
      for (std::size_t byte = 0; byte < frame_bytes; byte += 3) {
        std::uint8_t* pixel = &out[static_cast<std::size_t>(i) * frame_bytes + byte];
        pixel[0] = static_cast<std::uint8_t>(video_);
        pixel[1] = static_cast<std::uint8_t>(frame);
        pixel[2] = static_cast<std::uint8_t>(byte);
      }
    }
  }

 private:
  std::int32_t video_;
  std::int64_t frames_, good_frames_;
  int width_, height_;
};

}  // namespace

Dataset NumberedVideos::dataset() const {
  Dataset dataset{{"a", "b", "c"}, {}, 0};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    dataset.videos.push_back({std::to_string(i), static_cast<std::int32_t>(i % 3), frames[i]});
  }
  return dataset;
}

OpenVideo NumberedVideos::open(const ClipSpec& spec) const {
  return [videos = *this, spec](const Video& video) -> std::unique_ptr<FrameSource> {
    const std::int32_t number = std::stoi(video.path.string());
    if (videos.out_of_memory.contains(number)) throw std::bad_alloc();
    expect(!videos.broken.contains(number), "video {} is broken", number);
    const std::int64_t all = videos.frames[static_cast<std::size_t>(number)];
    const auto bad_from = videos.cut.find(number);
    return std::make_unique<NumberedFrames>(number, all,
                                            bad_from == videos.cut.end() ? all : bad_from->second, spec);
  };
}

ClipSpec small_spec() {
  ClipSpec spec;
  spec.clip_frames = 4;
  spec.resize_width = 11;
  spec.resize_height = 8;
  spec.crop = 6;
  return spec;
}

BatchCopy copy_of(const Batch& batch) {
  BatchCopy copy;
  const auto* frames = batch.frames_u8.as<std::uint8_t>();
  const auto* crops = batch.crops_i32.as<std::int32_t>();
  const auto* labels = batch.labels_i32.as<std::int32_t>();
  copy.frames.assign(frames, frames + batch.frames_u8.count());
  copy.crops.assign(crops, crops + batch.crops_i32.count());
  copy.labels.assign(labels, labels + batch.labels_i32.count());
  for (const ClipOrigin& origin : batch.origins) copy.origins.emplace_back(origin.video, origin.first_frame);
  copy.size = batch.size;
  return copy;
}

std::vector<BatchCopy> rest_of_epoch(BatchSource& source) {
  std::vector<BatchCopy> copies;
  while (const Batch* batch = source.next()) copies.push_back(copy_of(*batch));
  return copies;
}

PixelName pixel_name(const Batch& batch, std::int64_t row, int position) {
  const ConstTensor clip = batch.frames_u8.rows(row, 1);
  const auto* pixel = clip.as<std::uint8_t>() + clip.count() / clip.shape()[1] * position;
  return {pixel[0], pixel[1]};
}

}  // namespace c3d
