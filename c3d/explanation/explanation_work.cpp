#include "c3d/explanation/explanation_work.h"

#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "c3d/explanation/explanation_files.h"
#include "c3d/inference/loaded_network.h"
#include "engine/core/error.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

bool is_folder(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

}  // namespace

std::string explanation_name_error(const std::filesystem::path& target) {
  if (!target.has_extension() || explanation_format(target) || is_folder(target)) return {};
  return fmt::format(
      "{}: a file ends in .mp4, .png or .npy, and a folder that is not there yet in no extension",
      printable(target.native()));
}

void check_explanation(const Inputs& inputs, const Outputs& outputs) {
  const OutputKind& output = outputs.explanation;
  if (!output) return;
  const auto format = explanation_format(output.target);
  if (output.is_folder) {
    expect(
        !format || is_folder(output.target),
        "--explain {}: is one file, and there are {} videos; give a folder, and with --explain-format what "
        "it gets",
        output.target, inputs.videos.size());
    return;
  }
  expect(format.has_value(),
         "--explain {}: is no folder that is there; a file for one video ends in .mp4, .png or .npy",
         output.target);
  expect(
      format != ExplanationFormat::mp4 || is_replaceable(output.target),
      "--explain {}: a video cannot be written to a pipe or a device, as its index is written last; give it "
      "a file",
      output.target);
}

ExplanationWork::ExplanationWork(Classifier& classifier, const LabelRequest& request, const ClipSpec& clip)
    : cam_(classifier, request.explain_layer),
      rule_{.batch = request.batch,
            .clips = request.clips,
            .clip = clip,
            .reading = read_options(request),
            .label = request.explain_class} {
  rule_.clips.step = clip.step;  // that of a window without one is half of it
}

void ExplanationWork::add(const Input& input, const std::filesystem::path& file, VideoResult& result,
                          const ExplanationCallbacks& callbacks) {
  if (!result.ok()) return;
  try {
    const VideoExplanation explanation = explain_video(cam_, input, result, rule_);
    result.warnings.insert(result.warnings.end(), explanation.warnings.begin(), explanation.warnings.end());
    write_explanation(explanation,
                      {.file = file,
                       .video = input.path,
                       .clip = rule_.clip,
                       .numbering = numbering_of(rule_.clip, rule_.reading)},
                      callbacks);
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    result.error =
        known != nullptr ? known->message() : fmt::format("writing its explanation: {}", error.what());
  }
}

}  // namespace c3d
