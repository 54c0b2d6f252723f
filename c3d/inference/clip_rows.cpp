#include "c3d/inference/clip_rows.h"

#include <algorithm>

#include "data/crop_views.h"
#include "engine/core/error.h"

namespace c3d {

ClipInput rows_input(const ModelInfo& info, std::int64_t rows, bool stores_crops) {
  ClipInput input = clip_input(info, rows);
  input.clip.crop_when_read = stores_crops;
  return input;
}

void load_rows(Backend& backend, const Tape& tape, const ClipVars& input, const ModelInfo& info,
               std::span<const Clip> clips, const ClipSpec& spec) {
  const Shape row_shape = rows_input(info, 1, spec.stores_crops()).frames_shape();
  const auto crops = static_cast<std::size_t>(spec.crops);
  const auto row_bytes = static_cast<std::size_t>(row_shape.count());
  const std::size_t stored = row_bytes * (spec.stores_crops() ? crops : 1);
  std::vector<CropView> views(crops);  // of crops that are stored: the whole square
  if (!spec.stores_crops()) views = crop_views(spec, spec.stored_height(), spec.stored_width());
  std::vector<std::int32_t> places;
  for (const Clip& clip : clips) {
    expect(clip.frames.size() == stored, "a clip has {} bytes, the network reads {}", clip.frames.size(),
           stored);
    for (std::size_t i = 0; i < crops; ++i) {
      const std::uint8_t* frames = clip.frames.data() + (spec.stores_crops() ? i * row_bytes : 0);
      const auto row = static_cast<std::int64_t>(places.size() / 3);
      backend.copy(host_tensor(frames, row_shape), tape.tensor(input.frames).rows(row, 1));
      const bool mirrored = is_mirrored(spec, static_cast<int>(i));
      places.insert(places.end(), {views[i].top, views[i].left, mirrored ? 1 : 0});
    }
  }
  const Shape places_shape{static_cast<std::int64_t>(places.size() / 3), 3};
  backend.copy(host_tensor(places.data(), places_shape), tape.tensor(input.crops));
}

std::vector<float> to_host(Backend& backend, ConstTensor values) {
  const auto count = static_cast<std::size_t>(values.count());
  std::vector<float> result(count);
  if (values.type() == DType::f32) {
    backend.copy(values, host_tensor(result.data(), values.shape()));
    backend.synchronize();
  } else {
    std::vector<BFloat16> narrow(count);
    backend.copy(values, host_tensor(narrow.data(), values.shape()));
    backend.synchronize();
    std::ranges::transform(narrow, result.begin(), [](BFloat16 value) { return to_float(value); });
  }
  return result;
}

}  // namespace c3d
