#include "c3d/explanation/explanation_work.h"

#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "c3d/common/bad_request.h"
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
      "{}: an explanation is a file that ends in .mp4, .png or .npy; a folder for several videos is called "
      "without an ending, unless it is there already",
      printable(target.native()));
}

void check_explanation(const Outputs& outputs) {
  const OutputKind& output = outputs.explanation;
  if (!output || output.is_folder) return;
  const auto format = explanation_format(output.target);
  expect_request(format.has_value(),
                 "--explain {0}: say by its ending what one video is to have: {0}.mp4, {0}.png or {0}.npy",
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
