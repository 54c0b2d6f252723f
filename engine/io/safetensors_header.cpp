#include "engine/io/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/shape.h"

namespace c3d {
namespace {

constexpr std::size_t kMaxNameBytes = 1000;

// Takes the JSON apart as it is read: the format allows so little that no tree is needed, and what it does
// not allow (two equal keys above all, which a tree would swallow) is refused at once.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { refuse("a null"); }
  bool boolean(bool) override { refuse("a boolean"); }
  bool number_integer(number_integer_t) override { refuse("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    refuse("a number that is no 64-bit integer");
  }
  bool binary(binary_t&) override { refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      expect(value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) &&
                 entry().shape.size() < Shape::kMaxRank,
             "tensor '{}' has a dimension that is too large, or more than {} dimensions", entry().name,
             Shape::kMaxRank);
      entry().shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::offsets && entry().offsets.size() < 2) {
      entry().offsets.push_back(value);
    } else {
      refuse("a number");
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::type) {
      entry().type = value;
      place_ = Place::fields;
    } else if (place_ == Place::metadata_value) {
      header_.metadata[key_] = std::move(value);
      place_ = Place::metadata;
    } else {
      refuse("a string");
    }
    return true;
  }

  bool key(string_t& value) override {
    if (place_ == Place::names) {
      name(value);
    } else if (place_ == Place::metadata) {
      expect(header_.metadata.try_emplace(value).second, "the metadata have a key twice");
      key_ = std::move(value);
      place_ = Place::metadata_value;
    } else {
      field(value);
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::start) {
      place_ = Place::names;
    } else if (place_ == Place::tensor) {
      place_ = Place::fields;
    } else if (place_ == Place::metadata_start) {
      place_ = Place::metadata;
    } else {
      refuse("an object");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::fields) {
      expect(!entry().type.empty() && has_shape_ && entry().offsets.size() == 2,
             "tensor '{}' lacks its dtype, shape or data_offsets", entry().name);
    }
    place_ = place_ == Place::names ? Place::end : Place::names;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::shape_start) {
      place_ = Place::shape;
    } else if (place_ == Place::offsets_start) {
      place_ = Place::offsets;
    } else {
      refuse("an array");
    }
    return true;
  }

  bool end_array() override {
    place_ = Place::fields;
    return true;
  }

  // Without the library's text, which quotes the file at any length.
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail("the header is not valid JSON (byte {} of it)", position);
  }

 private:
  enum class Place : std::uint8_t {
    start,
    names,
    tensor,
    fields,
    type,
    shape_start,
    shape,
    offsets_start,
    offsets,
    metadata_start,
    metadata,
    metadata_value,
    end
  };

  SafetensorsEntry& entry() { return header_.entries.back(); }

  [[noreturn]] void refuse(const char* what) const {
    const bool in_tensor = place_ != Place::start && place_ != Place::names && place_ < Place::metadata_start;
    if (in_tensor)
      fail("the header has {} in the wrong place, at tensor '{}'", what, header_.entries.back().name);
    fail("the header has {} in the wrong place", what);
  }

  void name(const std::string& value) {
    expect(!value.empty() && value.size() <= kMaxNameBytes &&
               std::none_of(value.begin(), value.end(),
                            [](char c) { return static_cast<unsigned char>(c) < ' '; }),
           "the header has a tensor name that is empty, longer than {} bytes or not printable",
           kMaxNameBytes);
    if (value == kSafetensorsMetadataKey) {
      expect(!std::exchange(has_metadata_, true), "the header has {} twice", kSafetensorsMetadataKey);
      place_ = Place::metadata_start;
      return;
    }
    expect(names_.insert(value).second, "there are two tensors named '{}'", value);
    header_.entries.emplace_back().name = value;
    has_shape_ = false;
    place_ = Place::tensor;
  }

  void field(const std::string& value) {
    if (value == "dtype" && entry().type.empty()) {
      place_ = Place::type;
    } else if (value == "shape" && !std::exchange(has_shape_, true)) {
      place_ = Place::shape_start;
    } else if (value == "data_offsets" && entry().offsets.empty()) {
      place_ = Place::offsets_start;
    } else {
      fail("tensor '{}' has a field that is unknown or there twice; known are dtype, shape, data_offsets",
           entry().name);
    }
  }

  SafetensorsHeader header_;
  std::set<std::string> names_;
  std::string key_;
  bool has_metadata_ = false, has_shape_ = false;
  Place place_ = Place::start;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json) {
  // The library takes a zero byte for the end.
  const std::size_t zero = json.find('\0');
  expect(zero == std::string_view::npos, "the header is not valid JSON (byte {} of it)", zero);
  HeaderReader reader;
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  return reader.take();
}

}  // namespace c3d
