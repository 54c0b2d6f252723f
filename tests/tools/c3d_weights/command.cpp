// The program itself, as a user runs it.
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "catch.h"
#include "engine/io/safetensors.h"
#include "tests/support/scratch_folder.h"
#include "tests/tools/c3d_infer/small_model.h"

namespace c3d {
namespace {

struct Fixture {
  ScratchFolder folder;
  Fixture() { write_small_model(folder / "a.safetensors"); }

  // In the folder, with its streams in the files `out` and `err`.
  int run(const std::string& arguments) const {
    const std::string command = "cd " + folder.path().string() + " && " C3D_BINARY_DIR "/bin/c3d_weights " +
                                arguments + " >out 2>err";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string out() const { return read_text(folder / "out"); }
  std::string err() const { return read_text(folder / "err"); }
  // The small model with names of Caffe's, and without what only our own files say.
  void write_foreign() const {
    NamedTensors foreign;
    const NamedTensors ours = read_safetensors(folder / "a.safetensors");
    for (const NamedTensor& tensor : ours.all()) {
      std::string name = tensor.name;
      for (const char* layer : {"conv1", "conv2"}) {
        if (name.starts_with(layer)) name.insert(5, "a");
      }
      foreign.add({"module." + name, tensor.values, tensor.owner});
    }
    foreign.metadata()["crop"] = "48";
    write_safetensors(folder / "foreign.safetensors", foreign);
  }
};

TEST_CASE_METHOD(Fixture, "weights_that_go_through_a_pth_and_back_are_equal_and_keep_their_metadata") {
  CHECK(run("convert a.safetensors b.pth") == 0);
  CHECK(err().empty());
  CHECK(run("convert b.pth c.safetensors") == 0);
  CHECK(run("verify a.safetensors c.safetensors") == 0);
  CHECK_THAT(out(), Catch::Contains("equal: largest difference 0,"));
  const NamedTensors before = read_safetensors(folder / "a.safetensors");
  const NamedTensors after = read_safetensors(folder / "c.safetensors");
  for (const auto& [key, value] : before.metadata()) CHECK(after.metadata(key) == value);
  CHECK(after.metadata("source") == "a.safetensors");
  CHECK(after.metadata("source_sha256")->size() == 64);
}

TEST_CASE_METHOD(Fixture, "inspect_tells_the_foreign_names_ours_the_ranges_and_the_metadata") {
  write_foreign();
  CHECK(run("inspect foreign.safetensors") == 0);
  CHECK_THAT(out(), Catch::Contains("module.conv1a.weight") && Catch::Contains("crop: 48"));
  REQUIRE(run("inspect foreign.safetensors --json") == 0);
  const auto json = nlohmann::json::parse(out());
  REQUIRE(json["tensors"].size() == 22);
  CHECK(json["tensors"][0]["ours"] == "conv1.weight");
  CHECK(json["tensors"][0]["min"] < json["tensors"][0]["max"]);
  CHECK(json["metadata"]["source_format"] == "safetensors");
}

TEST_CASE_METHOD(Fixture, "foreign_names_are_converted_and_a_wrong_map_is_refused") {
  write_foreign();
  CHECK(run("convert foreign.safetensors b.safetensors") == 0);
  CHECK(run("verify b.safetensors a.safetensors") == 0);
  CHECK(run("convert foreign.safetensors c.safetensors --map features") == 1);
  CHECK_THAT(err(), Catch::Contains("'module.conv1a.weight'") && Catch::Contains("names of 'features'"));
  CHECK(!std::filesystem::exists(folder / "c.safetensors"));
  CHECK(run("convert foreign.safetensors c.safetensors --map elsewhere") == 2);
}

TEST_CASE_METHOD(Fixture, "another_class_count_is_made_only_when_asked") {
  CHECK(run("convert a.safetensors b.safetensors --classes 9") == 1);
  CHECK_THAT(err(), Catch::Contains("--reinit fc8"));
  CHECK(run("convert a.safetensors b.safetensors --reinit fc8 --classes 9") == 0);
  const NamedTensors made = read_safetensors(folder / "b.safetensors");
  CHECK(made.at("fc8.weight").values.shape()[0] == 9);
  CHECK(made.metadata("classes") == "9");
  CHECK(run("verify a.safetensors b.safetensors") == 1);
  CHECK_THAT(out(), Catch::Contains("fc7.weight       0\n") &&
                        Catch::Contains("fc8.bias         inf ([5] and [9])"));
}

TEST_CASE_METHOD(Fixture, "a_difference_above_the_tolerance_gives_exit_code_1") {
  NamedTensors changed;
  const NamedTensors good = read_safetensors(folder / "a.safetensors");
  for (const NamedTensor& tensor : good.all()) {
    auto* copy = changed.add(tensor.name, tensor.values.shape(), DType::f32).as<float>();
    std::copy_n(tensor.values.as<float>(), tensor.values.count(), copy);
    if (tensor.name == "conv2.bias") copy[1] += 0.25f;
  }
  write_safetensors(folder / "b.safetensors", changed);
  CHECK(run("verify a.safetensors b.safetensors") == 1);
  CHECK_THAT(out(), Catch::Contains("conv2.bias       0.25"));
  CHECK(run("verify a.safetensors b.safetensors --tolerance 0.25") == 0);
}

TEST_CASE_METHOD(Fixture, "what_is_missing_or_no_weights_is_one_line") {
  folder.write("bad.pth", "PK\x03\x04");
  CHECK(run("inspect bad.pth") == 1);
  CHECK_THAT(err(), Catch::Contains("c3d_weights: its zip directory cannot be read"));
  CHECK(run("convert a.safetensors out.h5") == 1);
  CHECK_THAT(err(), Catch::Contains(".safetensors, .pth, .pt"));
  CHECK(run("") == 2);
}

}  // namespace
}  // namespace c3d
