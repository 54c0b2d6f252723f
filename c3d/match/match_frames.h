// A video's frames as all recipes want them: decoded once, each kept in every size that is tried; and for
// each way to count frames, which of them they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "c3d/match/match_axes.h"

namespace c3d {

struct SizedFrames {
  int width = 0, height = 0;
  std::vector<std::vector<std::uint8_t>> frames;  // [height,width,3] RGB
};

class MatchFrames {
 public:
  // Error: the video cannot be read; its frames take more than 2 GiB.
  MatchFrames(const std::filesystem::path& video, const std::vector<FrameForm>& forms);

  const SizedFrames& sized(std::size_t form) const { return sizes_[of_form_[form]]; }
  // Forms of one size share their number.
  std::size_t size_number(std::size_t form) const { return of_form_[form]; }
  // The numbers of the decoded frames that this numbering gives, in its order. Empty: the video has none
  // under it, as it lacks times or is too short. Error: the video cannot be read any more.
  std::vector<std::int64_t> places(const Numbering& numbering) const;

 private:
  std::filesystem::path video_;
  std::vector<SizedFrames> sizes_;
  std::vector<std::size_t> of_form_;  // place in sizes_
};

}  // namespace c3d
