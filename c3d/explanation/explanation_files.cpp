#include "c3d/explanation/explanation_files.h"

#include <algorithm>
#include <vector>

#include "c3d/explanation/heat.h"
#include "c3d/explanation/heat_pictures.h"
#include "c3d/inference/output_paths.h"
#include "c3d/inference/overlay.h"
#include "c3d/report/heat_colors.h"
#include "c3d/report/pictures.h"
#include "engine/core/argument.h"
#include "engine/core/text.h"
#include "engine/io/atomic_file.h"
#include "weights/npy_header.h"

namespace c3d {
namespace {

constexpr double kUnknownFrameRate = 25, kMostFrameRate = 1000;  // of a copy

void write_table(const VideoExplanation& explanation, const std::filesystem::path& path) {
  std::vector<std::int64_t> extents{std::ssize(explanation.windows)};
  if (explanation.crops > 1) extents.push_back(explanation.crops);
  extents.insert(extents.end(), explanation.grid.begin(), explanation.grid.end());
  AtomicFile file(path);
  file.write(npy_header(extents));
  file.write(std::as_bytes(std::span(explanation.maps)));
  file.commit();
}

// The mean of the windows that show a frame; nullopt: none does.
std::optional<double> probability_at(const VideoExplanation& explanation, const ClipSpec& spec,
                                     std::int64_t frame) {
  const auto windows = windows_of_frame(explanation.windows, spec.span(), frame);
  if (windows.empty()) return std::nullopt;
  double sum = 0;
  for (const ExplainedWindow& window : windows) sum += window.probability;
  return sum / static_cast<double>(windows.size());
}

void write_copy(const VideoExplanation& explanation, const ExplanationFile& target,
                const ExplanationCallbacks& callbacks) {
  std::optional<Heat> heat;
  const auto draw = [&](std::int64_t frame, std::span<std::uint8_t> rgb, int width, int height) {
    if (!heat) heat.emplace(explanation, target.clip, width, height);
    draw_heat_on_frame(rgb, heat->at(frame));
    const std::optional<double> probability = probability_at(explanation, target.clip, frame);
    if (probability && can_draw()) {
      draw_labels_on_frame(rgb, width, height, {{explanation.label, *probability}});
    }
  };
  const auto written = [&](std::int64_t frames) {
    if (callbacks.writing) callbacks.writing(frames, explanation.frames);
  };
  const double rate = explanation.frame_rate;
  const double usable = rate > 0 && rate <= kMostFrameRate ? rate : kUnknownFrameRate;
  write_drawn_copy(target.video, target.file, usable, draw, written, target.numbering);
}

}  // namespace

std::optional<ExplanationFormat> explanation_format(const std::filesystem::path& file) {
  const std::string ending = lower_ascii(file.extension().native());
  for (const auto& [name, format] : explanation_format_names()) {
    if (ending == "." + name) return format;
  }
  return std::nullopt;
}

void write_explanation(const VideoExplanation& explanation, const ExplanationFile& target,
                       const ExplanationCallbacks& callbacks) {
  const std::optional<ExplanationFormat> format = explanation_format(target.file);
  if (!format) {
    fail_argument("{}: an explanation is written to a name that ends in .mp4, .png or .npy", target.file);
  }
  make_folder_of(target.file);
  switch (*format) {
    case ExplanationFormat::npy:
      return write_table(explanation, target.file);
    case ExplanationFormat::png:
      return draw_explanation(explanation, target);
    case ExplanationFormat::mp4:
      return write_copy(explanation, target, callbacks);
  }
}

}  // namespace c3d
