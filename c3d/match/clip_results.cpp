#include "c3d/match/clip_results.h"

#include <algorithm>
#include <bit>

#include "data/clip_sampler.h"

namespace c3d {
namespace {

constexpr std::size_t kMostKnown = std::size_t{100} << 20;  // floats

}  // namespace

struct ClipResults::Clip {
  const Choice& choice;
  Preprocessing how;
  CropView view;
  int view_number;
  std::vector<std::int64_t> frames{};  // decoded ones
};

ClipResults::ClipResults(const MatchAxes& axes, const MatchFrames& frames, const NumberedFrames& numbered,
                         const C3dConfig& network, LayerRows& layers, std::size_t batch)
    : axes_(axes),
      frames_(frames),
      numbered_(numbered),
      network_(network),
      layers_(layers),
      batch_(batch),
      clip_values_(static_cast<std::size_t>(network.clip_frames * network.crop * network.crop) *
                   kClipChannels),
      clips_(batch * clip_values_),
      square_(static_cast<std::size_t>(network.crop * network.crop) * 3) {}

ClipSpec ClipResults::spec_of(const Choice& choice) const {
  ClipSpec spec = clip_spec(preprocessing_of(axes_, choice), network_.clip_frames, network_.crop);
  spec.frame_stride = axes_.strides[MatchAxes::at(choice, kStride)];
  spec.first_frame = axes_.firsts[MatchAxes::at(choice, kFirst)];
  spec.step = axes_.steps[MatchAxes::at(choice, kStep)];
  spec.crops = axes_.crop(choice).crops;
  return spec;
}

std::vector<std::int64_t> ClipResults::starts_of(const Choice& choice) const {
  return clip_starts(spec_of(choice), std::ssize(numbered_[MatchAxes::at(choice, kNumbering)]));
}

std::vector<std::int64_t> ClipResults::frames_of(const Choice& choice, const ClipSpec& spec,
                                                 std::int64_t start) const {
  const std::vector<std::int64_t>& numbered = numbered_[MatchAxes::at(choice, kNumbering)];
  std::vector<std::int64_t> frames;
  for (int i = 0; i < spec.clip_frames; ++i) {
    const std::int64_t place = clip_frame(spec, start, i, std::ssize(numbered));
    frames.push_back(numbered[static_cast<std::size_t>(place)]);
  }
  return frames;
}

std::vector<std::int64_t> ClipResults::frames_of(const Choice& choice, std::int64_t start) const {
  return frames_of(choice, spec_of(choice), start);
}

std::vector<std::vector<std::int64_t>> ClipResults::frames_of(const Choice& choice) const {
  const ClipSpec spec = spec_of(choice);
  std::vector<std::vector<std::int64_t>> frames;
  for (const std::int64_t start : starts_of(choice)) frames.push_back(frames_of(choice, spec, start));
  return frames;
}

std::vector<std::int64_t> ClipResults::pixels_of(const Choice& choice) const {
  const std::size_t form = MatchAxes::at(choice, kFrames);
  const SizedFrames& sized = frames_.sized(form);
  std::vector<std::int64_t> pixels = {static_cast<std::int64_t>(frames_.size_number(form)),
                                      choice[kColourOrder], choice[kMean], choice[kScale],
                                      axes_.crop(choice).averages ? 1 : 0};
  for (const CropView& view : crop_views(spec_of(choice), sized.height, sized.width)) {
    pixels.insert(pixels.end(), {view.top, view.left, view.side, view.mirrored ? 1 : 0});
  }
  return pixels;
}

std::vector<const ClipLayers*> ClipResults::of(const Choice& choice, const std::vector<std::int64_t>& starts,
                                               int views) {
  const ClipSpec spec = spec_of(choice);
  const SizedFrames& sized = frames_.sized(MatchAxes::at(choice, kFrames));
  const std::vector<CropView> all_views = crop_views(spec, sized.height, sized.width);
  Clip clip{choice, preprocessing_of(axes_, choice), {}, 0};
  std::vector<const ClipLayers*> results;
  for (const std::int64_t start : starts) {
    clip.frames = frames_of(choice, spec, start);
    for (clip.view_number = 0; clip.view_number < views; ++clip.view_number) {
      clip.view = all_views[static_cast<std::size_t>(clip.view_number)];
      results.push_back(ask(clip));
    }
  }
  compute();
  return results;
}

const ClipLayers* ClipResults::ask(const Clip& clip) {
  const auto [known, is_new] = known_.try_emplace(key_of(clip));
  if (is_new) {
    prepare(clip, clips_.data() + pending_.size() * clip_values_);
    pending_.push_back(&known->second);
    if (pending_.size() == batch_) compute();
  }
  return &known->second;
}

void ClipResults::compute() {
  if (pending_.empty()) return;
  computed_ += std::ssize(pending_);
  // A few programs do for all: a batch that is not full has clips of an earlier one behind its own.
  const std::size_t n = std::min(std::bit_ceil(pending_.size()), batch_);
  std::vector<ClipLayers> layers =
      layers_.run(std::span(clips_).first(n * clip_values_), static_cast<std::int64_t>(n));
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (const auto& row : layers[i]) known_values_ += row.size();
    *pending_[i] = std::move(layers[i]);
  }
  pending_.clear();
}

void ClipResults::make_room() {
  if (known_values_ <= kMostKnown) return;
  known_.clear();
  known_values_ = 0;
}

// All that decides the numbers of a clip, but for layers and what comes after them.
std::string ClipResults::key_of(const Clip& clip) const {
  std::vector<std::int64_t> key = {
      static_cast<std::int64_t>(frames_.size_number(MatchAxes::at(clip.choice, kFrames))),
      clip.choice[kColourOrder], clip.choice[kMean], clip.choice[kScale]};
  key.insert(key.end(), {clip.view.top, clip.view.left, clip.view.side, clip.view.mirrored ? 1 : 0});
  key.insert(key.end(), clip.frames.begin(), clip.frames.end());
  return {reinterpret_cast<const char*>(key.data()), key.size() * sizeof(key[0])};
}

// As the first convolution reads it: (pixel - mean) * scale in the network's colour order, zeros behind.
void ClipResults::prepare(const Clip& clip, float* out) {
  const SizedFrames& sized = frames_.sized(MatchAxes::at(clip.choice, kFrames));
  const auto side = static_cast<std::size_t>(network_.crop), width = static_cast<std::size_t>(sized.width);
  const auto top = static_cast<std::size_t>(clip.view.top), left = static_cast<std::size_t>(clip.view.left);
  const bool bgr = clip.how.colour_order == ColourOrder::bgr;
  for (std::size_t i = 0; i < clip.frames.size(); ++i) {
    cutter_.cut(clip.view, sized.height, sized.width, static_cast<int>(side),
                sized.frames[static_cast<std::size_t>(clip.frames[i])], square_);
    for (std::size_t y = 0; y < side; ++y) {
      const std::size_t cube_row = (i * static_cast<std::size_t>(sized.height) + top + y) * width + left;
      for (std::size_t x = 0; x < side; ++x, out += kClipChannels) {
        const std::size_t from = clip.view.mirrored ? side - 1 - x : x;
        const std::uint8_t* const pixel = &square_[(y * side + from) * 3];
        const float* const mean =
            clip.how.mean_cube ? &(*clip.how.mean_cube)[(cube_row + from) * 3] : clip.how.mean.data();
        for (std::size_t c = 0; c < 3; ++c) {
          out[c] = (static_cast<float>(pixel[bgr ? 2 - c : c]) - mean[c]) * clip.how.scale;
        }
      }
    }
  }
}

}  // namespace c3d
