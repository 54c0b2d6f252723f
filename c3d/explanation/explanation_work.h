// What c3d_infer explains of the videos that it labels: the request's part of it, checked, and the file of
// each video written when its labels are known.
#pragma once

#include <filesystem>

#include "c3d/explanation/explain_video.h"
#include "c3d/inference/outputs.h"

namespace c3d {

// Whether --explain may be called so, as a file or a folder. Empty: it may; else what is wrong with it.
std::string explanation_name_error(const std::filesystem::path& target);
// Error: --explain is a file of no format, or a copy to a pipe.
void check_explanation(const Outputs& outputs);

class ExplanationWork {
 public:
  // Borrows the classifier. Error: a layer that there is not.
  ExplanationWork(Classifier& classifier, const LabelRequest& request, const ClipSpec& clip);

  // Explains a video that was labelled with the probabilities of its clips, and writes the file. What goes
  // wrong becomes the error of its result, what is to be said of it its warnings.
  void add(const Input& input, const std::filesystem::path& file, VideoResult& result,
           const ExplanationCallbacks& callbacks);

 private:
  GradCam cam_;
  ExplanationRule rule_;
};

}  // namespace c3d
