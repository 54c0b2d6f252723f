#include "engine/ops/clip_input.h"

#include "catch.h"
#include "kernels/reference/reference_backend.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

ClipInput small_input() {
  ClipInput input;
  input.batch = 2;
  input.clip.clip_frames = 1;
  input.clip.resize_height = 3;
  input.clip.resize_width = 4;
  input.clip.crop = 2;
  input.normalization = {.order = ColourOrder::bgr, .scale = 0.5f};
  input.mean = {1, 2, 3};
  return input;
}

}  // namespace

TEST_CASE("a recorded input is the frames' crop, normalized as it says") {
  const auto backend = make_reference_backend();
  ParameterStore parameters;
  const ClipInput input = small_input();
  const DeviceMean mean(*backend, input);
  Tape tape(*backend, parameters, Mode::infer);
  const ClipVars vars = record_clip_input(tape, input, mean);
  const Var results[] = {vars.clip};
  tape.compile(results);

  Bytes frames({2, 1, 3, 4, 3});
  for (std::size_t i = 0; i < frames.values.size(); ++i) frames.values[i] = static_cast<std::uint8_t>(3 * i);
  const Integers crops({2, 3}, {0, 1, 0, 1, 2, 1});
  backend->copy(ConstTensor(frames), tape.tensor(vars.frames));
  backend->copy(ConstTensor(crops), tape.tensor(vars.crops));
  tape.forward();
  Floats wanted({2, 1, 2, 2, kClipChannels}), found(wanted.shape);
  backend->normalize_clip(input.normalization, frames, Floats({3}, {1, 2, 3}), crops, wanted);
  backend->copy(tape.tensor(vars.clip), found);
  CHECK(found.values == wanted.values);
}

TEST_CASE("a mean cube takes the place of the mean, and must have the frames' size") {
  const auto backend = make_reference_backend();
  ClipInput input = small_input();
  CHECK(DeviceMean(*backend, input).values().shape() == Shape{3});
  input.mean_cube = std::make_shared<const std::vector<float>>(3 * 4 * 3, 7.0f);
  const DeviceMean cube(*backend, input);
  CHECK(cube.values().shape() == Shape{1, 3, 4, 3});
  CHECK(cube.values().as<float>()[35] == 7);
  input.clip.resize_width = 5;
  CHECK(message_of([&] { DeviceMean(*backend, input); }).find("36 values") != std::string::npos);
}

}  // namespace c3d
