#include "python/src/model.h"

#include <nanobind/stl/array.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "c3d/invalid_argument.h"
#include "c3d/report.h"

namespace c3d::python {
namespace {

namespace fs = std::filesystem;

nb::list ranked(const std::vector<RankedLabel>& labels) {
  nb::list all;
  for (const RankedLabel& label : labels) all.append(nb::make_tuple(label.name, label.probability));
  return all;
}

nb::dict labelled(const LabeledVideo& video, const VideoProbabilities& probabilities, std::size_t classes) {
  nb::dict result;
  result["file"] = video.file;
  result["error"] = video.error;
  result["frames"] = video.frames;
  result["frame_rate"] = video.frame_rate;
  result["seconds"] = video.seconds;
  result["labels"] = ranked(video.labels);
  result["shown"] = video.shown;
  result["warnings"] = video.warnings;
  nb::list windows;
  for (const LabeledWindow& window : video.windows) {
    windows.append(nb::make_tuple(window.first_frame, window.start_seconds, window.end_seconds,
                                  window.label.name, window.label.probability, ranked(window.shown)));
  }
  result["windows"] = windows;
  const auto columns = static_cast<std::int64_t>(classes);
  result["probabilities"] = array_of(probabilities.video, {std::ssize(probabilities.video)});
  result["window_probabilities"] = array_of(probabilities.windows, {std::ssize(video.windows), columns});
  return result;
}

void predict(const SharedModel& shared, const std::vector<fs::path>& videos, const ClipOptions& options,
             std::size_t top, const nb::callable& on_result) {
  Model& model = **shared;
  ModelCall call(model);
  const std::size_t classes = model.network().labels().size();
  call.run([&] {
    model.classifier().score_videos(
        videos, options, top,
        [&](const LabeledVideo& video, const VideoProbabilities& probabilities) {
          const nb::gil_scoped_acquire locked;
          return nb::cast<bool>(on_result(labelled(video, probabilities, classes)));
        },
        InterruptWatch::pressed);
    if (InterruptWatch::pressed()) throw Error("the videos were interrupted");
  });
}

using InputArray = nb::ndarray<nb::ro, nb::device::cpu>;

ClipArray clip_array(const InputArray& array) {
  ClipArray clips{.data = array.data()};
  if (array.dtype() == nb::dtype<float>()) {
    clips.type = ClipArray::Type::f32;
  } else if (array.dtype() != nb::dtype<std::uint8_t>()) {
    throw InvalidArgument("clips are uint8 (pixels) or float32 (the network's input itself); convert them");
  }
  if (array.ndim() != 5 || (array.shape(4) != 3 && array.shape(1) != 3)) {
    std::string shape;
    for (std::size_t i = 0; i < array.ndim(); ++i) {
      shape += (i == 0 ? "" : ", ") + std::to_string(array.shape(i));
    }
    throw InvalidArgument("clips of shape [" + shape +
                          "]: they are [N, frames, height, width, 3] or [N, 3, frames, height, width]");
  }
  // Where N, D, H, W and the colours stand.
  constexpr std::array<std::size_t, 5> kColoursLast{0, 1, 2, 3, 4}, kColoursFirst{0, 2, 3, 4, 1};
  const std::array<std::size_t, 5>& axes = array.shape(4) == 3 ? kColoursLast : kColoursFirst;
  clips.count = static_cast<std::int64_t>(array.shape(axes[0]));
  clips.frames = static_cast<std::int64_t>(array.shape(axes[1]));
  clips.height = static_cast<std::int64_t>(array.shape(axes[2]));
  clips.width = static_cast<std::int64_t>(array.shape(axes[3]));
  for (std::size_t i = 0; i < axes.size(); ++i) clips.strides[i] = array.stride(axes[i]);
  return clips;
}

nb::object score(const SharedModel& shared, const InputArray& array) {
  Model& model = **shared;
  const ClipArray clips = clip_array(array);
  ModelCall call(model);
  std::vector<float> scores =
      call.run([&] { return model.classifier().score(clips, InterruptWatch::pressed); });
  InterruptWatch::raise_if_pressed();
  return array_of(std::move(scores), {clips.count, std::ssize(model.network().labels())});
}

nb::dict features(const SharedModel& shared, const fs::path& video, const std::string& layer,
                  const ClipOptions& options, const std::string& pool, bool l2) {
  Model& model = **shared;
  pool_features({}, pool, l2);  // no pooling of that name: before anything is computed
  ModelCall call(model);
  std::array<std::int64_t, 4> row{};
  VideoFeatures found = call.run([&] {
    FeatureExtractor& extractor = model.features(layer);
    row = extractor.row_shape();
    const VideoFeatures all = extractor.extract(video, options, InterruptWatch::pressed);
    return pool_features(all, pool, l2);
  });
  nb::list windows;
  for (const FeatureWindow& window : found.windows) {
    windows.append(nb::make_tuple(window.first_frame, window.start_seconds, window.end_seconds));
  }
  nb::dict result;
  std::vector<std::int64_t> shape{found.rows};
  if (found.crops > 1) shape.push_back(found.crops);
  shape.push_back(found.size);
  result["values"] = array_of(std::move(found.values), shape);
  result["windows"] = windows;
  result["row_shape"] = nb::make_tuple(row[0], row[1], row[2], row[3]);
  result["warnings"] = found.warnings;
  return result;
}

nb::dict explain(const SharedModel& shared, const fs::path& video, const std::string& layer,
                 const ClipOptions& options, const std::string& label, const std::vector<fs::path>& files) {
  Model& model = **shared;
  ModelCall call(model);
  VideoExplanation why = call.run([&] {
    VideoExplainer& explainer = model.explainer(layer);
    VideoExplanation found = explainer.explain(video, options, label, InterruptWatch::pressed);
    for (const fs::path& file : files) explainer.write(found, file);
    return found;
  });
  nb::list windows;
  for (const ExplainedWindow& window : why.windows) {
    windows.append(
        nb::make_tuple(window.first_frame, window.start_seconds, window.end_seconds, window.probability));
  }
  nb::dict result;
  result["label"] = why.label;
  result["probability"] = why.probability;
  result["layer"] = why.layer;
  result["frames"] = why.frames;
  result["frame_rate"] = why.frame_rate;
  result["windows"] = windows;
  result["warnings"] = why.warnings;
  std::vector<std::int64_t> shape{std::ssize(why.windows)};
  if (why.crops > 1) shape.push_back(why.crops);
  shape.insert(shape.end(), why.grid.begin(), why.grid.end());
  result["maps"] = array_of(std::move(why.maps), shape);
  return result;
}

void draw_timeline_of(const std::string& title, const std::vector<std::pair<double, double>>& times,
                      const nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>& scores,
                      const std::vector<std::string>& labels, const std::vector<double>& thresholds,
                      const fs::path& png) {
  LabeledVideo video{.file = title, .error = {}, .labels = {}, .windows = {}, .warnings = {}};
  for (const auto& [start, end] : times) {
    LabeledWindow& window = video.windows.emplace_back();
    window.start_seconds = start;
    window.end_seconds = end;
  }
  VideoProbabilities probabilities;
  probabilities.windows.assign(scores.data(), scores.data() + scores.size());
  const nb::gil_scoped_release unlocked;
  draw_label_timeline(video, probabilities, labels, thresholds, png);
}

}  // namespace

FeatureExtractor& Model::features(const std::string& layer) {
  std::unique_ptr<FeatureExtractor>& extractor = features_[layer];
  if (!extractor) extractor = std::make_unique<FeatureExtractor>(network_, layer);
  return *extractor;
}

VideoExplainer& Model::explainer(const std::string& layer) {
  std::unique_ptr<VideoExplainer>& explainer = explainers_[layer];
  if (!explainer) explainer = std::make_unique<VideoExplainer>(network_, layer);
  return *explainer;
}

void Model::acquire(bool for_stream) {
  const auto expect_free = [this] {
    if (streams_) {
      throw Error(
          "a stream of this model is open: close it first, or load the model once more for the other use");
    }
    if (owner_ == std::this_thread::get_id()) {
      throw Error("this model is at work, and its callback cannot ask it for more: ask it afterwards");
    }
  };
  for (expect_free();; expect_free()) {
    {
      const nb::gil_scoped_release unlocked;
      if (free_.try_acquire_for(kPatience)) break;
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
  if (for_stream) {
    streams_ = true;
  } else {
    owner_ = std::this_thread::get_id();
  }
}

void Model::release() {
  owner_ = std::thread::id();
  streams_ = false;
  free_.release();
}

void bind_model(nb::module_& m) {
  nb::class_<OfOneProcess<Model>>(m, "Model")
      .def_static("load",
                  [](const fs::path& weights, const NetworkOptions& options) {
                    expect_not_forked();
                    const nb::gil_scoped_release unlocked;
                    return std::make_shared<OfOneProcess<Model>>(std::in_place, weights, options);
                  })
      .def("labels", [](const SharedModel& model) { return (*model)->network().labels(); })
      .def("thresholds", [](const SharedModel& model) { return (*model)->network().thresholds(); })
      .def("has_label_sets", [](const SharedModel& model) { return (*model)->network().has_label_sets(); })
      .def("description", [](const SharedModel& model) { return (*model)->network().description(); })
      .def("input_size", [](const SharedModel& model) { return (*model)->network().input_size(); })
      .def("clip_shape", [](const SharedModel& model) { return (*model)->classifier().clip_shape(); })
      .def("predict", &predict)
      .def("score", &score)
      .def("features", &features)
      .def("explain", &explain);
  m.def("draw_timeline", &draw_timeline_of);
}

}  // namespace c3d::python
