// Where videos are decoded: on the CPU, or by an NVIDIA GPU's decoder (NVDEC), through FFmpeg either way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

// automatic: by the GPU that computes, where its decoder gives the bytes that the CPU's gives. cuda: by a
// GPU, whatever it decodes.
enum class DecodeOn : std::uint8_t { automatic, cpu, cuda };
inline std::vector<std::pair<std::string, DecodeOn>> decode_names() {
  return {{"auto", DecodeOn::automatic}, {"cpu", DecodeOn::cpu}, {"cuda", DecodeOn::cuda}};
}

// A GPU that was opened for decoding, for any number of videos and threads. FFmpeg has a CUDA context of its
// own there: it does not take the one that computes, as their flags differ.
class DecodeDevice;

struct DecodeChoice {
  std::shared_ptr<const DecodeDevice> device;  // nullptr: the CPU
  std::string why;                             // of `automatic` and `cuda`, in one line for people
};

// The number of the GPU to decode by, where `computing` computes (nullopt: no GPU does); nullopt: none.
std::optional<int> gpu_to_decode(DecodeOn wanted, std::optional<int> computing);
// Error: `cuda` is wanted, and FFmpeg was built without it, or the GPU cannot be opened.
DecodeChoice choose_decode_device(DecodeOn wanted, std::optional<int> computing);

}  // namespace c3d
