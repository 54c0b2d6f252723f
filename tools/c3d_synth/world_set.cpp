#include "tools/c3d_synth/world_set.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <span>
#include <sstream>

#include "c3d/report/pictures.h"
#include "data/synth/world.h"
#include "data/video_writer.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file.h"
#include "engine/io/file_lock.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using synth::SceneAttribute;
using synth::ScenePlan;

constexpr int kShownFrames = 4;
constexpr synth::SceneSize kShown;
constexpr std::int64_t kMostShown = 400;  // scenes in a picture

std::vector<std::int32_t> classes_of(const WorldSetOptions& options) {
  std::vector<std::int32_t> classes(options.classes.empty() ? synth::motion_classes()
                                                            : options.classes.size());
  if (options.classes.empty()) {
    std::iota(classes.begin(), classes.end(), 0);
  } else {
    std::transform(options.classes.begin(), options.classes.end(), classes.begin(),
                   synth::parse_motion_class);
  }
  std::ranges::sort(classes);
  const auto twice = std::ranges::unique(classes);
  classes.erase(twice.begin(), twice.end());
  return classes;
}

// No two videos of a seed share a scene's index.
ScenePlan plan_of(const WorldSetOptions& options, std::int32_t motion, std::int64_t number) {
  const auto index =
      static_cast<std::uint64_t>(number) * synth::motion_classes() + static_cast<std::uint64_t>(motion);
  return synth::plan_scene(options.seed, index, motion);
}

std::vector<std::uint8_t> frame_buffer(int width, int height) {
  return std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
}

std::string name_of_video(const ScenePlan& plan, std::int64_t number) {
  const std::string_view name = name_of(plan.labels, SceneAttribute::motion);
  return fmt::format("{}/{}_{:04}.mp4", name, name, number + 1);
}

void write_world_video(const std::filesystem::path& path, const ScenePlan& plan,
                       const WorldSetOptions& options) {
  synth::SceneRenderer scene(plan, {options.width, options.height, options.frames});
  std::vector<std::uint8_t> rgb = frame_buffer(options.width, options.height);
  VideoWriter writer(path, {.width = options.width, .height = options.height});
  for (int frame = 0; frame < options.frames; ++frame) {
    scene.render(frame, rgb);
    writer.write(rgb);
  }
  writer.finish();
}

std::string line_of(const ScenePlan& plan, const std::string& file) {
  nlohmann::ordered_json json;
  json["file"] = file;
  for (std::size_t i = 0; i < synth::kSceneAttributes; ++i) {
    json[std::string(synth::scene_attributes()[i].name)] =
        name_of(plan.labels, static_cast<SceneAttribute>(i));
  }
  return dump_json(json) + "\n";
}

std::string text_of(const fs::path& path) {
  const File file(path, O_RDONLY);
  std::string text(file.size(), '\0');
  expect(file.read_at(0, std::as_writable_bytes(std::span(text))), "{}: it was cut while it was read", path);
  return text;
}

// What `attributes` says of videos that are still there and not among those written anew.
std::string kept_lines(const fs::path& attributes, const std::set<std::string>& anew) {
  if (!file_identity(attributes)) return "";
  std::istringstream lines(text_of(attributes));
  std::string kept;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto json = try_parse_json(line);
    const auto file = json.is_object() ? json.find("file") : json.end();
    expect(
        file != json.end() && file->is_string(),
        "{}, line {}: this says of no video what it shows, and would be lost: give another OUT, or move it "
        "away",
        attributes, number);
    const auto video = file->get<std::string>();
    if (!anew.contains(video) && file_identity(attributes.parent_path() / video)) kept += line + "\n";
  }
  return kept;
}

}  // namespace

void write_world_set(const WorldSetOptions& options, const ItemProgress& progress) {
  synth::check_scene_size({options.width, options.height, options.frames});  // before folders are made
  const std::vector<std::int32_t> classes = classes_of(options);
  std::vector<std::string> names;
  names.reserve(classes.size());
  for (const std::int32_t motion : classes) {
    names.emplace_back(synth::scene_attributes()[0].values[static_cast<std::size_t>(motion)]);
  }
  make_class_folders(options.folder, names);
  const FileLock folder_lock(lock_file_of(options.folder),
                             fmt::format("the folder {}", options.folder.string()));
  const auto plan = [&](std::int64_t video) {
    return plan_of(options, classes[static_cast<std::size_t>(video % std::ssize(classes))],
                   video / std::ssize(classes));
  };
  const std::int64_t total = std::int64_t{options.per_class} * std::ssize(classes);
  const auto write = [&](std::int64_t video) {
    const ScenePlan scene = plan(video);
    write_world_video(options.folder / name_of_video(scene, video / std::ssize(classes)), scene, options);
  };
  std::set<std::string> files;
  std::string lines;
  for (std::int64_t video = 0; video < total; ++video) {
    const ScenePlan scene = plan(video);
    const std::string file = name_of_video(scene, video / std::ssize(classes));
    files.insert(file);
    lines += line_of(scene, file);
  }
  const fs::path attributes = options.folder / "attributes.jsonl";
  const std::string kept = kept_lines(attributes, files);
  for_each_item(total, options.threads, write, progress);
  write_file(attributes, kept + lines);
}

void show_world(const std::filesystem::path& png, const WorldSetOptions& options) {
  std::vector<FrameRow> rows;
  std::vector<std::uint8_t> rgb = frame_buffer(kShown.width, kShown.height);
  const std::vector<std::int32_t> classes = classes_of(options);
  const std::int64_t of_each =
      std::clamp<std::int64_t>(kMostShown / std::ssize(classes), 1, std::int64_t{options.per_class});
  for (const std::int32_t motion : classes) {
    for (std::int64_t number = 0; number < of_each; ++number) {
      const ScenePlan plan = plan_of(options, motion, number);
      synth::SceneRenderer scene(plan, kShown);
      FrameRow row;
      row.title = name_of(plan.labels, SceneAttribute::motion);
      constexpr auto kFirst = static_cast<std::size_t>(SceneAttribute::speed);
      for (std::size_t i = kFirst; i < synth::kSceneAttributes; ++i) {
        row.words +=
            fmt::format("{}{}", i > kFirst ? ", " : "", name_of(plan.labels, static_cast<SceneAttribute>(i)));
      }
      for (int i = 0; i < kShownFrames; ++i) {
        scene.render(i * (kShown.frames - 1) / (kShownFrames - 1), rgb);
        row.frames.push_back(rgb);
      }
      rows.push_back(std::move(row));
    }
  }
  draw_frame_rows(png, rows, kShown.width, kShown.height, {.title = "", .in_columns = true});
}

}  // namespace c3d
