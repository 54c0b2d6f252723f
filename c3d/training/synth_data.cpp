#include "c3d/training/synth_data.h"

#include <array>
#include <charconv>
#include <set>

#include "data/synth/synth_source.h"
#include "engine/core/error.h"
#include "engine/core/fingerprint.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

constexpr std::string_view kPrefix = "synth:";

// Of older versions' scenes nothing is promised: a run must not go on with others of the same numbers.
constexpr int kWorldVersion = 1;

struct Key {
  const char* name;
  std::int64_t SynthSpec::*member;
  std::int64_t least, most;
};
// Validation begins at this index, so that its scenes are none of training's, and stay the same when `clips`
// changes.
constexpr std::int64_t kFirstValidationScene = std::int64_t{1} << 40;
constexpr std::int64_t kMostClips = 10'000'000;
constexpr std::array<Key, 3> kKeys = {{{"clips", &SynthSpec::clips, 1, kMostClips},
                                       {"validation", &SynthSpec::validation, 0, kMostClips},
                                       {"seed", &SynthSpec::seed, 0, std::int64_t{1} << 53}}};

constexpr std::array<std::pair<const char*, synth::SceneTargets>, 3> kLabelWords = {
    {{"motion", synth::SceneTargets::motion},
     {"attributes", synth::SceneTargets::attributes},
     {"playback", synth::SceneTargets::playback}}};

synth::SceneTargets parse_labels(const std::string& text, const std::string& data) {
  std::vector<std::string> words;
  for (const auto& [word, targets] : kLabelWords) {
    words.emplace_back(word);
    if (text == word) return targets;
  }
  fail("--data {}: `labels` is motion, attributes or playback, not `{}`; did you mean `{}`?", data, text,
       nearest(text, words));
}

// Returns its name.
std::string assign_key(SynthSpec& spec, const std::string& part, const std::string& data) {
  const std::size_t equals = part.find('=');
  std::string name = part.substr(0, equals);
  const std::string text = equals == std::string::npos ? "" : part.substr(equals + 1);
  std::vector<std::string> names = {"labels"};
  if (name == names.front()) {
    spec.labels = parse_labels(text, data);
    return name;
  }
  for (const Key& key : kKeys) {
    names.emplace_back(key.name);
    if (name != key.name) continue;
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    expect(
        status == std::errc() && end == text.data() + text.size() && value >= key.least && value <= key.most,
        "--data {}: `{}` wants a whole number from {} to {}, as in {}={}", data, name, key.least, key.most,
        name, spec.*key.member);
    spec.*key.member = value;
    return name;
  }
  fail("--data {}: the synthetic world has no `{}`; did you mean `{}`? It has {}", data, name,
       nearest(name, names), fmt::join(names, ", "));
}

}  // namespace

bool is_synth(const std::string& data) { return data.starts_with(kPrefix); }

SynthSpec parse_synth_spec(const std::string& data) {
  SynthSpec spec;
  std::set<std::string> seen;
  for (const std::string& part : split_list(data.substr(kPrefix.size()))) {
    const std::string name = assign_key(spec, part, data);
    expect(seen.insert(name).second, "--data {}: `{}` stands there twice; say it once", data, name);
  }
  return spec;
}

void check_synth(const TrainSettings& settings) {
  const bool has_sets = parse_synth_spec(settings.data).labels == synth::SceneTargets::attributes;
  expect(!has_sets || settings.label_sets,
         "--data {}: attributes are several labels at once: set `targets` to label_set", settings.data);
  expect(has_sets || !settings.label_sets,
         "--data {}: a scene has one label here: add labels=attributes, or leave `targets` out",
         settings.data);
  expect(!has_sets || settings.flip == 0, "--data {}: left is not right in its attributes: set `flip` to 0",
         settings.data);
  const std::array<std::pair<const char*, const std::string*>, 5> of_files = {
      {{"val", &settings.val},
       {"root", &settings.root},
       {"classes", &settings.classes},
       {"group_regex", &settings.group_regex},
       {"fold", &settings.fold}}};
  for (const auto& [key, value] : of_files) {
    expect(value->empty(), "`{}` is about files, and --data {} reads none: leave it out", key, settings.data);
  }
  expect(settings.fps == kFileFrames,
         "`fps` goes by the times of files, and --data {} reads none: leave it out", settings.data);
}

PreparedData prepare_synth(const TrainSettings& settings, const ProgressCallback& progress) {
  const SynthSpec spec = parse_synth_spec(settings.data);
  PreparedData data;
  data.clip = clip_spec(settings);
  const auto seed = static_cast<std::uint64_t>(spec.seed);
  const int frames = data.clip.span();
  const std::int64_t all = spec.clips + spec.validation;
  data.train = synth::synth_dataset(seed, 0, spec.clips, frames, spec.labels,
                                    [&](std::int64_t planned) { progress(planned, all); });
  data.validation = synth::synth_dataset(seed, kFirstValidationScene, spec.validation, frames, spec.labels,
                                         [&](std::int64_t planned) { progress(spec.clips + planned, all); });
  progress(all, all);
  const synth::SceneSize size{.width = static_cast<int>(settings.resize_width),
                              .height = static_cast<int>(settings.resize_height),
                              .frames = frames};
  synth::check_scene_size(size);
  data.open = synth::open_synth(seed, size, spec.labels);
  data.cache = std::make_shared<VideoCache>();
  Fingerprint fingerprint;
  fingerprint.add_line(fmt::format("synth {} {} {} {} {} {}", kWorldVersion, spec.seed,
                                   static_cast<int>(spec.labels), spec.clips, spec.validation, frames));
  data.fingerprint = data.earlier_fingerprint = "synth " + fingerprint.text();
  return data;
}

}  // namespace c3d
