// c3d_bench --pipeline, as a user runs it.
#include <filesystem>

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

struct PipelineFixture {
  ScratchFolder folder;
  PipelineFixture() {
    std::filesystem::create_directory(folder / "videos");
    write_tiny_video(folder / "videos/a.mp4", 40);
    write_tiny_video(folder / "videos/b.mp4", 20);
    write_file(folder / "videos/c.mp4", "no video");
  }
  int run(const std::string& arguments) const {
    return run_command(folder.path(),
                       C3D_BINARY_DIR "/bin/c3d_bench --device reference --repeats 1 " + arguments);
  }
  nlohmann::json measured(const std::string& arguments) const {
    REQUIRE(run(arguments + " --json measured.json") == 0);
    return parse_json(read_text(folder / "measured.json"));
  }
};

void check_rate(const nlohmann::json& json, const char* stage) {
  INFO(stage);
  CHECK(json.at(stage).at("frames_per_second") > 0);
  CHECK(json.at(stage).at("clips_per_second") > 0);
}

}  // namespace

TEST_CASE_METHOD(PipelineFixture, "c3d_bench measures each stage from videos to answers, and the whole") {
  write_small_model(folder / "model.safetensors");
  const nlohmann::json json =
      measured("--pipeline videos --weights model.safetensors --readers 2 --window 16 --step 16 --batch 2");
  for (const char* stage : {"decode", "resize", "one_reader", "upload", "network", "whole"}) {
    check_rate(json, stage);
  }
  CHECK(json.at("frames") == 60);
  CHECK(json.at("clips") == 3);  // at 0 and 16; at 0
  CHECK(json.at("videos") == 2);
  REQUIRE(json.at("failed").size() == 1);
  CHECK_THAT(json.at("failed")[0].get<std::string>(), Catch::EndsWith("c.mp4"));
  CHECK(json.at("readers") == 2);
  CHECK(json.at("decoder") == "cpu");
  CHECK(json.at("readers_that_feed_the_network") >= 1);
  CHECK(json.at("waits").at("batches") == 2);
  CHECK(json.at("waits").at("network_waits") >= json.at("waits").at("waits_with_a_batch_of_later_videos"));
}

TEST_CASE_METHOD(PipelineFixture, "c3d_bench reads a file without a network") {
  const nlohmann::json json = measured("--pipeline videos/a.mp4 --no-network --decode auto");
  for (const char* stage : {"decode", "resize", "one_reader", "whole"}) check_rate(json, stage);
  CHECK_FALSE(json.contains("network"));
  CHECK_FALSE(json.contains("waits"));
  CHECK(json.at("clips") == 10);
}

TEST_CASE_METHOD(PipelineFixture, "c3d_bench says what is wrong with videos that it is to read") {
  CHECK(run("--pipeline nowhere") == 1);
  CHECK_THAT(read_text(folder / "err"), Catch::Contains("nowhere: no such file or folder"));
  CHECK(run("--pipeline videos/c.mp4 --no-network") == 1);
  CHECK_THAT(read_text(folder / "err"), Catch::Contains("holds no video that decodes"));
  CHECK(run("--pipeline videos --json videos/a.mp4") != 0);
  for (const char* wrong :
       {"--readers 2", "--no-network", "--window 16", "--pipeline videos --step 4", "--pipeline videos --ops",
        "--pipeline videos --augment videos", "--pipeline videos --decode gpu"}) {
    INFO(wrong);
    CHECK(run(wrong) == 2);
  }
  CHECK_THAT(read_text(folder / "err"), Catch::Contains("auto, cpu, cuda"));
}

}  // namespace c3d
