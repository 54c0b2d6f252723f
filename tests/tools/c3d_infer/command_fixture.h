// c3d_infer as a user runs it, in a folder with weights, two videos and a file that is none.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {

struct CommandFixture {
  ScratchFolder folder;
  CommandFixture() {
    write_small_model(folder / "w.safetensors");
    folder.write("v/c.mp4", "no video");
    write_tiny_video(folder / "v/a.mp4", 40);
    write_tiny_video(folder / "v/b.mp4", 20);
  }

  // In the folder, with its streams in the files `out` and `err`.
  int run(const std::string& arguments, const std::string& before = "") const {
    return run_command(folder.path(), before + " " C3D_BINARY_DIR "/bin/c3d_infer " + arguments);
  }
  std::string out() const { return read_text(folder / "out"); }
  std::string err() const { return read_text(folder / "err"); }
};

inline std::vector<nlohmann::json> lines(const std::string& text) {
  std::vector<nlohmann::json> objects;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) objects.push_back(parse_json(line));
  return objects;
}

inline const std::string kWeights = "--weights w.safetensors --device reference ";

}  // namespace c3d
