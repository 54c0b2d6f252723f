#include "c3d/explanation/page_heat.h"

#include <algorithm>
#include <exception>

#include "c3d/common/duration.h"
#include "c3d/explanation/video_heat.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr double kShareOfLabelling = 0.05, kMostPageSeconds = 20;

}  // namespace

double page_heat_seconds(double labelling) {
  return std::min(kShareOfLabelling * labelling, kMostPageSeconds);
}

std::string provide_heat(HeatStrips& strips, const std::vector<HeatVideo>& wanted, const PageHeat& page) try {
  const double begin = steady_seconds();
  if (wanted.empty() || page.stopped()) return "";
  ClassifierOptions network = page.request.network;
  network.feature = Feature::none;
  const auto backend = make_backend(heat_backend(page.request.device));
  Classifier classifier(*backend, page.request.weights, network);
  const Numbering numbering = numbering_of(page.clip, page.reading);
  VideoHeat heat(classifier, page.clip, [&](const HeatVideo& video) {
    return open_frames(video.path, video.frames, read_size(page.clip), page.reading.limits, numbering);
  });
  std::vector<HeatRequest> requests;
  requests.reserve(wanted.size());
  for (const HeatVideo& video : wanted) {
    requests.push_back({video.path, video.labels, [&] { return heat.strips(video); }});
  }
  strips.provide(requests, "", page.seconds - (steady_seconds() - begin), page.stopped);
  return strips.trouble();
} catch (const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return "the page has no heat: " + (ours != nullptr ? ours->message() : printable(error.what()));
}

}  // namespace c3d
