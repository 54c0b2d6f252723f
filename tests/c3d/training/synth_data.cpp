#include "c3d/training/synth_data.h"
#include "c3d/training/same_videos.h"

#include <set>

#include "catch.h"
#include "data/synth/synth_source.h"
#include "tests/support/message_of.h"

using namespace c3d;

namespace {

TrainSettings with_data(const std::string& data) {
  TrainSettings settings;
  assign(settings, {"data", data});
  return settings;
}

PreparedData prepare(const TrainSettings& settings) {
  return prepare_synth(settings, [](std::int64_t, std::int64_t) {});
}

std::set<std::uint64_t> scenes(const Dataset& dataset) {
  std::set<std::uint64_t> all;
  for (const Video& video : dataset.videos) all.insert(synth::scene_index(video));
  return all;
}

}  // namespace

TEST_CASE("the synthetic world is named in place of a path and kept as it is") {
  const TrainSettings settings = with_data("synth:clips=50,seed=3");
  CHECK(settings.data == "synth:clips=50,seed=3");
  const SynthSpec spec = parse_synth_spec(settings.data);
  CHECK(spec.clips == 50);
  CHECK(spec.seed == 3);
  CHECK(spec.validation == SynthSpec{}.validation);
  CHECK(parse_synth_spec("synth:").clips == SynthSpec{}.clips);
  CHECK_FALSE(is_synth("synth"));
}

TEST_CASE("no scene of the synthetic world stands on both sides") {
  const PreparedData data = prepare(with_data("synth:clips=200,validation=40"));
  CHECK(data.train.labels.size() == synth::motion_classes());
  std::set<std::uint64_t> all = scenes(data.train);
  CHECK(all.size() == 200);
  CHECK(scenes(data.validation).size() == 40);
  all.merge(scenes(data.validation));
  CHECK(all.size() == 240);
}

TEST_CASE("scenes of the synthetic world have the size and length that clips want") {
  TrainSettings settings = with_data("synth:clips=4,validation=0");
  settings.resize_width = 64;
  settings.resize_height = 48;
  settings.crop = 40;
  settings.clip_frames = 8;
  settings.frame_stride = 2;
  const PreparedData data = prepare(settings);
  const Video& video = data.train.videos.front();
  CHECK(video.frames == 15);
  CHECK(data.validation.videos.empty());
  const auto source = data.open(video);
  CHECK(source->width() == 64);
  CHECK(source->height() == 48);
  CHECK(source->frame_count() == 15);
}

TEST_CASE("a run on other scenes of the synthetic world is another run") {
  const auto fingerprint = [](const std::string& data) { return prepare(with_data(data)).fingerprint; };
  const std::string one = fingerprint("synth:clips=9,validation=2");
  CHECK(fingerprint("synth:validation=2,clips=9,seed=0") == one);
  CHECK(fingerprint("synth:clips=8,validation=2") != one);
  CHECK(fingerprint("synth:clips=9,validation=2,seed=1") != one);
}

TEST_CASE("planning scenes tells how far it is and may be stopped") {
  const TrainSettings settings = with_data("synth:clips=140000,validation=10");
  std::vector<std::int64_t> done;
  prepare_synth(settings, [&](std::int64_t planned, std::int64_t all) {
    CHECK(all == 140010);
    done.push_back(planned);
  });
  CHECK(done == std::vector<std::int64_t>{65536, 131072, 140010});
  struct Stopped {};
  CHECK_THROWS_AS(prepare_synth(settings, [](std::int64_t, std::int64_t) { throw Stopped(); }), Stopped);
}

TEST_CASE("attributes of scenes want label sets, and clips that are not mirrored") {
  const auto complaint = [](const std::string& data, const std::vector<Assignment>& more) {
    TrainSettings settings = with_data(data);
    for (const Assignment& assignment : more) assign(settings, assignment);
    return message_of([&] { check_settings(settings); });
  };
  CHECK(complaint("synth:labels=attributes", {{"targets", "label_set"}, {"flip", "0"}}) == "no error");
  CHECK(complaint("synth:labels=attributes", {{"flip", "0"}}).find("set `targets` to label_set") !=
        std::string::npos);
  CHECK(complaint("synth:labels=attributes", {{"targets", "label_set"}}).find("set `flip` to 0") !=
        std::string::npos);
  CHECK(complaint("synth:", {{"targets", "label_set"}, {"flip", "0"}}).find("add labels=attributes") !=
        std::string::npos);
  CHECK(message_of([] { parse_synth_spec("synth:labels=atributes"); }) ==
        "--data synth:labels=atributes: `labels` is motion, attributes or playback, not `atributes`; did you "
        "mean "
        "`attributes`?");
}

TEST_CASE("a wrong word for the synthetic world is an error that names the right one") {
  CHECK(message_of([] { parse_synth_spec("synth:clip=9"); }) ==
        "--data synth:clip=9: the synthetic world has no `clip`; did you mean `clips`? It has "
        "labels, clips, validation, seed");
  for (const char* text :
       {"synth:clips", "synth:clips=", "synth:clips=0", "synth:clips=9x", "synth:seed=-1"}) {
    INFO(text);
    CHECK(message_of([&] { parse_synth_spec(text); }).find("wants a whole number from") != std::string::npos);
  }
  CHECK(message_of([] { parse_synth_spec("synth:clips=5,seed=1,clips=6"); }) ==
        "--data synth:clips=5,seed=1,clips=6: `clips` stands there twice; say it once");
  TrainSettings settings = with_data("synth:");
  settings.val = "/videos";
  CHECK(message_of([&] { check_settings(settings); }) ==
        "`val` is about files, and --data synth: reads none: leave it out");
}

TEST_CASE("a run on other data is refused in words of its own kind of data") {
  PreparedData data;
  data.fingerprint = data.earlier_fingerprint = "synth 1";
  CHECK_NOTHROW(expect_same_videos("synth 1", data));
  CHECK_THROWS_WITH(expect_same_videos("synth 2", data),
                    Catch::Contains("synthetic scenes are not those") && !Catch::Contains("moved"));
  CHECK_THROWS_WITH(expect_same_videos("2 abc", data),
                    Catch::Contains("started with videos, and --data has synthetic scenes now"));
  data.fingerprint = "2 abd";
  CHECK_THROWS_WITH(expect_same_videos("synth 2", data), Catch::Contains("started with synthetic scenes"));
  CHECK_THROWS_WITH(expect_same_videos("2 abc", data), Catch::Contains("moved are found by --data"));
}
