#include "c3d/training/prepared_data.h"

#include <algorithm>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

struct Folder {
  Folder() {
    settings.data = (scratch / "videos").string();
    settings.cache_folder = (scratch / "cache").string();
    settings.loader_threads = 2;
  }
  PreparedData prepare() const {
    return prepare_data(settings, [](std::int64_t, std::int64_t) {});
  }
  std::string notes() const {
    std::string all;
    for (const std::string& note : prepare().notes) all += note + "\n";
    return all;
  }
  std::filesystem::path videos() const { return settings.data; }

  ScratchFolder scratch;
  TrainSettings settings;
};

}  // namespace

TEST_CASE("videos are counted split and their mean measured") {
  Folder folder;
  write_plain_videos(folder.videos(), 5);
  const PreparedData data = folder.prepare();
  CHECK(data.train.labels == std::vector<std::string>{"dark", "light"});
  CHECK(data.train.videos.size() == 8);
  CHECK(data.validation.videos.size() == 2);
  CHECK(data.train.videos[0].frames == 20);
  CHECK(data.notes.empty());
  CHECK(folder.prepare().fingerprint == data.fingerprint);
  const auto mean = mean_colour(data, folder.settings);
  CHECK(mean[0] > 90);
  CHECK(mean[0] < 150);
  CHECK(mean_colour(folder.prepare(), folder.settings) == mean);
  folder.settings.mean = "1,2,3.5";
  CHECK(mean_colour(data, folder.settings) == std::array<float, 3>{1, 2, 3.5f});
  write_plain_video(folder.videos() / "dark" / "w.mp4", 60);
  CHECK(folder.prepare().fingerprint != data.fingerprint);
}

TEST_CASE("folders named train and val are the two sides") {
  Folder folder;
  write_plain_videos(folder.videos() / "train", 2);
  write_plain_videos(folder.videos() / "val", 1);
  const PreparedData data = folder.prepare();
  CHECK(data.train.videos.size() == 4);
  CHECK(data.validation.videos.size() == 2);
}

TEST_CASE("no share for validation trains on everything") {
  Folder folder;
  folder.settings.validation_share = 0;
  write_plain_videos(folder.videos(), 2);
  CHECK(folder.prepare().train.videos.size() == 4);
  CHECK(folder.prepare().validation.videos.empty());
}

TEST_CASE("one broken video is left out and more stop the run with the list") {
  Folder folder;
  write_plain_videos(folder.videos(), 3);
  write_file(folder.videos() / "dark" / "bad.mp4", "no video at all");
  const PreparedData data = folder.prepare();
  REQUIRE(data.broken.size() == 1);
  CHECK_THAT(folder.notes(), Catch::Contains("bad.mp4"));
  CHECK_THAT(split_table(data), Catch::Contains("broken: 1"));
  write_file(folder.videos() / "light" / "worse.mp4", "neither");
  CHECK_THROWS_WITH(folder.prepare(),
                    Catch::Contains("bad.mp4") && Catch::Contains("worse.mp4") && Catch::Contains("2 of 8"));
}

TEST_CASE("the share of broken videos is a setting and their list is bounded") {
  Folder folder;
  write_plain_videos(folder.videos(), 2);
  for (int i = 0; i < 30; ++i) write_file(folder.videos() / "dark" / fmt::format("bad{}.mp4", i), "no video");
  CHECK_THROWS_WITH(folder.prepare(), Catch::Contains("30 of 34") && Catch::Contains("more than 1 %") &&
                                          Catch::Contains("broken_share") && Catch::Contains("and 10 more"));
  folder.settings.broken_share = 0.9;
  CHECK(folder.prepare().broken.size() == 30);
  CHECK_THAT(folder.notes(), Catch::Contains("10 more videos are left out"));
  folder.settings.broken_share = 0;
  CHECK_THROWS_WITH(folder.prepare(), Catch::Contains("more than 0 %"));
}

TEST_CASE("the fingerprint of videos is that of their names below their folder sizes and frames") {
  Folder folder;
  write_plain_videos(folder.videos(), 3);
  const std::string before = folder.prepare().fingerprint;
  std::filesystem::rename(folder.videos(), folder.scratch / "moved");
  folder.settings.data = (folder.scratch / "moved").string();
  CHECK(folder.prepare().fingerprint == before);
  std::filesystem::rename(folder.videos() / "dark/v0.mp4", folder.videos() / "dark/v00.mp4");
  CHECK(folder.prepare().fingerprint != before);
}

TEST_CASE("what a person should know about the videos is said") {
  Folder folder;
  folder.settings.validation_share = 0;
  write_plain_videos(folder.videos(), 1);
  for (int i = 0; i < 5; ++i) {
    write_plain_video(folder.videos() / "light" / ("more" + std::to_string(i) + ".mp4"), 180);
  }
  write_plain_video(folder.videos() / "dark" / "v0.mp4", 50, 7);
  write_file(folder.videos() / "dark" / "notes.txt", "no video");
  const std::string notes = folder.notes();
  CHECK_THAT(notes, Catch::Contains("out of balance: light has 6 training videos, dark has 1"));
  CHECK_THAT(notes, Catch::Contains("looped") && Catch::Contains("v0.mp4, 7"));
  CHECK_THAT(notes, Catch::Contains("1 files are no videos"));
}

TEST_CASE("a set without two classes or without videos is refused") {
  Folder folder;
  std::filesystem::create_directories(folder.videos() / "empty");
  CHECK_THROWS_AS(folder.prepare(), Error);
  write_plain_video(folder.videos() / "only" / "v.mp4", 50);
  std::filesystem::remove(folder.videos() / "empty");
  CHECK_THROWS_WITH(folder.prepare(), Catch::Contains("one class"));
  folder.settings.data = (folder.scratch / "absent").string();
  CHECK_THROWS_AS(folder.prepare(), Error);
}

TEST_CASE("without a folder for the cache videos are prepared all the same and a note says so") {
  Folder folder;
  write_plain_videos(folder.videos(), 3);
  const std::string fingerprint = folder.prepare().fingerprint;
  write_file(folder.scratch / "file", "in the way");
  for (const std::string& place : {(folder.scratch / "file").string(), std::string("/proc/nowhere")}) {
    folder.settings.cache_folder = place;
    const PreparedData data = folder.prepare();
    CHECK(data.fingerprint == fingerprint);
    REQUIRE(data.notes.size() == 1);
    CHECK_THAT(data.notes[0], Catch::Contains("nothing is kept for later runs"));
    CHECK(data.open(data.train.videos[0])->frame_count() == 20);
  }
}

TEST_CASE("what the decoder warned of is noted by each run") {
  Folder folder;
  write_plain_videos(folder.videos(), 3);
  const auto cut = folder.videos() / "dark" / "cut.mkv";
  write_plain_video(cut, 60, 60);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) * 3 / 4);
  for (int run = 0; run < 2; ++run) CHECK_THAT(folder.notes(), Catch::Contains("cut.mkv: "));
}

TEST_CASE("frames by time are counted, cached and known by their rate") {
  Folder folder;
  write_plain_videos(folder.videos(), 3);
  const PreparedData plain = folder.prepare();
  CHECK(plain.train.videos[0].frames == 20);
  for (const char* fps : {"5", "50"}) {
    folder.settings.fps = fps;
    const PreparedData data = folder.prepare();
    const std::int64_t frames = data.train.videos[0].frames;
    CHECK(frames == (folder.settings.fps == "5" ? 4 : 40));  // of 0.8 seconds
    CHECK(data.fingerprint != plain.fingerprint);
    CHECK(folder.prepare().fingerprint == data.fingerprint);
    const auto source = data.open(data.train.videos[0]);
    REQUIRE(source->frame_count() == frames);
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(source->width() * source->height() * 3));
    source->read(frames - 1, 1, 1, rgb);  // from the cache
    std::vector<std::uint8_t> again(rgb.size());
    open_frames(data.train.videos[0].path, frames, read_size(data.clip), {}, Numbering::at(data.clip.fps))
        ->read(frames - 1, 1, 1, again);
    CHECK(rgb == again);
  }
  folder.settings.fps = kFileFrames;
  CHECK(folder.prepare().fingerprint == plain.fingerprint);
}
