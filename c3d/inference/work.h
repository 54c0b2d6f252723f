// What is left to do of a run, and how what it does is remembered: the JSON lines, and the records of what
// made each file. With --resume a video is left out where all that was asked for is there and was made from
// the same file in the same way.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/h5_collection.h"
#include "c3d/inference/labeller.h"
#include "c3d/inference/output_records.h"
#include "c3d/inference/outputs.h"
#include "c3d/inference/result_file.h"

namespace c3d {

class Work {
 public:
  // `recipe`: of the labels; empty where nothing is written. `recipe_file`: of the features, as --recipe
  // takes it. Why videos are done anew is said on `notes`. Borrows the first three.
  Work(const LabelRequest& request, const Inputs& inputs, const Outputs& outputs, const Recipe& recipe,
       const FeatureRule& feature_rule, const std::string& recipe_file, std::ostream& notes);

  const std::vector<Input>& videos() const { return left_; }
  // Where their files of this kind go, one for each; none where it was not asked for.
  std::vector<std::filesystem::path> paths_of(const OutputKind& output) const;
  // Where the outputs go that are written while they are labelled.
  void add_paths(LabelOptions& options) const;
  // The line of the video at `position` among videos(). Written, with the records, before it returns.
  std::string add(std::size_t position, const VideoResult& result, const std::vector<std::string>& labels);
  void finish();

 private:
  struct Kind {
    const OutputKind* output;
    Recipe recipe;
    OutputRecords* records;  // nullptr: a pipe, or an HDF5 file, which has its own
  };
  // Why videos are done anew: how many, and the first of them.
  struct Reason {
    std::size_t videos = 0;
    std::string first;
  };
  void open_records(const Recipe& recipe);
  bool is_h5(const Kind& kind) const { return h5_ && kind.output == &outputs_.features; }
  // What is said of an output of this kind, of that input.
  Origin origin_of(const Kind& kind, std::size_t video) const;
  // Why files of it must be made anew; "": one is not there. nullopt: they stand.
  std::optional<std::string> complaint(std::size_t video) const;
  bool files_stand(std::size_t video);
  void note(const std::string& why, std::size_t video);  // "": nothing to say
  void open_lines();
  void say_reasons(std::ostream& notes) const;
  void forget_records();
  std::string words_of_tables() const;  // as a shard's HDF5 file says which it has; "": all videos are here

  const LabelRequest& request_;
  const Inputs& inputs_;
  const Outputs& outputs_;
  FeatureRule feature_rule_;
  std::string recipe_file_;
  Recipe recipe_, line_recipe_;
  std::vector<Source> sources_;                             // of all inputs
  std::map<std::filesystem::path, OutputRecords> records_;  // by their file
  std::vector<Kind> kinds_;
  std::unique_ptr<H5Collection> h5_;  // of features; nullptr: they are written in another format
  std::map<std::string, Reason> reasons_;
  std::unique_ptr<ResultFile> json_;
  std::vector<Input> left_;
  std::vector<std::size_t> numbers_;             // of these among all
  std::map<std::size_t, std::string> failures_;  // why, by the number among all
};

}  // namespace c3d
