#include "c3d/inference/clip_arrays.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "c3d/inference/clip_rows.h"
#include "data/crop.h"
#include "data/resize.h"
#include "data/video_reader.h"
#include "engine/core/argument.h"
#include "engine/core/bfloat16.h"
#include "engine/core/error.h"
#include "engine/ops/sigmoid_cross_entropy.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

constexpr std::size_t kFloatPrograms = 2;
constexpr std::int64_t kMostSide = 8192;  // of a frame

std::int64_t place_of(const ClipArray& clips, std::int64_t clip, std::int64_t frame, std::int64_t row) {
  return clip * clips.strides[0] + frame * clips.strides[1] + row * clips.strides[2];
}

// The same clips from one of them on.
ClipArray some_of(const ClipArray& clips, std::int64_t first, std::int64_t count) {
  ClipArray some = clips;
  const std::int64_t bytes = clips.type == ClipArray::Type::u8 ? 1 : std::int64_t{sizeof(float)};
  some.data = static_cast<const std::byte*>(clips.data) + first * clips.strides[0] * bytes;
  some.count = count;
  return some;
}

// How bytes become the clips that the network reads.
class ByteFrames {
 public:
  ByteFrames(const ClipArray& clips, const ModelInfo& info) : clips_(clips), spec_(clip_spec(info)) {
    const auto height = static_cast<int>(clips.height), width = static_cast<int>(clips.width);
    if (height == spec_.crop && width == spec_.crop) {
      const bool has_cube = info.preprocessing.mean_cube != nullptr && !spec_.stores_crops();
      expect_argument(
          !has_cube,
          "clips of {}x{} pixels are crops, and these weights have a mean for each pixel of whole "
          "frames; give frames of {}x{}",
          width, height, spec_.resize_width, spec_.resize_height);
      spec_.crop_when_read = true;
      return;
    }
    const FrameSize size = fitted(read_size(spec_), {width, height});
    if (size.width != width || size.height != height)
      resizer_.emplace(width, height, size.width, size.height);
    if (spec_.stores_crops()) {
      const int room_y = size.height - spec_.crop, room_x = size.width - spec_.crop;
      crop_ = SquareCrop{.width = size.width,
                         .height = size.height,
                         .top = room_y / 2,
                         .left = room_x / 2,
                         .side = spec_.crop};
    }
    frame_.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3);
  }

  const ClipSpec& spec() const { return spec_; }

  ClipFrames clip(std::int64_t number) {
    ClipFrames frames(clip_bytes(spec_));
    const std::size_t bytes = frames.size() / static_cast<std::size_t>(spec_.clip_frames);
    for (std::int64_t i = 0; i < spec_.clip_frames; ++i) {
      write(number, i, std::span(frames.data() + static_cast<std::size_t>(i) * bytes, bytes));
    }
    return frames;
  }

 private:
  void write(std::int64_t clip, std::int64_t frame, std::span<std::uint8_t> out) {
    const std::span<std::uint8_t> resized = crop_ ? std::span(frame_) : out;
    if (!resizer_) {
      pack(clip, frame, resized);
    } else {
      packed_.resize(static_cast<std::size_t>(clips_.width) * static_cast<std::size_t>(clips_.height) * 3);
      pack(clip, frame, packed_);
      resizer_->run(packed_.data(), clips_.width * 3, resized.data());
    }
    if (crop_) copy_crop(*crop_, resized, out);
  }

  void pack(std::int64_t clip, std::int64_t frame, std::span<std::uint8_t> out) const {
    const auto* data = static_cast<const std::uint8_t*>(clips_.data);
    const std::int64_t column = clips_.strides[3], colour = clips_.strides[4];
    std::uint8_t* to = out.data();
    for (std::int64_t y = 0; y < clips_.height; ++y) {
      const std::uint8_t* row = data + place_of(clips_, clip, frame, y);
      if (colour == 1 && column == 3) {
        std::memcpy(to, row, static_cast<std::size_t>(clips_.width) * 3);
        to += clips_.width * 3;
        continue;
      }
      for (std::int64_t x = 0; x < clips_.width; ++x, row += column) {
        for (std::int64_t c = 0; c < 3; ++c) *to++ = row[c * colour];
      }
    }
  }

  const ClipArray& clips_;
  ClipSpec spec_;
  std::optional<Resizer> resizer_;
  std::optional<SquareCrop> crop_;
  std::vector<std::uint8_t> frame_, packed_;
};

// [clips, D, H, W, kClipChannels]: the colours, and zeros.
template <typename Value, typename Convert>
void pad_channels(const ClipArray& clips, std::span<Value> out, const Convert& convert) {
  const auto* data = static_cast<const float*>(clips.data);
  Value* to = out.data();
  for (std::int64_t i = 0; i < clips.count; ++i) {
    for (std::int64_t frame = 0; frame < clips.frames; ++frame) {
      for (std::int64_t y = 0; y < clips.height; ++y) {
        const float* row = data + place_of(clips, i, frame, y);
        for (std::int64_t x = 0; x < clips.width; ++x, row += clips.strides[3], to += kClipChannels) {
          for (std::int64_t c = 0; c < kColours; ++c) to[c] = convert(row[c * clips.strides[4]]);
        }
      }
    }
  }
}

}  // namespace

std::vector<float> ClipArrays::score(const ClipArray& clips, std::size_t batch,
                                     const std::function<bool()>& stop_requested) {
  const C3dConfig& network = classifier_.info().network;
  expect_argument(clips.frames == network.clip_frames,
                  "clips of {} frames: the network reads {} frames at a time", clips.frames,
                  network.clip_frames);
  expect_argument(
      clips.height > 0 && clips.width > 0 && clips.height <= kMostSide && clips.width <= kMostSide,
      "frames of {}x{} pixels: their sides are 1 to {}", clips.width, clips.height, kMostSide);
  const bool are_values = clips.type == ClipArray::Type::f32;
  expect_argument(
      !are_values || (clips.height == network.crop && clips.width == network.crop),
      "floats are the network's input itself, of {}x{} pixels, not {}x{}; give bytes of red, green "
      "and blue (uint8) to have them resized and their mean subtracted",
      network.crop, network.crop, clips.width, clips.height);
  std::vector<float> scores;
  const auto most = static_cast<std::int64_t>(batch);
  for (std::int64_t first = 0; first < clips.count; first += most) {
    expect(!stop_requested || !stop_requested(), "the scores of these clips were not wanted any more");
    const ClipArray some = some_of(clips, first, std::min(most, clips.count - first));
    const std::vector<float> part = are_values ? score_values(some) : score_bytes(some);
    scores.insert(scores.end(), part.begin(), part.end());
  }
  return scores;
}

std::vector<float> ClipArrays::score_bytes(const ClipArray& clips) {
  ByteFrames frames(clips, classifier_.info());
  std::vector<Clip> ready;
  ready.reserve(static_cast<std::size_t>(clips.count));
  for (std::int64_t i = 0; i < clips.count; ++i) ready.push_back({.frames = frames.clip(i)});
  std::vector<float> scores;
  for (const ClipScore& score : classifier_.classify(ready, frames.spec())) {
    scores.insert(scores.end(), score.probabilities.begin(), score.probabilities.end());
  }
  return scores;
}

ClipArrays::Program& ClipArrays::program(std::int64_t clips) {
  const auto found = programs_.find(clips);
  if (found != programs_.end()) return *found->second;
  if (programs_.size() == kFloatPrograms) programs_.erase(programs_.begin());
  const C3dConfig& network = classifier_.info().network;
  auto made = std::make_unique<Program>(classifier_.backend(), classifier_.parameters());
  Tape& tape = made->tape;
  made->clips = tape.input(
      {{clips, network.clip_frames, network.crop, network.crop, kClipChannels}, tape.compute_type()});
  const C3dValues values = classifier_.model().forward(tape, made->clips);
  made->probabilities =
      classifier_.info().has_label_sets ? sigmoid(tape, values.logits) : softmax(tape, values.logits);
  tape.compile(std::span(&made->probabilities, 1));
  return *(programs_[clips] = std::move(made));
}

std::vector<float> ClipArrays::score_values(const ClipArray& clips) {
  Program& run = program(clips.count);
  Backend& backend = classifier_.backend();
  const Tensor input = run.tape.tensor(run.clips);
  const auto count = static_cast<std::size_t>(input.count());
  if (input.type() == DType::f32) {
    std::vector<float> values(count);
    pad_channels(clips, std::span(values), [](float value) { return value; });
    backend.copy(host_tensor(values.data(), input.shape()), input);
    backend.synchronize();
  } else {
    std::vector<BFloat16> values(count);
    pad_channels(clips, std::span(values), to_bfloat16);
    backend.copy(host_tensor(values.data(), input.shape()), input);
    backend.synchronize();
  }
  run.tape.forward();
  return to_host(backend, run.tape.tensor(run.probabilities));
}

}  // namespace c3d
