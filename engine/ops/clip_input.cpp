#include "engine/ops/clip_input.h"

#include "engine/ops/normalize_clip.h"

namespace c3d {

DeviceMean::DeviceMean(Backend& backend, const ClipInput& input) {
  const ClipSpec& clip = input.clip;
  const Shape shape = input.mean_cube
                          ? Shape{clip.clip_frames, clip.stored_height(), clip.stored_width(), kColours}
                          : Shape{kColours};
  const float* const values = input.mean_cube ? input.mean_cube->data() : input.mean.data();
  if (input.mean_cube) {
    expect(static_cast<std::int64_t>(input.mean_cube->size()) == shape.count(),
           "the mean cube has {} values, and frames as they are stored need {}", input.mean_cube->size(),
           shape);
  }
  memory_ = backend.allocate(static_cast<std::size_t>(shape.count()) * sizeof(float), MemoryKind::device);
  values_ = memory_.tensor(shape, DType::f32);
  backend.copy(host_tensor(values, shape), values_);
  backend.synchronize();
}

ClipVars record_clip_input(Tape& tape, const ClipInput& input, const DeviceMean& mean) {
  ClipVars vars;
  vars.frames = tape.input({input.frames_shape(), DType::u8});
  vars.crops = tape.input({{input.batch, 3}, DType::i32});
  tape.label("input");
  vars.clip = normalize_clip(tape, vars.frames, vars.crops, mean.values(), input.normalization,
                             input.clip.crop, input.clip.crop);
  tape.label("");
  return vars;
}

}  // namespace c3d
