#include "c3d/training/label_heat.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "c3d/common/duration.h"
#include "c3d/explanation/clip_heat.h"
#include "c3d/report/html/text.h"
#include "c3d/training/run_setup.h"
#include "data/clip_sampler.h"
#include "engine/core/fingerprint.h"
#include "engine/io/crc32c.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

constexpr const char* kLayer = "conv5b";
// Of transformed filters: each is used once for a clip, so that more would be memory for nothing.
constexpr std::size_t kMostPackedBytes = 256'000'000;

// Nothing is measured, and nothing of the run's plan changes.
BackendSpec heat_backend(const TrainSettings& settings) {
  BackendSpec spec = backend_spec(settings);
  spec.plan = "fixed";
  spec.inference = true;
  spec.graphs = false;
  spec.max_packed_bytes =
      spec.max_packed_bytes == 0 ? kMostPackedBytes : std::min(spec.max_packed_bytes, kMostPackedBytes);
  return spec;
}

// Whole frames, of the clip in the middle of a video.
ClipSpec middle_clip(ClipSpec spec) {
  spec.clips = 1;
  spec.step = 0;
  spec.crops = 1;
  spec.crop_when_read = false;
  return spec;
}

// Equal for equal values.
std::string name_of_weights(const NamedTensors& weights) {
  Fingerprint name;
  for (const NamedTensor& tensor : weights.all()) {
    name.add_line(fmt::format("{} {:08x}", tensor.name,
                              crc32c(std::span(tensor.values.data(), tensor.values.bytes()))));
  }
  return name.text();
}

class HeatMaker {
 public:
  HeatMaker(const NamedTensors& weights, const HeatWork& work)
      : data_(work.data),
        spec_(middle_clip(work.data.clip)),
        backend_(make_backend(heat_backend(work.settings))),
        classifier_(*backend_, weights, {}),
        cam_(classifier_, kLayer) {}

  std::vector<LabelStrip> strips(const HeatVideo& video) {
    const auto source = data_.open(Video{.path = video.path, .label = -1, .frames = video.frames});
    const std::int64_t count = video.frames > 0 ? video.frames : source->frame_count();
    const std::int64_t first = clip_starts(spec_, count).front();
    const auto frame =
        static_cast<std::size_t>(source->width()) * static_cast<std::size_t>(source->height()) * 3;
    std::vector<std::uint8_t> frames(static_cast<std::size_t>(spec_.clip_frames) * frame);
    for (int i = 0; i < spec_.clip_frames; ++i) {
      source->read(clip_frame(spec_, first, i, count), 1, 1,
                   std::span(frames).subspan(static_cast<std::size_t>(i) * frame, frame));
    }
    std::vector<LabelStrip> strips;
    for (const std::size_t label : video.labels) {
      const HeatPicture picture = heat_picture(cam_, frames, source->width(), source->height(), spec_, label);
      strips.push_back({.label = label,
                        .first_frame = first,
                        .last_frame = std::min(first + spec_.span(), count) - 1,
                        .is_blank = picture.is_blank,
                        .jpeg = base64(picture.jpeg)});
    }
    return strips;
  }

 private:
  const PreparedData& data_;
  ClipSpec spec_;
  std::unique_ptr<Backend> backend_;
  Classifier classifier_;
  GradCam cam_;
};

}  // namespace

bool provide_heat(HeatStrips& strips, const std::vector<HeatVideo>& wanted, const HeatWork& work) {
  const double begin = steady_seconds();
  if (wanted.empty() || work.stopped()) return false;
  std::optional<HeatMaker> maker;
  std::vector<HeatRequest> requests;
  requests.reserve(wanted.size());
  for (const HeatVideo& video : wanted) {
    requests.push_back({video.path, video.labels, [&] { return maker->strips(video); }});
  }
  std::string name;
  {
    const NamedTensors weights = read_weights(work.folder.best());
    name = name_of_weights(weights);
    if (strips.lacks(requests, name)) maker.emplace(weights, work);
  }
  return strips.provide(requests, name, work.seconds - (steady_seconds() - begin), work.stopped);
}

}  // namespace c3d
