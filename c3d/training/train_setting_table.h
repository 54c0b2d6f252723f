// The table behind train_settings.h: one row a setting, in the order of --help and config.json.
#pragma once

#include <functional>
#include <limits>
#include <variant>

#include "c3d/training/train_settings.h"

namespace c3d {

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();
inline constexpr double kLargestWhole = 0x1p63;  // the double nearest to the largest int64, one less

// A setting whose words stand for the values of an enum, or of a switch.
struct WordMember {
  std::function<std::string(const TrainSettings&)> get;
  std::function<void(TrainSettings&, std::size_t)> set;  // the value of the word at this place in `choices`
};

struct TrainSetting {
  using Member = std::variant<std::string TrainSettings::*, std::int64_t TrainSettings::*,
                              double TrainSettings::*, bool TrainSettings::*, WordMember>;
  std::string group = {};
  std::string name;
  Member member;
  std::string unit, help;
  double least = 0, most = kNoLimit;      // of numbers
  std::vector<std::string> choices = {};  // of words, or of texts; empty: any
  bool is_path = false;                   // a path unless it is one of the choices
  bool may_change = false;                // when a run is resumed: it does not say what is learnt
};

// Made once, at the first call.
const std::vector<TrainSetting>& train_setting_table();
// The values it takes: its unit, or all of its choices, "measured|fixed|path".
std::string setting_kind(const TrainSetting& setting);
// Error with the nearest name.
const TrainSetting& find_setting(const std::string& key);

}  // namespace c3d
