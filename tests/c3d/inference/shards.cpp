// Shards: which videos each has, how the program finds out which one it is, and that only the shards of one
// run become one file.
#include <sys/stat.h>

#include <fcntl.h>
#include <fmt/format.h>

#include <map>
#include <numeric>

#include "c3d/common/bad_request.h"
#include "c3d/inference/result_file.h"
#include "c3d/inference/shards/launcher.h"
#include "c3d/inference/shards/merge.h"
#include "c3d/inference/shards/shard_file.h"
#include "catch.h"
#include "data/video_length.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

Inputs inputs_named(const std::vector<std::string>& names) {
  Inputs inputs;
  inputs.several = true;
  for (const std::string& name : names) inputs.videos.push_back({name, name, name, ""});
  return inputs;
}

std::vector<std::string> many_names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("videos/class {}/v{:05}.avi", i % 7, i));
  return names;
}

TEST_CASE("a shard is an index below its count") {
  CHECK(parse_shard("0/6") == Shard{0, 6});
  CHECK(parse_shard("5/6") == Shard{5, 6});
  for (const char* text : {"6/6", "-1/6", "1", "", "a/b", "1/0", "1/6/2", "0/1000001", "1.0/6", " 1/6"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_shard(text), Error);
  }
  CHECK_THAT(message_of([] { parse_shard("6/6"); }), Catch::Contains("the last of 6 is 5/6"));
}

TEST_CASE("the name of a shard's file says which shard it is, and the whole's name can be told from it") {
  CHECK(shard_path("a/part.jsonl", {0, 6}) == "a/part.0-of-6.jsonl");
  CHECK(shard_path("part", {2, 6}) == "part.2-of-6");
  CHECK(shard_of_name("part.2-of-6.jsonl", "a/part.jsonl") == Shard{2, 6});
  CHECK(shard_of_name("part.2-of-6", "part") == Shard{2, 6});
  for (const char* name : {"part.jsonl", "part.6-of-6.jsonl", "part.02-of-6.jsonl", "other.2-of-6.jsonl",
                           "part.2-of-6.json", "part.2-of-.jsonl", ".part.2-of-6.jsonl.part"}) {
    INFO(name);
    CHECK(!shard_of_name(name, "part.jsonl"));
  }
  CHECK(whole_name("part.2-of-6.jsonl") == "part.jsonl");
  CHECK(whole_name("part.2-of-6") == "part");
  CHECK(whole_name("part.jsonl").empty());
}

TEST_CASE("every video is in one shard, and stays there when others come") {
  const std::vector<std::string> names = many_names(3000);
  std::vector<int> sizes(6);
  for (const std::string& name : names) ++sizes[static_cast<std::size_t>(shard_of_path(name, 6))];
  CHECK(std::accumulate(sizes.begin(), sizes.end(), 0) == 3000);
  for (const int size : sizes) CHECK(std::abs(size - 500) < 100);  // five standard deviations
  CHECK(shard_of_path("./a//b/../c.avi", 6) == shard_of_path("a/c.avi", 6));
  const Inputs all = inputs_named(names);
  std::vector<bool> found(names.size());
  for (int index = 0; index < 6; ++index) {
    for (const std::size_t place : plan_shard(all, {index, 6}, Division::path, {}).places) {
      CHECK(!found[place]);
      found[place] = true;
    }
  }
  CHECK(std::ranges::all_of(found, [](bool is) { return is; }));
}

// Any change here parts shards that older programs made from those of newer ones.
TEST_CASE("the division by paths is the same in all versions") {
  std::string shards;
  for (const char* name : {"a.avi", "b.avi", "c.avi", "videos/d.mp4", "/data/e.mkv", "caf\xe9.mp4"}) {
    shards += fmt::format("{} ", shard_of_path(name, 1000));
  }
  CHECK(shards == "106 829 544 736 731 98 ");
}

TEST_CASE("a balanced division gives each shard as many seconds and keeps what is named twice together") {
  const std::vector<Input> videos = inputs_named({"a", "b", "c", "./a", "d", "e"}).videos;
  const std::vector<double> seconds = {10, 30, 20, 10, 40, 0};  // e: the mean of the others, 22
  const std::vector<int> shards = divide_by_length(videos, seconds, 2);
  CHECK(shards == std::vector<int>{0, 1, 1, 0, 0, 1});
  CHECK(divide_by_length(videos, std::vector<double>(6), 6) == std::vector<int>{0, 1, 2, 0, 3, 4});
}

TEST_CASE("a length is what the head of the video says, and none of what is no video") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 40);
  folder.write("no.mp4", "no video");
  for (const char* frame : {"f/1.jpg", "f/2.jpg", "f/3.jpg"}) folder.write(frame, "x");
  CHECK(announced_seconds(folder / "a.mp4") > 1);
  CHECK(announced_seconds(folder / "f") == Approx(3 / 25.0));
  for (const char* none : {"no.mp4", "absent.mp4"}) CHECK(announced_seconds(folder / none) == 0);
  CHECK(announced_seconds("/dev/null") == 0);
}

std::optional<StartedShard> started_with(const std::map<std::string, std::string>& environment) {
  return shard_of_launcher([&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST_CASE("the program knows from a Slurm array, MPI, torchrun or srun which shard it is") {
  CHECK(!started_with({}));
  const auto array = started_with({{"SLURM_ARRAY_TASK_ID", "7"},
                                   {"SLURM_ARRAY_TASK_MIN", "3"},
                                   {"SLURM_ARRAY_TASK_STEP", "2"},
                                   {"SLURM_ARRAY_TASK_COUNT", "4"},
                                   {"OMPI_COMM_WORLD_RANK", "0"},
                                   {"OMPI_COMM_WORLD_SIZE", "9"}});
  REQUIRE(array);
  CHECK(array->shard == Shard{2, 4});
  CHECK(array->by == "SLURM_ARRAY_TASK_ID=7, from 3, of 4 tasks");
  const auto mpi = started_with({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "9"}});
  REQUIRE(mpi);
  CHECK(mpi->shard == Shard{1, 9});
  CHECK(mpi->by == "OMPI_COMM_WORLD_RANK=1, OMPI_COMM_WORLD_SIZE=9");
  CHECK(started_with({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}})->shard == Shard{0, 2});
  CHECK(
      started_with({{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"LOCAL_RANK", "1"}, {"MASTER_ADDR", "n1"}})->shard ==
      Shard{3, 4});
  CHECK(started_with({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_ID", "0"}})->shard ==
        Shard{1, 2});
}

TEST_CASE("variables that others left, and starters of one process, divide nothing") {
  CHECK(!started_with({{"RANK", "3"}, {"WORLD_SIZE", "4"}}));
  CHECK(!started_with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}));  // a batch script, no srun
  CHECK(!started_with({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}));
  CHECK(!started_with({{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_COUNT", "1"}}));
  CHECK(!started_with({{"PMI_RANK", ""}, {"PMI_SIZE", "2"}}));
}

TEST_CASE("variables that do not fit together are one sentence") {
  const auto refused = [](const std::map<std::string, std::string>& environment, const std::string& words) {
    CHECK_THROWS_AS(started_with(environment), BadRequest);
    CHECK_THAT(message_of([&] { started_with(environment); }), Catch::Contains(words));
  };
  refused({{"PMI_RANK", "2"}, {"PMI_SIZE", "2"}}, "PMI_RANK=2 is not below PMI_SIZE=2");
  refused({{"PMI_RANK", "two"}, {"PMI_SIZE", "2"}},
          "PMI_RANK=two says which shard this is, and is no number");
  refused({{"SLURM_ARRAY_TASK_ID", "7"}, {"SLURM_ARRAY_TASK_MIN", "1"}, {"SLURM_ARRAY_TASK_COUNT", "3"}},
          "leave some out");
  refused({{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}, "SLURM_ARRAY_TASK_MIN is not");
}

TEST_CASE("variables of which one is missing have a note") {
  const auto note = [](const std::map<std::string, std::string>& environment) {
    return half_set_launcher([&](const char* name) {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    });
  };
  CHECK_THAT(note({{"SLURM_ARRAY_TASK_ID", "1"}}),
             Catch::Contains("SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_COUNT is not"));
  CHECK_THAT(note({{"PMI_RANK", "1"}}), Catch::Contains("PMI_SIZE is not"));
  CHECK_THAT(note({{"RANK", "1"}, {"WORLD_SIZE", "2"}}),
             Catch::Contains("RANK is set and LOCAL_RANK is not"));
  const std::vector<std::map<std::string, std::string>> usual = {
      {}, {{"SLURM_PROCID", "0"}}, {{"RANK", "captain"}}};
  for (const auto& environment : usual) CHECK(note(environment).empty());
}

const std::vector<std::string> kListed = {"a.avi", "b b.avi", "c\nc.avi", "caf\xe9.avi",
                                          "e.avi", "f.avi",   "g.avi"};

std::string line_of_video(const std::string& name, bool ok = true) {
  nlohmann::ordered_json json;
  json["file"] = json_name(name);
  json["status"] = ok ? "ok" : "failed";
  json["error"] = ok ? "" : "no video in it";
  return dump_json(json);
}

struct ShardRun {
  Inputs inputs = inputs_named(kListed);
  Division division = Division::path;
  ShardRecipes recipes = {.labels = {{"weights", "12ab"}, {"top", "5"}}, .features = {}, .explanation = {}};
  std::string failed;  // the name of a video

  void write(const fs::path& whole, const Shard& shard) const {
    const ShardPlan plan = plan_shard(inputs, shard, division, {});
    ResultFile file(shard_path(whole, shard));
    for (std::size_t i = 0; i < plan.places.size(); ++i) {
      const std::string& name = inputs.videos[plan.places[i]].name;
      file.add(i, line_of_video(name, name != failed));
    }
    file.finish([&](std::uint32_t sum) { return shard_line(plan, recipes, sum); });
  }
};

struct ThreeShards {
  ScratchFolder folder;
  fs::path whole = folder / "part.jsonl";
  ShardRun run;

  ThreeShards() {
    for (int index = 0; index < 3; ++index) run.write(whole, {index, 3});
  }
  std::string path(int index) const { return shard_path(whole, {index, 3}).native(); }
  MergedShards merge() const { return merge_shards(whole, {}); }
  void refused(const std::string& words) const {
    CHECK_THROWS_AS(merge(), BadRequest);
    const std::string message = message_of([&] { merge(); });
    CHECK_THAT(message, Catch::Contains(words));
    CHECK(message.find('\n') == std::string::npos);
    CHECK(!fs::exists(whole));
  }
};

TEST_CASE_METHOD(ThreeShards, "merged shards are the lines of all videos in the order of the list") {
  const MergedShards merged = merge();
  CHECK(merged.shards == 3);
  CHECK(merged.videos == 7);
  CHECK(merged.failed.empty());
  std::string expected;
  for (const std::string& name : kListed) expected += line_of_video(name) + "\n";
  CHECK(read_text(whole) == expected);
  CHECK(fs::exists(path(0)));
}

TEST_CASE_METHOD(ThreeShards, "a shard that was resumed has the bytes of one that was not") {
  const std::string before = read_text(path(1));
  const ShardPlan plan = plan_shard(run.inputs, {1, 3}, Division::path, {});
  std::vector<Input> own;
  for (const std::size_t place : plan.places) own.push_back(run.inputs.videos[place]);
  ResultFile file(
      path(1), own, [](std::size_t, const auto&) { return false; }, OtherLines::drop);
  CHECK(file.holds(0));
  file.finish([&](std::uint32_t sum) { return shard_line(plan, run.recipes, sum); });
  CHECK(read_text(path(1)) == before);
}

TEST_CASE_METHOD(ThreeShards, "videos that failed are named, and merged all the same") {
  run.failed = "c\nc.avi";
  for (int index = 0; index < 3; ++index) run.write(whole, {index, 3});
  const MergedShards merged = merge();
  REQUIRE(merged.failed.size() == 1);
  CHECK(merged.failed[0] == std::pair<std::string, std::string>{"c\nc.avi", "no video in it"});
  CHECK(fs::exists(whole));
}

TEST_CASE_METHOD(ThreeShards, "shards that are missing or begun are all named") {
  fs::remove(path(0));
  fs::rename(path(2), folder / ".part.2-of-3.jsonl.part");
  const auto lines = plan_shard(run.inputs, {2, 3}, Division::path, {}).places.size() + 1;
  refused(fmt::format("2 of 3 shards are missing: 0/3, 2/3 (begun: {} lines)", lines));
  fs::remove(path(1));
  refused("no shard of it is finished");
}

TEST_CASE_METHOD(ThreeShards, "a damaged, cut or renamed shard is named") {
  const std::string right = read_text(path(1));
  SECTION("a pipe in its place") {
    fs::remove(path(1));
    REQUIRE(::mkfifo(path(1).c_str(), 0600) == 0);
    refused("part.1-of-3.jsonl: it is no file");
  }
  SECTION("a byte") {
    std::string wrong = right;
    wrong[wrong.find("avi")] = 'b';
    folder.write("part.1-of-3.jsonl", wrong);
    refused("part.1-of-3.jsonl: its bytes are not those that were written");
  }
  SECTION("a byte of its last line") {
    std::string wrong = right;
    ++wrong[wrong.rfind("places") + 9];
    folder.write("part.1-of-3.jsonl", wrong);
    refused("part.1-of-3.jsonl: its bytes are not those that were written");
  }
  SECTION("its end") {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{5}, right.size() / 2, right.size() - 1}) {
      folder.write("part.1-of-3.jsonl", right.substr(0, bytes));
      refused("part.1-of-3.jsonl: it has no last line");
    }
  }
  SECTION("its name") {
    fs::copy_file(path(0), path(1), fs::copy_options::overwrite_existing);
    refused("part.1-of-3.jsonl: it holds shard 0/3");
  }
  SECTION("a folder in its place") {
    fs::remove(path(1));
    fs::create_directory(path(1));
    refused("part.1-of-3.jsonl");
  }
}

TEST_CASE_METHOD(ThreeShards, "a shard of another run is named with what differs") {
  ShardRun other;
  SECTION("other weights") {
    other.recipes.labels[0].second = "cd34";
    other.write(whole, {2, 3});
    refused("part.2-of-3.jsonl: its labels were made in another way");
    refused("weights 12ab, now cd34");
  }
  SECTION("features of another layer") {
    other.recipes.features = {{"layer", "fc6"}};
    other.write(whole, {2, 3});
    refused("its features were made in another way");
  }
  SECTION("another list") {
    other.inputs = inputs_named(many_names(4));
    other.write(whole, {0, 3});
    refused("part.0-of-3.jsonl: it is of another list of videos (4)");
  }
  SECTION("another division") {
    other.division = Division::length;
    other.write(whole, {0, 3});
    refused("it was made with --balance");
  }
  SECTION("another number of shards") {
    other.write(whole, {1, 2});
    refused("there are shards of 2 and of 3");
  }
}

TEST_CASE_METHOD(ThreeShards, "balanced shards that saw other lengths are not merged") {
  for (int index = 0; index < 3; ++index) {
    ShardPlan plan = plan_shard(run.inputs, {index, 3}, Division::length, {});
    if (index == 1) plan.places = {};
    ResultFile file(path(index));
    for (std::size_t i = 0; i < plan.places.size(); ++i) file.add(i, line_of_video(kListed[plan.places[i]]));
    file.finish([&](std::uint32_t sum) { return shard_line(plan, run.recipes, sum); });
  }
  refused("videos of its list are in no shard");
}

TEST_CASE_METHOD(ThreeShards, "the name of a shard in place of the whole's is told so") {
  CHECK_THAT(message_of([&] { merge_shards(path(1), {}); }), Catch::Contains("is a shard itself"));
}

}  // namespace
}  // namespace c3d
