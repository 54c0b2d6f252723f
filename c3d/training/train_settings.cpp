#include "c3d/training/train_settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <variant>

#include "c3d/common/bad_request.h"
#include "c3d/common/mean_file.h"
#include "c3d/common/plan_file.h"
#include "c3d/training/augmentation_settings.h"
#include "c3d/training/folds.h"
#include "c3d/training/optimization_settings.h"
#include "c3d/training/synth_data.h"
#include "c3d/training/target_settings.h"
#include "c3d/training/train_setting_table.h"
#include "data/video_groups.h"
#include "engine/core/argument.h"
#include "engine/core/nearest.h"
#include "engine/io/json.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

using OrderedJson = nlohmann::ordered_json;

template <typename Number>
Number parse_number(const std::string& key, const std::string& text, const char* kind) {
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  expect_argument(status != std::errc::result_out_of_range,
                  "the setting `{}` wants {}; `{}` is beyond what a computer's numbers hold", key, kind,
                  text);
  expect_argument(status == std::errc() && end == text.data() + text.size() && !text.empty(),
                  "the setting `{}` wants {}; `{}` is none", key, kind, text);
  return value;
}

std::string limit_text(const TrainSetting& setting, double limit) {
  if (!std::holds_alternative<std::int64_t TrainSettings::*>(setting.member))
    return fmt::format("{:g}", limit);
  return fmt::format("{}", limit >= kLargestWhole ? std::numeric_limits<std::int64_t>::max()
                                                  : static_cast<std::int64_t>(limit));
}

void check_range(const TrainSetting& setting, double value, const std::string& text) {
  expect_argument(value >= setting.least && value <= setting.most, "the setting `{}` must be {}; it is {}",
                  setting.name,
                  setting.most < kNoLimit ? fmt::format("from {} to {}", limit_text(setting, setting.least),
                                                        limit_text(setting, setting.most))
                                          : fmt::format("at least {}", limit_text(setting, setting.least)),
                  text);
}

void assign_word(const TrainSetting& setting, TrainSettings& to, const std::string& text) {
  const auto word = std::ranges::find(setting.choices, text);
  expect_argument(word != setting.choices.end(),
                  "the setting `{}` is one of {}; `{}` is none of them; the nearest is `{}`", setting.name,
                  fmt::join(setting.choices, ", "), text, nearest(text, setting.choices));
  std::get<WordMember>(setting.member).set(to, static_cast<std::size_t>(word - setting.choices.begin()));
}

// Of a path: a slip in a word that the setting takes too would be a file that nobody meant.
void check_path(const TrainSetting& setting, const std::string& text) {
  if (setting.name == "plan") check_plan_name(text);
  if (setting.name == "val") {
    expect_argument(
        !is_synth(text),
        "`val` is `{}`, but validation videos are files; with --data synth:... the synthetic world has "
        "scenes to validate, too: synth:validation=N",
        text);
  }
  std::error_code unknown;
  if (setting.name != "data" || text.find('/') != std::string::npos || std::filesystem::exists(text, unknown))
    return;
  const std::size_t colon = text.find(':');
  expect_argument(
      !is_near(text.substr(0, colon), "synth"),
      "`data` is `{}`: there is no such folder or list; did you mean synth:{}, the synthetic world?", text,
      colon == std::string::npos ? "" : text.substr(colon + 1));
}

std::string text_or_path(const TrainSetting& setting, const std::string& text) {
  const bool is_word = std::ranges::find(setting.choices, text) != setting.choices.end();
  const bool is_spec = setting.name == "data" && is_synth(text);
  if (!setting.is_path || text.empty() || is_word || is_spec) return text;
  check_path(setting, text);
  return std::filesystem::absolute(text).lexically_normal().string();
}

// What the profile's origin does; the stride and the length of clips stay.
void apply_profile(TrainSettings& s) {
  if (s.profile == Profile::custom) return;
  const Preprocessing p = profile_preprocessing(s.profile);
  s.resize = p.resize;
  s.resize_width = p.resize_width;
  s.resize_height = p.resize_height;
  s.crop_top = p.crop_top;
  s.crop_left = p.crop_left;
  s.colour_order = p.colour_order;
  s.mean = fmt::format("{}", fmt::join(p.mean, ","));
  s.input_scale = static_cast<double>(p.scale);
}

// But for the mean, which may not be known yet.
ModelInfo without_mean(const TrainSettings& s) {
  ModelInfo info;
  info.network = {.width = s.width,
                  .clip_frames = s.clip_frames,
                  .crop = s.crop,
                  .dropout = static_cast<float>(s.dropout),
                  .pool5 = s.pool5};
  info.frame_stride = static_cast<int>(s.frame_stride);
  info.fps = parse_frame_rate(s.fps);
  info.preprocessing = {.profile = s.profile,
                        .resize = s.resize,
                        .resize_width = static_cast<int>(s.resize_width),
                        .resize_height = static_cast<int>(s.resize_height),
                        .crop_top = static_cast<int>(s.crop_top),
                        .crop_left = static_cast<int>(s.crop_left),
                        .colour_order = s.colour_order,
                        .scale = static_cast<float>(s.input_scale)};
  return info;
}

OrderedJson to_json(const TrainSettings& settings, const TrainSetting& setting) {
  return std::visit(
      [&](const auto& member) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, WordMember>) {
          return OrderedJson(member.get(settings));
        } else {
          return OrderedJson(settings.*member);
        }
      },
      setting.member);
}

void check_isa(const std::string& name) {
  const std::vector<std::string> names{"amx", "avx512", "avx2", "neon", "portable"};
  expect_argument(name.empty() || std::ranges::find(names, name) != names.end(),
                  "the setting `isa` is one of {}, not `{}`; did you mean `{}`?", fmt::join(names, ", "),
                  name, nearest(name, names));
}

std::string value_text(const OrderedJson& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

}  // namespace

Assignment parse_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  expect_argument(equals != std::string::npos && equals > 0, "`--set {}`: write it as key=value", text);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void assign(TrainSettings& settings, const Assignment& assignment) {
  const auto& [key, text] = assignment;
  const TrainSetting& setting = find_setting(key);
  std::visit(
      [&](const auto& member) {
        using Member = std::remove_cvref_t<decltype(member)>;
        if constexpr (std::is_same_v<Member, WordMember>) {
          assign_word(setting, settings, text);
        } else if constexpr (std::is_same_v<Member, std::string TrainSettings::*>) {
          settings.*member = text_or_path(setting, text);
        } else if constexpr (std::is_same_v<Member, bool TrainSettings::*>) {
          expect_argument(text == "true" || text == "false", "the setting `{}` is true or false, not `{}`",
                          key, text);
          settings.*member = text == "true";
        } else {
          using Number = std::remove_reference_t<decltype(settings.*member)>;
          constexpr bool kWhole = std::is_same_v<Number, std::int64_t>;
          const Number value = parse_number<Number>(key, text, kWhole ? "a whole number" : "a number");
          check_range(setting, static_cast<double>(value), text);
          settings.*member = value;
        }
      },
      setting.member);
  if (key == "profile") apply_profile(settings);
  if (key == "fps") settings.fps = to_string(parse_frame_rate(settings.fps));
  if (key == "device") check_device_name(settings.device);
  if (key == "isa") check_isa(settings.isa);
  if (key == "group_regex" && !settings.group_regex.empty()) check_group_regex(settings.group_regex);
}

std::string setting_text(const TrainSettings& settings, const std::string& key) {
  return value_text(to_json(settings, find_setting(key)));
}

std::array<float, 3> parse_mean(const std::string& text) {
  const std::vector<double> numbers = parse_numbers("mean", text);
  expect_argument(
      numbers.size() == 3 && std::all_of(numbers.begin(), numbers.end(),
                                         [](double number) { return number >= 0 && number <= 255; }),
      "`mean` is `{}`; it must be three numbers from 0 to 255, one for each colour", text);
  return {static_cast<float>(numbers[0]), static_cast<float>(numbers[1]), static_cast<float>(numbers[2])};
}

ModelInfo model_info(const TrainSettings& s, const std::array<float, 3>& mean) {
  ModelInfo info = without_mean(s);
  info.preprocessing.mean = mean;
  if (!s.mean_file.empty()) set_mean(info.preprocessing, s.mean_file, s.clip_frames);
  check_clips(info);
  return info;
}

ClipSpec clip_spec(const TrainSettings& s) {
  ClipSpec spec = clip_spec(without_mean(s));
  spec.short_clips = s.short_clips;
  spec.clips = static_cast<int>(s.validation_clips);
  spec.flip = s.flip;
  spec.crop_when_read = augmentation_of(s).changes_pixels();
  return spec;
}

ClipSpec evaluation_clip(const TrainSettings& s, const ClipSpec& clip) {
  ClipSpec spec = clip;
  spec.crops = static_cast<int>(s.validation_crops);
  return spec;
}

void check_settings(const TrainSettings& s) {
  expect_request(!s.data.empty(), "no training videos were named: give --data a folder or a list");
  fold_of(s);
  if (is_synth(s.data)) check_synth(s);
  expect_request(s.epochs == 0 || s.steps == 0,
                 "`epochs` and `steps` both say how long to train; give one of them");
  expect_request(
      (s.resize == ResizeRule::short_side || s.crop <= s.resize_width) && s.crop <= s.resize_height,
      "`crop` is {}, but frames are resized to {}x{}", s.crop, s.resize_width, s.resize_height);
  expect_request(s.schedule != ScheduleKind::step || s.schedule_every > 0,
                 "the schedule `step` wants `schedule_every`, the steps between its falls");
  const auto milestones = parse_whole_numbers("milestones", s.milestones);
  expect_request(s.schedule != ScheduleKind::multistep || !milestones.empty(),
                 "the schedule `multistep` wants `milestones`");
  expect_request(std::is_sorted(milestones.begin(), milestones.end()), "`milestones` must rise: {}",
                 s.milestones);
  expect_request(
      !augmentation_of(s).changes_pixels() || s.mean_file.empty(),
      "`mean_file` is subtracted where each pixel stood in its frame, and augmentation moves pixels: "
      "leave one of them out, or give the mean of each colour (`mean`)");
  check_optimization(s);
  check_targets(s);
  const bool measures_mean = s.mean == kMeasuredMean;
  expect_request(s.profile == Profile::custom || !measures_mean,
                 "the profile {} has its own mean; leave `mean` out, or choose the profile custom",
                 to_string(s.profile));
  const ModelInfo info = model_info(s, measures_mean ? std::array<float, 3>{} : parse_mean(s.mean));
  expect_request(s.validation_crops == 1 || s.validation_crops == 3 || s.validation_crops == 10,
                 "`validation_crops` is {}; it is 1, 3 or 10", s.validation_crops);
  check_crops(info, s.validation_crops);
  expect_request(s.reinit.empty() || !s.init.empty(),
                 "`reinit` starts layers anew that --init would fill; give --init");
}

bool may_change_on_resume(const std::string& key) { return find_setting(key).may_change; }

std::string settings_json(const TrainSettings& settings) {
  OrderedJson json = OrderedJson::object();
  for (const TrainSetting& setting : train_setting_table()) json[setting.name] = to_json(settings, setting);
  // Paths need not be UTF-8; such a one must be named again to go on.
  return dump_json(json, 2) + "\n";
}

std::string asked_json(const std::vector<Assignment>& asked) {
  OrderedJson json = OrderedJson::object();
  for (const Assignment& assignment : asked) {
    TrainSettings settings;
    assign(settings, assignment);
    json.erase(assignment.first);
    json[assignment.first] = to_json(settings, find_setting(assignment.first));
  }
  return dump_json(json, 2) + "\n";
}

std::vector<std::string> resume_conflicts(const TrainSettings& was, const TrainSettings& now) {
  std::vector<std::string> conflicts;
  for (const TrainSetting& setting : train_setting_table()) {
    const OrderedJson before = to_json(was, setting), after = to_json(now, setting);
    if (setting.may_change || before == after) continue;
    const auto text = [](const OrderedJson& value) { return dump_json(value); };
    conflicts.push_back(fmt::format("{} (was {}, now {})", setting.name, text(before), text(after)));
  }
  return conflicts;
}

std::string setting_kind(const TrainSetting& setting) {
  if (setting.choices.empty()) return setting.unit;
  std::string kind = fmt::format("{}", fmt::join(setting.choices, "|"));
  if (setting.is_path) kind += "|" + setting.unit;
  return kind;
}

std::string settings_help() {
  const TrainSettings defaults;
  std::string help = "Settings, for --set key=value and --config (a JSON object); [default]:\n";
  std::string group;
  for (const TrainSetting& setting : train_setting_table()) {
    if (group != setting.group) help += fmt::format("\n {}\n", setting.group);
    group = setting.group;
    help += fmt::format("  {:<20} {} ({}) [{}]\n", setting.name, setting.help, setting_kind(setting),
                        value_text(to_json(defaults, setting)));
  }
  return help;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    const std::size_t first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
    if (first != std::string::npos) parts.push_back(part.substr(first, last - first + 1));
  }
  return parts;
}

namespace {

// split_list() of numbers, between which nothing may be missing.
std::vector<std::string> number_list(const std::string& key, const std::string& text) {
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    expect_argument(
        part.find_first_not_of(' ') != std::string::npos || text.find_first_not_of(' ') == std::string::npos,
        "the setting `{}` is `{}`: a number is missing at a comma", key, text);
  }
  return split_list(text);
}

}  // namespace

std::vector<std::int64_t> parse_whole_numbers(const std::string& key, const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (const std::string& part : number_list(key, text)) {
    numbers.push_back(parse_number<std::int64_t>(key, part, "whole numbers"));
  }
  return numbers;
}

std::vector<double> parse_numbers(const std::string& key, const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : number_list(key, text)) {
    numbers.push_back(parse_number<double>(key, part, "numbers"));
    expect_argument(std::isfinite(numbers.back()), "the setting `{}` wants numbers; `{}` is none", key, part);
  }
  return numbers;
}

}  // namespace c3d
