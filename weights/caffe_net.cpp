#include "weights/caffe_net.h"

#include <algorithm>
#include <cctype>

#include "engine/core/error.h"
#include "weights/wire_reader.h"

namespace c3d {
namespace {

constexpr std::uint32_t kOldLayers = 2, kNewLayers = 100;  // of NetParameter
// The numbers of the fields for a name, for blobs and for a layer of the oldest kind in each message.
struct LayerFields {
  std::uint32_t name, blobs, oldest;
};
constexpr LayerFields kOldLayer{4, 6, 1}, kNewLayer{1, 7, 0}, kOldestLayer{1, 50, 0};

constexpr std::size_t kMaxLayers = 10'000, kMaxBlobs = 100, kMaxNameBytes = 1000;

struct NetField {
  std::uint32_t number;
  WireType type;
};
constexpr NetField kNetFields[] = {{1, WireType::bytes},  {2, WireType::bytes},  {3, WireType::bytes},
                                   {4, WireType::varint}, {5, WireType::varint}, {6, WireType::bytes},
                                   {7, WireType::varint}, {8, WireType::bytes},  {100, WireType::bytes}};

bool is_layer(const WireReader& field) {
  return field.type() == WireType::bytes && (field.number() == kOldLayers || field.number() == kNewLayers);
}

std::string text_of(std::span<const std::byte> bytes) {
  expect(bytes.size() <= kMaxNameBytes, "a layer's name has {} bytes", bytes.size());
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  expect(std::ranges::none_of(text, [](unsigned char c) { return std::iscntrl(c) != 0; }),
         "a layer's name is not printable");
  return text;
}

void add_fields(CaffeLayer& layer, std::span<const std::byte> message, const LayerFields& numbers) {
  WireReader fields(message);
  while (fields.next()) {
    if (fields.type() != WireType::bytes) continue;
    if (fields.number() == numbers.name && layer.name.empty()) layer.name = text_of(fields.bytes());
    if (fields.number() == numbers.blobs) {
      expect(layer.blobs.size() < kMaxBlobs, "layer '{}' has more than {} blobs", layer.name, kMaxBlobs);
      layer.blobs.push_back(fields.bytes());
    }
    if (fields.number() == numbers.oldest) add_fields(layer, fields.bytes(), kOldestLayer);
  }
  expect(!fields.broken(), "layer '{}' is damaged, or cut short", layer.name);
}

// In layers of both kinds the first four fields are names or messages.
bool looks_like_layer(std::span<const std::byte> head) {
  WireReader fields(head, true);
  bool any = false;
  while (fields.next()) {
    if (fields.number() <= 4 && fields.type() != WireType::bytes) return false;
    any = true;
  }
  return any && !fields.broken();
}

}  // namespace

std::vector<CaffeLayer> find_layers(std::span<const std::byte> net) {
  std::vector<CaffeLayer> layers;
  WireReader fields(net);
  while (fields.next()) {
    if (!is_layer(fields)) continue;
    CaffeLayer layer;
    add_fields(layer, fields.bytes(), fields.number() == kOldLayers ? kOldLayer : kNewLayer);
    if (layer.blobs.empty()) continue;
    expect(!layer.name.empty(), "a layer with weights has no name");
    expect(layers.size() < kMaxLayers, "it has more than {} layers", kMaxLayers);
    layers.push_back(std::move(layer));
  }
  expect(!fields.broken(), "it is no .caffemodel, or cut short: {} of its layers can be read", layers.size());
  expect(!layers.empty(), "it holds no layer with weights: it is no .caffemodel of a trained network");
  return layers;
}

bool looks_like_caffemodel(std::span<const std::byte> head) {
  WireReader fields(head, true);
  bool any_layer = false;
  while (fields.next()) {
    const bool known = std::ranges::any_of(kNetFields, [&](const NetField& field) {
      return field.number == fields.number() && field.type == fields.type();
    });
    if (!known || (is_layer(fields) && !looks_like_layer(fields.bytes()))) return false;
    any_layer = any_layer || is_layer(fields);
  }
  return any_layer && !fields.broken();
}

}  // namespace c3d
