#include "c3d/training/label_heat.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "c3d/common/duration.h"
#include "c3d/explanation/video_heat.h"
#include "c3d/training/run_setup.h"
#include "engine/core/fingerprint.h"
#include "engine/io/crc32c.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

// Equal for equal values.
std::string name_of_weights(const NamedTensors& weights) {
  Fingerprint name;
  for (const NamedTensor& tensor : weights.all()) {
    name.add_line(fmt::format("{} {:08x}", tensor.name,
                              crc32c(std::span(tensor.values.data(), tensor.values.bytes()))));
  }
  return name.text();
}

// A network beside the run's.
class HeatMaker {
 public:
  HeatMaker(const NamedTensors& weights, const HeatWork& work)
      : backend_(make_backend(heat_backend(backend_spec(work.settings)))),
        classifier_(*backend_, weights, {}),
        heat_(classifier_, work.data.clip, [&data = work.data](const HeatVideo& video) {
          return data.open(Video{.path = video.path, .label = -1, .frames = video.frames});
        }) {}

  std::vector<LabelStrip> strips(const HeatVideo& video) { return heat_.strips(video); }

 private:
  std::unique_ptr<Backend> backend_;
  Classifier classifier_;
  VideoHeat heat_;
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
