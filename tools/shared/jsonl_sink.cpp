#include "tools/shared/jsonl_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/core/error.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

JsonlSink::JsonlSink(const std::filesystem::path& path, std::uint64_t keep_bytes) : path_(path) {
  const std::uint64_t bytes = std::filesystem::exists(path) ? std::filesystem::file_size(path) : 0;
  expect(bytes >= keep_bytes, "{}: it has {} bytes, but the run's state counts on {}; it was changed since",
         path.string(), bytes, keep_bytes);
  if (bytes > keep_bytes) std::filesystem::resize_file(path, keep_bytes);
  file_.reset(std::fopen(path.c_str(), "ab"));  // NOLINT(cppcoreguidelines-owning-memory): file_ owns it
  expect(file_ != nullptr, "{}: cannot write: {}", path.string(), std::strerror(errno));
}

void JsonlSink::on_step(const StepReport& report) {
  write_line(Json({{"event", "step"},
                   {"step", report.step},
                   {"epoch", report.epoch},
                   {"loss", report.loss},
                   {"accuracy", report.accuracy},
                   {"gradient_norm", report.gradient_norm},
                   {"learning_rate", report.learning_rate},
                   {"clips_per_second", report.clips_per_second},
                   {"seconds", report.seconds}})
                 .dump());
}

void JsonlSink::on_evaluation(const EvaluationReport& report) {
  Json classes = Json::array();
  for (const ClassResult& result : report.classes) classes.push_back({result.videos, result.correct});
  write_line(Json({{"event", "evaluation"},
                   {"split", report.split},
                   {"step", report.step},
                   {"epoch", report.epoch},
                   {"clips", report.clips},
                   {"videos", report.videos},
                   {"clip_loss", report.clip_loss},
                   {"clip_accuracy", report.clip_accuracy},
                   {"video_loss", report.video_loss},
                   {"top1", report.top1},
                   {"top5", report.top5},
                   {"classes_videos_correct", classes},
                   {"seconds", report.seconds}})
                 .dump());
}

void JsonlSink::write_line(const std::string& line) {
  const std::string text = line + "\n";
  expect(
      std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() && std::fflush(file_.get()) == 0,
      "{}: cannot write: {}", path_.string(), std::strerror(errno));
}

std::uint64_t JsonlSink::synced_bytes() {
  expect(std::fflush(file_.get()) == 0 && ::fsync(::fileno(file_.get())) == 0, "{}: cannot write: {}",
         path_.string(), std::strerror(errno));
  return std::filesystem::file_size(path_);
}

MetricHistory read_metrics(const std::filesystem::path& path) {
  MetricHistory history;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) continue;
    if (json.value("event", "") == "step") {
      StepReport report;
      report.step = json.value("step", std::int64_t{0});
      report.epoch = json.value("epoch", 0);
      // A loss that is not finite is null in JSON.
      report.loss = json["loss"].is_number() ? json["loss"].get<double>() : 0;
      report.accuracy = json.value("accuracy", 0.0);
      report.learning_rate = json.value("learning_rate", 0.0);
      history.steps.push_back(report);
    } else if (json.value("event", "") == "evaluation") {
      EvaluationReport report;
      report.step = json.value("step", std::int64_t{0});
      report.clip_loss = json.value("clip_loss", 0.0);
      report.video_loss = json.value("video_loss", 0.0);
      report.clip_accuracy = json.value("clip_accuracy", 0.0);
      report.top1 = json.value("top1", 0.0);
      report.top5 = json.value("top5", 0.0);
      history.evaluations.push_back(report);
    }
  }
  return history;
}

}  // namespace c3d
