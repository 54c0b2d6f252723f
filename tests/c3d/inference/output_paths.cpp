#include "c3d/inference/output_paths.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>

#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// As find_inputs() gives paths that were given one by one.
Inputs given(const std::vector<std::string>& names) {
  Inputs inputs;
  for (const std::string& name : names) inputs.videos.push_back({name, name, fs::path(name).filename(), ""});
  inputs.several = names.size() > 1;
  if (inputs.several) keep_given_folders(inputs);
  return inputs;
}
std::vector<std::string> outputs(const std::vector<std::string>& names,
                                 const std::string& extension = ".npy") {
  std::vector<std::string> paths;
  for (const fs::path& path : output_paths(given(names), "out", extension)) paths.push_back(path.string());
  return paths;
}
using Names = std::vector<std::string>;

TEST_CASE("one video is written to the file named") { CHECK(outputs({"clips/a.avi"}) == Names{"out"}); }

TEST_CASE("outputs of paths keep the folders given without root and parents") {
  CHECK(outputs({"A/x.mp4", "B/x.mp4", "/data/y.avi", "../z.mkv", "./w.mp4", "a/../v.mp4"}) ==
        Names{"out/A/x.npy", "out/B/x.npy", "out/data/y.npy", "out/z.npy", "out/w.npy", "out/v.npy"});
}

TEST_CASE("outputs of one folder keep their place below it") {
  const ScratchFolder folder;
  for (const char* name : {"a/x.avi", "b/x.avi", "b/x.mp4", "c.mp4"}) folder.write(name, "x");
  const std::vector<fs::path> paths = output_paths(find_inputs({folder.path().string()}, {}), "out", ".png");
  CHECK(paths == std::vector<fs::path>{"out/a/x.png", "out/b/x.avi.png", "out/b/x.mp4.png", "out/c.png"});
}

TEST_CASE("names that meet keep their extension and then get a number of their path") {
  CHECK(outputs({"a.mp4", "a.avi", "b.avi"}) == Names{"out/a.mp4.npy", "out/a.avi.npy", "out/b.npy"});
  const Names far = outputs({"../a.mp4", "a.mp4", "a.mp4"});
  CHECK(far[0] != far[1]);
  CHECK(far[1] == far[2]);  // the same video twice
  CHECK(far[0].starts_with("out/a.mp4."));
  const Names odd = outputs({"a.mp4", "a.avi", "a.mp4.mkv"});
  CHECK(std::set<std::string>(odd.begin(), odd.end()).size() == 3);
}

TEST_CASE("an ID in an HDF5 file is the name of the video's file without folders and extension") {
  const ScratchFolder folder;
  fs::create_directories(folder / "frames.of.d");
  Inputs inputs = given({"clips/v_abc.mp4", "../s13-d21.avi", "v.1.mkv", "odd.name"});
  const std::string frames = (folder / "frames.of.d").string();
  inputs.videos.push_back({frames, frames, "frames.of.d", ""});
  inputs.videos.push_back({"closed", "closed", "", "the folder cannot be read"});
  CHECK(h5_ids(inputs, H5Naming::stem) == Names{"v_abc", "s13-d21", "v.1", "odd.name", "frames.of.d", ""});
  CHECK(h5_ids(inputs, H5Naming::name) ==
        Names{"v_abc.mp4", "s13-d21.avi", "v.1.mkv", "odd.name", "frames.of.d", ""});
}

TEST_CASE("two videos of one ID are an error that names both, one video twice is not") {
  CHECK_THROWS_WITH(h5_ids(given({"a/x.mp4", "b/x.mp4"}), H5Naming::name),
                    Catch::Contains("a/x.mp4 and b/x.mp4 would both be called 'x.mp4'"));
  CHECK_THROWS_WITH(
      h5_ids(given({"x.mp4", "x.avi"}), H5Naming::stem),
      Catch::Contains("x.mp4 and x.avi would both be called 'x'") && Catch::Contains("--h5-id name"));
  CHECK(h5_ids(given({"x.mp4", "x.avi"}), H5Naming::name) == Names{"x.mp4", "x.avi"});
  CHECK(h5_ids(given({"x.mp4", "./x.mp4"}), H5Naming::stem) == Names{"x", "x"});
  CHECK_THROWS_WITH(h5_ids(given({"..mp4"}), H5Naming::stem), Catch::Contains("cannot be called '.'"));
}

TEST_CASE("names do not depend on the order of the videos") {
  Names names{"a.mp4", "a.avi", "../a.mp4", "x/a.mp4", "a.mp4.mkv", "b", "b.mp4", "b.npy"};
  std::map<std::string, std::string> first;
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    std::ranges::shuffle(names, random);
    const Names paths = outputs(names);
    CHECK(std::set<std::string>(paths.begin(), paths.end()).size() == paths.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      CHECK(first.try_emplace(names[i], paths[i]).first->second == paths[i]);
    }
  }
}

TEST_CASE("more videos change the names of those alone that they meet") {
  const Names fewer = outputs({"a.mp4", "b.mp4"}), more = outputs({"c.mp4", "a.avi", "b.mp4", "a.mp4"});
  CHECK(more[2] == fewer[1]);
  CHECK(more[3] == "out/a.mp4.npy");
}

TEST_CASE("only the extension of a video file is cut") {
  const ScratchFolder folder;
  for (const char* name : {"shot.1/1.jpg", "shot.3/1.jpg", "shot.mp4/1.jpg"}) folder.write(name, "x");
  Inputs inputs = find_inputs({folder.path().string()}, {});
  const std::vector<fs::path> paths = output_paths(inputs, "out", ".npy");
  CHECK(paths == std::vector<fs::path>{"out/shot.1.npy", "out/shot.3.npy", "out/shot.mp4.npy"});
  CHECK(outputs({"v1.0", "v1.1"}) == Names{"out/v1.0.npy", "out/v1.1.npy"});
}

TEST_CASE("names as long as a file system allows get outputs that differ") {
  const std::string start(250, 'n');
  const Names paths = outputs({start + "a.mp4", start + "b.mp4", start});
  CHECK(std::set<std::string>(paths.begin(), paths.end()).size() == 3);
  for (const std::string& path : paths) {
    const std::string name = fs::path(path).filename();
    CHECK(name.size() <= 255);
    CHECK(name.ends_with(".npy"));
    CHECK(name.starts_with("nnnn"));
  }
  std::string wide;
  for (int i = 0; i < 84; ++i) wide += "\xe2\x82\xac";
  for (const std::string& path : outputs({wide + "a", wide + "b"})) CHECK(is_utf8(path));
}

TEST_CASE("a hundred thousand videos of one name get their outputs in seconds") {
  Names names;
  for (int i = 0; i < 100'000; ++i) names.push_back("s" + std::to_string(i) + "/video.mp4");
  const auto start = std::chrono::steady_clock::now();
  const Names paths = outputs(names);
  CHECK(paths.back() == "out/s99999/video.npy");
  Inputs flat;  // all names meet
  for (const std::string& name : names) flat.videos.push_back({name, name, "video.mp4", ""});
  flat.several = true;
  const std::vector<fs::path> numbered = output_paths(flat, "out", ".npy");
  CHECK(std::set<fs::path>(numbered.begin(), numbered.end()).size() == names.size());
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

}  // namespace
}  // namespace c3d
