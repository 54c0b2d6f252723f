// Writes what the program of this folder, and the tests of the Python package, work on: FOLDER/small.safetensors and
// FOLDER/tiny.avi; sets.safetensors, whose labels stand by themselves; and videos/, of two classes.
#include "tests/support/plain_videos.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  c3d::write_small_model(folder / "small.safetensors");
  c3d::write_tiny_video(folder / "tiny.avi", 40, 64, 48);
  c3d::write_small_model(folder / "sets.safetensors",
                         {.with_label_sets = true, .thresholds = {0, 1, 0, 1, 1}});
  c3d::write_plain_videos(folder / "videos", 4);
  return 0;
}
