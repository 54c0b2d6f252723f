// Writes what the program of this folder works on: FOLDER/small.safetensors and FOLDER/tiny.avi.
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  c3d::write_small_model(folder / "small.safetensors");
  c3d::write_tiny_video(folder / "tiny.avi", 40, 64, 48);
  return 0;
}
