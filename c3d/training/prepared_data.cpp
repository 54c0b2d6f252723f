#include "c3d/training/prepared_data.h"

#include <algorithm>
#include <cmath>

#include "c3d/training/augmentation_settings.h"
#include "c3d/training/data_fingerprint.h"
#include "c3d/training/data_inspection.h"
#include "c3d/training/label_set_data.h"
#include "c3d/training/read_sides.h"
#include "c3d/training/synth_data.h"
#include "engine/core/cache_folder.h"
#include "engine/core/error.h"
#include "engine/core/fingerprint.h"
#include "engine/core/printable.h"
#include "engine/core/usable_threads.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostListed = 20;  // broken videos
constexpr std::size_t kMeanVideos = 256;
constexpr int kMeanFrames = 8;  // of each

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
  if (settings.fps != kFileFrames) name.add_line(settings.fps);  // other frames, and other numbers of them
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

PreparedData prepare_data(const TrainSettings& settings, const ProgressCallback& progress,
                          DataInspection* inspection) {
  if (is_synth(settings.data)) return prepare_synth(settings, progress);
  PreparedData data;
  data.clip = clip_spec(settings);
  IndexOptions options;
  options.cache = data.cache = open_cache(settings, !data.clip.keeps_shape());
  options.resize = read_size(data.clip);
  options.numbering = Numbering::at(data.clip.fps);
  options.threads = reader_threads(settings);
  options.limits.timeout_seconds = settings.read_timeout;
  if (data.clip.keeps_shape() && settings.cache_gb > 0) {
    data.notes.emplace_back("frames that keep their shape (resize) are not cached: every epoch decodes them");
  }
  options.wants_looks = options.leaves_unread = inspection != nullptr;
  DataInspection of_this_run;
  DataInspection& found = inspection == nullptr ? of_this_run : *inspection;
  std::size_t videos = 0;
  read_sides(settings, data, inspection, [&](Dataset& dataset) {
    videos += dataset.videos.size();
    IndexResult result = index_videos(dataset, options, progress);
    data.broken.insert(data.broken.end(), result.broken.begin(), result.broken.end());
    found.unread.insert(found.unread.end(), result.unread.begin(), result.unread.end());
    found.warnings.insert(found.warnings.end(), result.warnings.begin(), result.warnings.end());
    found.signatures.merge(result.signatures);
    found.looks.merge(result.looks);
  });
  judge(inspection, [&] { expect_all_read(found.unread); });
  judge(inspection, [&] { expect_few_broken(data.broken, videos, settings.broken_share); });
  judge(inspection,
        [&] { expect(!data.train.videos.empty(), "{}: no video is left to train on", settings.data); });
  data.open = frame_opener(options);

  for (std::string& note : data.cache->take_notes()) {
    if (inspection != nullptr) inspection->reading_notes.push_back(note);
    data.notes.push_back(std::move(note));
  }
  note_each(
      data.broken,
      [](const BrokenVideo& video) {
        return fmt::format("{} is left out: {}", printable(video.path.native()), reason_of(video));
      },
      "videos are left out", data.notes);
  note_each(
      found.warnings,
      [](const VideoWarning& warning) {
        return fmt::format("{}: {}", printable(warning.path.native()), warning.text);
      },
      "such warnings", data.notes);
  const std::int64_t ignored = data.train.ignored_files + data.validation.ignored_files;
  if (ignored > 0) {
    data.passed_over.push_back(fmt::format("{} files are no videos by name and were ignored", ignored));
    data.notes.push_back(data.passed_over.back());
    if (inspection != nullptr) inspection->reading_notes.push_back(data.passed_over.back());
  }
  judge(inspection, [&] { note_classes(data.train, data.notes); });
  for (const Dataset* side : {&data.train, &data.validation}) {
    if (std::string note = short_video_note(*side, data.clip); !note.empty()) data.notes.push_back(note);
  }
  if (inspection == nullptr) {  // which searches for copies itself
    std::string copies = duplicate_note(data.train, data.validation, data.folds, found.signatures);
    if (!copies.empty()) data.notes.push_back(std::move(copies));
  }
  Fingerprint fingerprint;
  if (data.clip.fps.is_given()) fingerprint.add_line(to_string(data.clip.fps));
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
