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
               std::span<const Clip> clips, const ClipSpec& spec, Tensor places) {
  const Shape row_shape = rows_input(info, 1, spec.stores_crops()).frames_shape();
  const auto crops = static_cast<std::size_t>(spec.crops);
  const auto row_bytes = static_cast<std::size_t>(row_shape.count());
  const std::size_t stored = row_bytes * (spec.stores_crops() ? crops : 1);
  std::vector<CropView> views(crops);  // of crops that are stored: the whole square
  if (!spec.stores_crops()) views = crop_views(spec, spec.stored_height(), spec.stored_width());
  std::vector<ConstTensor> rows;
  rows.reserve(clips.size() * crops);
  auto* place = places.as<std::int32_t>();
  for (const Clip& clip : clips) {
    expect(clip.frames.size() == stored, "a clip has {} bytes, the network reads {}", clip.frames.size(),
           stored);
    for (std::size_t i = 0; i < crops; ++i) {
      const std::uint8_t* frames = clip.frames.data() + (spec.stores_crops() ? i * row_bytes : 0);
      rows.emplace_back(reinterpret_cast<const std::byte*>(frames), row_shape, DType::u8, clip.memory);
      *place++ = views[i].top;
      *place++ = views[i].left;
      *place++ = is_mirrored(spec, static_cast<int>(i)) ? 1 : 0;
    }
  }
  backend.copy_parts(rows, tape.tensor(input.frames));
  backend.copy(places, tape.tensor(input.crops));
}

std::vector<float> floats_of(ConstTensor values) {
  const auto count = static_cast<std::size_t>(values.count());
  std::vector<float> result(count);
  if (values.type() == DType::f32) {
    std::copy_n(values.as<float>(), count, result.begin());
  } else {
    std::transform(values.as<BFloat16>(), values.as<BFloat16>() + count, result.begin(),
                   [](BFloat16 value) { return to_float(value); });
  }
  return result;
}

std::vector<float> to_host(Backend& backend, ConstTensor values) {
  std::vector<std::byte> bytes(values.bytes());
  const Tensor host(bytes.data(), values.shape(), values.type());
  backend.copy(values, host);
  backend.synchronize();
  return floats_of(host);
}

}  // namespace c3d
