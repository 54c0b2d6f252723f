#include "c3d/training/prepared_data.h"

#include <algorithm>
#include <cmath>

#include "c3d/training/augmentation_settings.h"
#include "c3d/training/data_warnings.h"
#include "c3d/training/label_set_data.h"
#include "c3d/training/synth_data.h"
#include "data/splits.h"
#include "engine/core/cache_folder.h"
#include "engine/core/error.h"
#include "engine/core/fingerprint.h"
#include "engine/core/printable.h"
#include "engine/core/usable_threads.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostListed = 20;  // broken videos
constexpr double kImbalance = 5;
constexpr std::size_t kMeanVideos = 256;
constexpr int kMeanFrames = 8;  // of each

void add_earlier(Fingerprint& fingerprint, const Dataset& dataset) {
  for (const std::string& label : dataset.labels) fingerprint.add_line(label);
  for (const Video& video : dataset.videos) {
    fingerprint.add_line(
        fmt::format("{} {} {}", video.path.filename().string(), class_numbers(dataset, video), video.frames));
  }
}

// How many parts of their paths name the folder that all of these videos share.
std::size_t common_parts(const Dataset& dataset) {
  if (dataset.videos.empty()) return 0;
  const fs::path first = dataset.videos.front().path.parent_path();
  auto end = first.end();
  for (const Video& video : dataset.videos) {
    const fs::path folder = video.path.parent_path();
    end = std::mismatch(first.begin(), end, folder.begin(), folder.end()).first;
  }
  return static_cast<std::size_t>(std::distance(first.begin(), end));
}

void add(Fingerprint& fingerprint, const Dataset& dataset) {
  for (const std::string& label : dataset.labels) fingerprint.add_line(label);
  const std::size_t parts = common_parts(dataset);
  for (const Video& video : dataset.videos) {
    fs::path name;
    std::size_t part = 0;
    for (const fs::path& piece : video.path) {
      if (part++ >= parts) name /= piece;
    }
    std::error_code is_folder;  // of frames
    const std::uintmax_t bytes = fs::file_size(video.path, is_folder);
    fingerprint.add_line(fmt::format("{} {} {} {}", name.string(), class_numbers(dataset, video),
                                     video.frames, is_folder ? 0 : bytes));
  }
}

// A folder for each dataset, in one that bounds them all.
std::shared_ptr<VideoCache> open_cache(const TrainSettings& settings, bool keeps_frames) {
  fs::path base = settings.cache_folder;
  if (base.empty()) base = user_cache_folder();
  if (base.empty()) {
    auto none = std::make_shared<VideoCache>();
    none->note(
        "nothing is kept for later runs: neither XDG_CACHE_HOME nor HOME names a folder; cache_folder does");
    return none;
  }
  Fingerprint name;
  name.add_line(
      fmt::format("{} {} {}x{}", settings.data, settings.val, settings.resize_width, settings.resize_height));
  const double bytes = keeps_frames ? settings.cache_gb * 1e9 : 0;
  return std::make_shared<VideoCache>(base / name.text(), static_cast<std::uint64_t>(bytes));
}

// One for each, up to a few.
template <typename Item, typename Text>
void note_each(const std::vector<Item>& items, const Text& text, const char* what,
               std::vector<std::string>& notes) {
  for (std::size_t i = 0; i < std::min(items.size(), kMostListed); ++i) notes.push_back(text(items[i]));
  if (items.size() > kMostListed)
    notes.push_back(fmt::format("and {} more {}", items.size() - kMostListed, what));
}

// About videos with fewer frames than a clip spans; empty where there are none.
std::string short_video_note(const Dataset& dataset, const ClipSpec& spec) {
  const int needed = spec.span();
  std::vector<std::string> shorter;
  for (const Video& video : dataset.videos) {
    if (video.frames < needed)
      shorter.push_back(fmt::format("{}, {} frames", printable(video.path.native()), video.frames));
  }
  if (shorter.empty()) return "";
  const char* what = spec.short_clips == ShortClips::skip     ? "skipped"
                     : spec.short_clips == ShortClips::repeat ? "filled with their last frame"
                                                              : "looped";
  return fmt::format(
      "{} videos have less than the {} frames a clip spans and are {}: {}. Set short_clips to treat them "
      "otherwise, or clip_frames and frame_stride to shorten clips",
      shorter.size(), needed, what, a_few(shorter));
}

void note_classes(const Dataset& train, std::vector<std::string>& notes) {
  if (train.has_label_sets) return check_label_sets(train, notes);
  const std::vector<std::int64_t> counts = videos_of_classes(train);
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  const auto name = [&](auto at) { return train.labels[static_cast<std::size_t>(at - counts.begin())]; };
  std::vector<std::string> empty;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) empty.push_back(printable(train.labels[i]));
  }
  if (!empty.empty()) {
    notes.push_back(
        fmt::format("{} no training video and will never be predicted: {}. Add videos, or take {}",
                    empty.size() == 1 ? "a class has" : "classes have", a_few(empty),
                    empty.size() == 1 ? "it out" : "them out"));
  } else if (static_cast<double>(*most) > kImbalance * static_cast<double>(*least)) {
    notes.push_back(
        fmt::format("the classes are out of balance: {} has {} training videos, {} has {}; accuracy alone "
                    "will flatter the "
                    "large ones, look at the table of classes; the settings balance and class_weights even "
                    "out their training",
                    name(most), *most, name(least), *least));
  }
}

// Whether some class has two videos, of which one could validate.
bool can_part(const Dataset& dataset) {
  std::vector<bool> has_one(dataset.labels.size(), false);
  return std::ranges::any_of(dataset.videos, [&](const Video& video) {
    bool had_one = false;
    for (const std::int32_t label : classes_of(dataset, video)) {
      had_one = had_one || has_one[static_cast<std::size_t>(label)];
      has_one[static_cast<std::size_t>(label)] = true;
    }
    return had_one;
  });
}

// Validation by the training videos themselves shows what was learned by heart. Where there are no others it
// still says whether anything was.
void note_the_same(const Sides& sides, PreparedData& data) {
  expect(!can_part(data.train),
         "{}: the validation videos (--val) are the training videos themselves: give others, or leave --val "
         "out to keep back a part of them",
         sides.validation);
  data.notes.emplace_back(
      "the training videos themselves validate: each class has one video. What is measured says nothing of "
      "new videos");
}

// One video on both sides makes validation look better than it is.
void expect_apart(const Sides& sides, const Dataset& train, const Dataset& validation) {
  const auto shared = shared_videos(train, validation);
  if (shared.empty()) return;
  fail(
      "{} of the {} videos in {} are training videos too, for example {}, which is {}: take them out of one "
      "side",
      shared.size(), validation.videos.size(), sides.validation, shared[0].second, shared[0].first);
}

std::string shared_note(const PreparedData& data) {
  const auto shared = shared_videos(data.train, data.validation);
  if (shared.empty()) return "";
  return fmt::format(
      "{} videos are kept back for validation and train under another name, for example {}, which is {}: "
      "validation looks better than it is",
      shared.size(), printable(shared[0].second.native()), printable(shared[0].first.native()));
}

void expect_no_validation(const Sides& sides) {
  expect(
      sides.validation.empty(),
      "{}: these videos validate, while folds do so with parts of the training videos: leave the folds out, "
      "or give {} alone as --data",
      sides.validation, sides.train);
}

// All folds together, in an order that is the same for each of them.
std::string fingerprint_of_all(const PreparedData& data) {
  Dataset all = data.train;
  all.videos.insert(all.videos.end(), data.validation.videos.begin(), data.validation.videos.end());
  std::ranges::sort(all.videos, {}, &Video::path);
  Fingerprint fingerprint;
  add(fingerprint, all);
  return fingerprint.text();
}

// Parts what is read into the two sides, where no videos are given for validation.
void split_sides(const TrainSettings& settings, const std::optional<FoldChoice>& fold, PreparedData& data) {
  const std::string regex = settings.group_regex.empty() ? kDefaultGroupRegex : settings.group_regex;
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  for (std::string& note : group_notes(data.train, regex, fold ? fold->folds : 0)) {
    data.notes.push_back(std::move(note));
  }
  if (fold) {
    data.folds = split_fold(*fold, regex, seed, data.train, data.validation);
    data.folds->fingerprint = fingerprint_of_all(data);
  } else {
    Split split = split_by_group(data.train, settings.validation_share, regex, seed);
    const std::int64_t ignored = data.train.ignored_files;
    data.train = std::move(split.train);
    data.train.ignored_files = ignored;
    data.validation = std::move(split.validation);
  }
  if (std::string note = shared_note(data); !note.empty()) data.notes.push_back(std::move(note));
}

// Sorts out which videos train and which validate; both are counted when this returns.
void read_sides(const TrainSettings& settings, PreparedData& data,
                const std::function<void(Dataset&)>& index) {
  ListOptions options;
  if (!settings.root.empty()) options.root = settings.root;
  if (!settings.classes.empty()) options.classes = settings.classes;
  options.label_sets = settings.label_sets;
  const Sides sides = find_sides(settings.data, settings.val);
  const std::optional<FoldChoice> fold = fold_of(settings);
  if (fold) expect_no_validation(sides);
  data.train = read_dataset(sides.train, options, {}, sides.left_out);
  if (data.train.labels.size() < 2 && !settings.label_sets) {
    Lines notes;
    for (const std::string& note : data.train.notes) notes.text += "\n  " + note;
    fail("{}: it holds one class; there is nothing to tell apart{}", sides.train, notes);
  }
  if (sides.are_the_same) note_the_same(sides, data);
  data.validation.labels = data.train.labels;
  data.validation.has_label_sets = settings.label_sets;
  if (!sides.validation.empty()) {
    data.validation = read_dataset(sides.validation, options, data.train.labels);
    if (!sides.are_the_same) expect_apart(sides, data.train, data.validation);
  }
  for (const auto& notes : {sides.notes, data.train.notes, data.validation.notes}) {
    data.passed_over.insert(data.passed_over.end(), notes.begin(), notes.end());
  }
  data.notes.insert(data.notes.end(), data.passed_over.begin(), data.passed_over.end());
  index(data.train);
  if (!sides.validation.empty()) {
    index(data.validation);
  } else if (fold || settings.validation_share > 0) {
    split_sides(settings, fold, data);
  }
}

std::string broken_line(const PreparedData& data) { return fmt::format("broken: {}\n", data.broken.size()); }

}  // namespace

std::string reason_of(const BrokenVideo& video) {
  for (const fs::path& name : {video.path, fs::absolute(video.path).lexically_normal()}) {
    const std::string start = printable(name.native()) + ": ";
    if (video.error.starts_with(start)) return video.error.substr(start.size());
  }
  return video.error;
}

void expect_few_broken(const std::vector<BrokenVideo>& broken, std::size_t videos, double share) {
  if (broken.size() <= 1 || static_cast<double>(broken.size()) <= share * static_cast<double>(videos)) return;
  Lines list;
  for (std::size_t i = 0; i < std::min(broken.size(), kMostListed); ++i) {
    list.text += fmt::format("\n  {}: {}", printable(broken[i].path.native()), reason_of(broken[i]));
  }
  if (broken.size() > kMostListed) list.text += fmt::format("\n  and {} more", broken.size() - kMostListed);
  fail("{} of {} videos do not decode, more than {:g} % (broken_share); repair or remove them:{}",
       broken.size(), videos, 100 * share, list);
}

int reader_threads(const TrainSettings& settings) {
  if (settings.loader_threads > 0) return static_cast<int>(settings.loader_threads);
  return usable_threads();
}

LoaderOptions loader_options(const TrainSettings& settings, bool training) {
  LoaderOptions options;
  options.batch = settings.batch;
  options.workers = reader_threads(settings);
  options.seed = static_cast<std::uint64_t>(settings.seed);
  options.clips_per_video = settings.clips_per_video;
  if (training) options.balance = settings.balance;
  options.evaluates = !training;
  if (training) options.augmentation = augmentation_of(settings);
  return options;
}

std::string split_table(const PreparedData& data) {
  if (data.folds) return fold_table(*data.folds, data.train, data.validation) + broken_line(data);
  std::string table = "class: training + validation videos\n";
  const auto training = videos_of_classes(data.train), validating = videos_of_classes(data.validation);
  for (std::size_t i = 0; i < data.train.labels.size(); ++i) {
    table += fmt::format("{}: {} + {}\n", printable(data.train.labels[i]), training[i], validating[i]);
  }
  if (data.train.has_label_sets) table += unlabelled_line(data.train, data.validation);
  return table + broken_line(data);
}

PreparedData prepare_data(const TrainSettings& settings, const ProgressCallback& progress) {
  if (is_synth(settings.data)) return prepare_synth(settings, progress);
  PreparedData data;
  data.clip = clip_spec(settings);
  IndexOptions options;
  options.cache = data.cache = open_cache(settings, !data.clip.keeps_shape());
  options.resize = read_size(data.clip);
  options.threads = reader_threads(settings);
  options.limits.timeout_seconds = settings.read_timeout;
  if (data.clip.keeps_shape() && settings.cache_gb > 0) {
    data.notes.emplace_back("frames that keep their shape (resize) are not cached: every epoch decodes them");
  }
  std::vector<VideoWarning> warnings;
  Signatures signatures;
  std::size_t videos = 0;
  read_sides(settings, data, [&](Dataset& dataset) {
    videos += dataset.videos.size();
    IndexResult result = index_videos(dataset, options, progress);
    data.broken.insert(data.broken.end(), result.broken.begin(), result.broken.end());
    warnings.insert(warnings.end(), result.warnings.begin(), result.warnings.end());
    signatures.merge(result.signatures);
  });
  expect_few_broken(data.broken, videos, settings.broken_share);
  expect(!data.train.videos.empty(), "{}: no video is left to train on", settings.data);
  data.open = frame_opener(options);

  for (std::string& note : data.cache->take_notes()) data.notes.push_back(std::move(note));
  note_each(
      data.broken,
      [](const BrokenVideo& video) {
        return fmt::format("{} is left out: {}", printable(video.path.native()), reason_of(video));
      },
      "videos are left out", data.notes);
  note_each(
      warnings,
      [](const VideoWarning& warning) {
        return fmt::format("{}: {}", printable(warning.path.native()), warning.text);
      },
      "such warnings", data.notes);
  const std::int64_t ignored = data.train.ignored_files + data.validation.ignored_files;
  if (ignored > 0) {
    data.passed_over.push_back(fmt::format("{} files are no videos by name and were ignored", ignored));
    data.notes.push_back(data.passed_over.back());
  }
  note_classes(data.train, data.notes);
  for (const Dataset* side : {&data.train, &data.validation}) {
    if (std::string note = short_video_note(*side, data.clip); !note.empty()) data.notes.push_back(note);
  }
  if (std::string note = duplicate_note(data.train, data.validation, data.folds, signatures); !note.empty()) {
    data.notes.push_back(std::move(note));
  }
  Fingerprint fingerprint;
  add(fingerprint, data.train);
  add(fingerprint, data.validation);
  data.fingerprint = "2 " + fingerprint.text();
  Fingerprint earlier;
  add_earlier(earlier, data.train);
  add_earlier(earlier, data.validation);
  data.earlier_fingerprint = earlier.text();
  return data;
}

std::array<float, 3> mean_colour(const PreparedData& data, const TrainSettings& settings) {
  if (settings.mean != kMeasuredMean) return parse_mean(settings.mean);
  const bool bgr = settings.colour_order == ColourOrder::bgr;
  const std::vector<Video>& videos = data.train.videos;
  const std::size_t count = std::min(videos.size(), kMeanVideos);
  std::array<float, 3> mean{};
  std::array<std::uint64_t, 3> sums{};
  std::uint64_t pixels = 0;
  std::vector<std::uint8_t> frames;
  for (std::size_t i = 0; i < count; ++i) {
    const Video& video = videos[i * videos.size() / count];
    const auto source = data.open(video);
    const int wanted = static_cast<int>(std::min<std::int64_t>(kMeanFrames, video.frames));
    const int stride = static_cast<int>(video.frames / wanted);
    frames.resize(static_cast<std::size_t>(wanted) * static_cast<std::size_t>(source->width()) *
                  static_cast<std::size_t>(source->height()) * 3);
    source->read(0, stride, wanted, frames);
    for (std::size_t byte = 0; byte < frames.size(); ++byte) sums[byte % 3] += frames[byte];
    pixels += frames.size() / 3;
  }
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const double value = static_cast<double>(sums[bgr ? 2 - channel : channel]) / static_cast<double>(pixels);
    mean[channel] = static_cast<float>(std::round(value * 100) / 100);
  }
  return mean;
}

}  // namespace c3d
