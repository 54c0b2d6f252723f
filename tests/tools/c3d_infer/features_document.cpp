// docs/features.md: every command on that page is run as it stands there, and what it wrote is read.
#include <map>
#include <set>

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "engine/io/safetensors.h"
#include "engine/io/whole_file.h"
#include "tests/support/command.h"
#include "tests/support/h5_file.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"
#include "weights/npy_array.h"
#include "weights/npy_header.h"
#include "weights/zip_writer.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// The commands of the page's blocks of shell, by the heading that they stand under.
std::map<std::string, std::string> commands_of(const fs::path& page) {
  std::map<std::string, std::string> commands;
  std::istringstream lines(read_text(page));
  std::string heading;
  bool in_shell = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) heading = line.substr(3);
    if (line.starts_with("```")) {
      in_shell = line == "```sh";
    } else if (in_shell) {
      std::string& command = commands[heading];
      if (command.ends_with("\\")) command.back() = ' ';
      command += line;
    }
  }
  return commands;
}

NpyArray npy_at(const fs::path& file) { return parse_npy(WholeFile(file).bytes()); }

// As Chainer calls what Caffe calls conv1a ... fc8.
void write_chainer(const fs::path& path, const NamedTensors& tensors) {
  AtomicFile file(path);
  ZipWriter zip(file);
  for (const NamedTensor& tensor : tensors.all()) {
    const std::size_t dot = tensor.name.find('.');
    std::string layer = tensor.name.substr(0, dot);
    if (layer == "conv1" || layer == "conv2") layer += "a";
    const ConstTensor& values = tensor.values;
    const auto extents = values.shape().extents();
    const std::string floats(reinterpret_cast<const char*>(values.as<float>()),
                             static_cast<std::size_t>(values.count()) * sizeof(float));
    zip.add(layer + (tensor.name.ends_with(".weight") ? "/W.npy" : "/b.npy"),
            npy_header({extents.begin(), extents.end()}) + floats);
  }
  zip.finish();
  file.commit();
}

// The mean as a .npz and as the .npy in it, of 3 x 16 x 128 x 171.
void write_means(const fs::path& npz, const fs::path& npy) {
  std::string values;
  for (int i = 0; i < 3 * 16 * 128 * 171; ++i) {
    const auto value = static_cast<float>(80 + i % 41);
    values.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  const std::string array = npy_header({3, 16, 128, 171}) + values;
  write_file(npy, array);
  AtomicFile file(npz);
  ZipWriter zip(file);
  zip.add("mean.npy", array);
  zip.finish();
  file.commit();
}

struct Page {
  ScratchFolder folder;
  std::map<std::string, std::string> commands = commands_of(fs::path(C3D_SOURCE_DIR) / "docs/features.md");

  Page() {
    write_small_model(folder / "c3d.caffemodel", {.with_preprocessing = false, .as_sports1m = true});
    fs::create_directories(folder / "videos/Abnormal");
    fs::create_directories(folder / "videos/Normal");
    write_tiny_video(folder / "videos/Abnormal/Abuse001_x264.mp4", 40);
    write_tiny_video(folder / "videos/Normal/s13-d21.avi", 33);
  }

  // The command under the heading that begins so; taken off the list.
  void run(const std::string& heading, const std::string& changed_from = "", const std::string& to = "") {
    const auto found = commands.lower_bound(heading);
    REQUIRE((found != commands.end() && found->first.starts_with(heading)));
    std::string command = found->second;
    if (!changed_from.empty()) {
      const std::size_t at = command.find(changed_from);
      REQUIRE(at != std::string::npos);
      command.replace(at, changed_from.size(), to);
    }
    INFO(command);
    const int code = run_command(
        folder.path(), "export XDG_CACHE_HOME=$PWD/cache PATH=" C3D_BINARY_DIR "/bin:$PATH && " + command);
    INFO(read_text(folder / "err"));
    REQUIRE(code == 0);
  }
};

TEST_CASE("the page has a command for each community and for Chainer's weights") {
  const Page page;
  std::vector<std::string> headings;
  for (const auto& [heading, command] : page.commands) {
    CHECK_THAT(command, Catch::Contains("c3d_infer "));
    headings.push_back(heading);
  }
  CHECK(headings == std::vector<std::string>{
                        "Anomaly detection with ten crops: RTFM", "Anomaly detection: Sultani et al. 2018",
                        "By which recipe were these features made?", "Captions and proposals: ActivityNet",
                        "Grounding: TACoS", "Weights of Chainer"});
}

TEST_CASE("the page's command for Sultani gives 32 lines a video as MATLAB cuts them") {
  Page page;
  page.run("Anomaly detection: Sultani");
  const std::string text = read_text(page.folder / "C3D_Features_Txt/Abnormal/Abuse001_x264_C.txt");
  CHECK(std::ranges::count(text, '\n') == 32);
  CHECK(fs::exists(page.folder / "C3D_Features_Txt/Normal/s13-d21_C.txt"));
  // The trainer takes the first two names there.
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(page.folder / "C3D_Features_Txt")) {
    names.insert(entry.path().filename());
  }
  CHECK(names == std::set<std::string>{"Abnormal", "Normal"});
  // What it says of the Python ports.
  page.run("Anomaly detection: Sultani", "--pool segments:32:matlab", "");
  CHECK(fs::exists(page.folder / "C3D_Features_Txt/Abnormal/Abuse001_x264.txt"));
}

TEST_CASE("the page's command for RTFM gives a table of ten crops a clip") {
  Page page;
  page.run("Anomaly detection with ten crops");
  const NpyArray table = npy_at(page.folder / "rtfm/Abnormal/Abuse001_x264.npy");
  REQUIRE(table.extents.size() == 3);
  CHECK(table.extents[0] == 2);
  CHECK(table.extents[1] == 10);
}

TEST_CASE("the page's commands for ActivityNet and TACoS give a table for each video of one file") {
  Page page;
  page.run("Captions and proposals");
  CHECK(read_h5_names(page.folder / "activitynet.c3d.hdf5") ==
        std::vector<std::string>{"Abuse001_x264", "s13-d21"});
  CHECK(read_h5_table(page.folder / "activitynet.c3d.hdf5", "Abuse001_x264/c3d_features").rows == 4);
  page.run("Grounding");
  CHECK(read_h5_table(page.folder / "tacos.c3d.hdf5", "s13-d21.avi").rows == 3);
}

TEST_CASE("the page's commands find a recipe and make features by it") {
  Page page;
  write_scene(page.folder / "video.mp4", {.place = 3, .motion = 5, .frames = 40});
  const std::string made =
      "c3d_infer --weights c3d.caffemodel --profile caffe-sports1m --window 16 --step 8 "
      "--features fc6 --features-out published.npy video.mp4 && ";
  page.run("By which recipe", "c3d_infer match", made + "c3d_infer match");
  CHECK_THAT(read_text(page.folder / "recipe.json"), Catch::Contains("\"found\": true"));
  CHECK(npy_at(page.folder / "features/Abnormal/Abuse001_x264.npy").extents[0] == 4);
}

TEST_CASE("the page's command for Chainer's weights computes what the same weights do in our file") {
  Page page;
  const NamedTensors ours = read_safetensors(page.folder / "c3d.caffemodel");
  write_chainer(page.folder / "conv3d_deepnetA_ucf.npz", ours);
  write_means(page.folder / "mean2.npz", page.folder / "mean.npy");
  page.run("Weights of Chainer");
  fs::rename(page.folder / "judged", page.folder / "by_npz");
  fs::rename(page.folder / "c3d.caffemodel", page.folder / "same.safetensors");
  page.commands.at("Weights of Chainer")
      .replace(page.commands.at("Weights of Chainer").find("mean2.npz"), 9, "mean.npy");
  page.run("Weights of Chainer", "conv3d_deepnetA_ucf.npz", "same.safetensors");
  const NpyArray npz = npy_at(page.folder / "by_npz/Normal/s13-d21.npy");
  CHECK(npz.extents == std::vector<std::int64_t>{1, 5});
  CHECK(npz.values == npy_at(page.folder / "judged/Normal/s13-d21.npy").values);
  CHECK_THAT(read_text(page.folder / "err"), Catch::Contains("pool5 caffe"));
}

}  // namespace
}  // namespace c3d
