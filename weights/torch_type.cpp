#include "weights/torch_type.h"

#include <array>
#include <cstring>

#include "engine/core/bfloat16.h"
#include "engine/core/float16.h"

namespace c3d {
namespace {

template <typename T>
void convert(const std::byte* from, std::int64_t stride, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, from + static_cast<std::size_t>(i * stride) * sizeof(T), sizeof(T));
    if constexpr (std::is_arithmetic_v<T>) {
      to[i] = static_cast<float>(value);
    } else {
      to[i] = to_float(value);
    }
  }
}

constexpr std::string_view kFloat32 = "FloatStorage";
constexpr std::array kTypes{TorchType{kFloat32, 4, convert<float>},
                            TorchType{"DoubleStorage", 8, convert<double>},
                            TorchType{"HalfStorage", 2, convert<Float16>},
                            TorchType{"BFloat16Storage", 2, convert<BFloat16>},
                            TorchType{"LongStorage", 8, convert<std::int64_t>},
                            TorchType{"IntStorage", 4, convert<std::int32_t>},
                            TorchType{"ShortStorage", 2, convert<std::int16_t>},
                            TorchType{"CharStorage", 1, convert<std::int8_t>},
                            TorchType{"ByteStorage", 1, convert<std::uint8_t>},
                            TorchType{"BoolStorage", 1, convert<std::uint8_t>},
                            TorchType{"UntypedStorage", 1, convert<std::uint8_t>}};

}  // namespace

const TorchType* find_torch_type(std::string_view storage) {
  for (const TorchType& type : kTypes) {
    if (type.storage == storage) return &type;
  }
  return nullptr;
}

bool is_float32(const TorchType& type) { return type.storage == kFloat32; }

}  // namespace c3d
