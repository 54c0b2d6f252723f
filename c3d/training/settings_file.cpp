// The reading half of train_settings.h: a flat JSON object becomes assignments. Read event by event, so that
// numbers keep all their digits and a key that stands twice is seen.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <variant>

#include "c3d/training/train_setting_table.h"
#include "engine/core/error.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

using PlainJson = nlohmann::json;

constexpr std::size_t kMaxSettingsBytes = 1 << 20;  // of a settings file

enum class Kind : std::uint8_t { text, number, truth };

const char* kind_wanted(const TrainSetting& setting) {
  return std::holds_alternative<bool TrainSettings::*>(setting.member)           ? "true or false"
         : std::holds_alternative<std::int64_t TrainSettings::*>(setting.member) ? "a whole number"
         : std::holds_alternative<double TrainSettings::*>(setting.member)       ? "a number"
                                                                                 : "a text";
}

bool takes(const TrainSetting& setting, Kind kind) {
  if (std::holds_alternative<bool TrainSettings::*>(setting.member)) return kind == Kind::truth;
  const bool is_number = std::holds_alternative<std::int64_t TrainSettings::*>(setting.member) ||
                         std::holds_alternative<double TrainSettings::*>(setting.member);
  // A text may be written as a number: "milestones": 1000.
  return is_number ? kind == Kind::number : kind != Kind::truth;
}

class Reader {
 public:
  using number_integer_t = PlainJson::number_integer_t;
  using number_unsigned_t = PlainJson::number_unsigned_t;
  using number_float_t = PlainJson::number_float_t;
  using string_t = PlainJson::string_t;
  using binary_t = PlainJson::binary_t;

  Reader(const std::string& text, const std::string& source) : text_(text), source_(source) {}

  std::vector<Assignment> assignments() && { return std::move(assignments_); }

  bool null() {
    refuse_outside();
    fail("{}: `{}` is null; leave the setting out, or give it a value", source_, key_);
  }
  bool boolean(bool value) { return take(value ? "true" : "false", Kind::truth); }
  bool number_integer(number_integer_t value) { return take(std::to_string(value), Kind::number); }
  bool number_unsigned(number_unsigned_t value) { return take(std::to_string(value), Kind::number); }
  bool number_float(number_float_t, const string_t& digits) { return take(digits, Kind::number); }
  bool string(string_t& value) { return take(value, Kind::text); }
  bool binary(binary_t&) { return false; }  // JSON has none
  bool start_object(std::size_t) {
    expect(depth_ == 0, "{}: `{}` must be a number, a text, true, false or a list of these, not an object",
           source_, key_);
    ++depth_;
    return true;
  }
  bool key(string_t& name) {
    expect(seen_.insert(name).second, "{}: the setting `{}` stands there twice", source_, name);
    try {
      setting_ = find_setting(name);
    } catch (const Error& error) {
      fail("{}: {}", source_, Lines{error.message()});
    }
    key_ = name;
    return true;
  }
  bool end_object() {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) {
    refuse_outside();
    expect(!in_list_, "{}: `{}` holds a list in a list", source_, key_);
    expect(takes(setting_, Kind::text), "{}: `{}` wants {}, not a list", source_, key_,
           kind_wanted(setting_));
    in_list_ = true;
    return true;
  }
  bool end_array() {
    put(fmt::format("{}", fmt::join(list_, ",")));
    list_.clear();
    in_list_ = false;
    return true;
  }
  // The library's words after its own preamble; the place in ours.
  bool parse_error(std::size_t position, const std::string& token, const PlainJson::exception& error) {
    if (dynamic_cast<const PlainJson::out_of_range*>(&error) != nullptr) {
      fail("{}: `{}` is {:.40}, a number beyond all that computers count with", source_, key_, token);
    }
    const std::size_t end = std::min(position == 0 ? 0 : position - 1, text_.size());
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    std::string what = error.what();
    for (const std::string_view preamble : {"] ", "syntax error "}) {
      const auto from = what.find(preamble);
      if (from != std::string::npos) what.erase(0, from + preamble.size());
    }
    fail("{}, line {}: this is not JSON; {}", source_, line, what);
  }

 private:
  void refuse_outside() const {
    expect(depth_ == 1, "{}: the settings must be one JSON object, {{\"key\": value, ...}}", source_);
  }
  bool take(const std::string& value, Kind kind) {
    refuse_outside();
    if (in_list_) {
      list_.push_back(value);
      return true;
    }
    expect(
        takes(setting_, kind), "{}: the setting `{}` wants {}; it is {}", source_, key_,
        kind_wanted(setting_),
        kind == Kind::text ? fmt::format("the text \"{}\" (leave the quotes out)", printable(value)) : value);
    put(value);
    return true;
  }
  void put(const std::string& value) {
    try {
      TrainSettings scratch;
      assign(scratch, {key_, value});
    } catch (const Error& error) {
      fail("{}: {}", source_, Lines{error.message()});
    }
    assignments_.emplace_back(key_, value);
  }

  const std::string& text_;
  const std::string& source_;
  int depth_ = 0;
  std::string key_;
  TrainSetting setting_{};  // of key_
  bool in_list_ = false;
  std::vector<std::string> list_;
  std::set<std::string> seen_;
  std::vector<Assignment> assignments_;
};

}  // namespace

std::vector<Assignment> parse_settings(const std::string& json_text, const std::string& source) {
  Reader reader(json_text, source);
  PlainJson::sax_parse(json_text, &reader);
  return std::move(reader).assignments();
}

std::vector<Assignment> read_settings(const std::filesystem::path& json_file) {
  std::error_code error;
  expect(file_identity(json_file).has_value(), "{}: there is no such settings file to read", json_file);
  expect(!std::filesystem::is_directory(json_file, error), "{}: this is a folder, not a file of settings",
         json_file);
  std::ifstream file(json_file, std::ios::binary);  // a pipe too
  std::string text(kMaxSettingsBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  expect(file.eof() || !file.fail(), "{}: it cannot be read", json_file);
  text.resize(static_cast<std::size_t>(file.gcount()));
  expect(text.size() <= kMaxSettingsBytes, "{}: this is too long for a file of settings", json_file);
  return parse_settings(text, json_file.string());
}

}  // namespace c3d
