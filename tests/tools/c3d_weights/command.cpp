// The program itself, as a user runs it.
#include <algorithm>
#include <limits>

#include "catch.h"
#include "engine/io/json.h"
#include "engine/io/safetensors.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

struct Fixture {
  ScratchFolder folder;
  Fixture() { write_small_model(folder / "a.safetensors"); }

  // In the folder, with its streams in the files `out` and `err`.
  int run(const std::string& arguments) const {
    return run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_weights " + arguments);
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

TEST_CASE_METHOD(Fixture, "weights that go through a pth and back are equal and keep their metadata") {
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

TEST_CASE_METHOD(Fixture, "weights in bf16 take half the bytes and differ by their rounding") {
  REQUIRE(run("convert a.safetensors half.safetensors --type bf16") == 0);
  const auto size = [&](const char* name) {
    return static_cast<double>(std::filesystem::file_size(folder / name));
  };
  CHECK(size("half.safetensors") < 0.55 * size("a.safetensors"));
  CHECK(run("verify a.safetensors half.safetensors") == 1);
  CHECK(run("verify a.safetensors half.safetensors --tolerance 0.01") == 0);
  REQUIRE(run("convert half.safetensors again.safetensors --type bf16") == 0);
  CHECK(run("verify half.safetensors again.safetensors") == 0);
  CHECK(run("convert a.safetensors half.pth --type bf16") == 2);
  CHECK(run("convert a.safetensors half.safetensors --type f16") == 2);
}

TEST_CASE_METHOD(Fixture, "inspect tells the foreign names ours the ranges and the metadata") {
  write_foreign();
  CHECK(run("inspect foreign.safetensors") == 0);
  CHECK_THAT(out(), Catch::Contains("module.conv1a.weight") && Catch::Contains("crop: 48"));
  REQUIRE(run("inspect foreign.safetensors --json") == 0);
  const auto json = parse_json(out());
  REQUIRE(json["tensors"].size() == 22);
  CHECK(json["tensors"][0]["ours"] == "conv1.weight");
  CHECK(json["tensors"][0]["min"] < json["tensors"][0]["max"]);
  CHECK(json["metadata"]["source_format"] == "safetensors");
}

TEST_CASE_METHOD(Fixture, "foreign names are converted and a wrong map is refused") {
  write_foreign();
  CHECK(run("convert foreign.safetensors b.safetensors") == 0);
  CHECK(run("verify b.safetensors a.safetensors") == 0);
  CHECK(run("convert foreign.safetensors c.safetensors --map features") == 1);
  CHECK_THAT(err(), Catch::Contains("'module.conv1a.weight'") && Catch::Contains("names of 'features'"));
  CHECK(!std::filesystem::exists(folder / "c.safetensors"));
  CHECK(run("convert foreign.safetensors c.safetensors --map elsewhere") == 2);
}

TEST_CASE_METHOD(Fixture,
                 "a folder of the hub holds the weights their labels and a card and is taken for weights") {
  write_foreign();
  REQUIRE(run("export-hub foreign.safetensors hub") == 0);
  CHECK(run("verify hub a.safetensors") == 0);
  REQUIRE(run("inspect hub --json") == 0);
  const auto config = parse_json(read_text(folder / "hub/config.json"));
  CHECK(config["id2label"].size() == 5);
  CHECK(config["label2id"][config["id2label"]["3"].get<std::string>()] == 3);
  CHECK(config["preprocessing"]["crop"] == 48);
  CHECK_THAT(read_text(folder / "hub/README.md"),
             Catch::StartsWith("---\n") && Catch::Contains("pipeline_tag: video-classification") &&
                 Catch::Contains(config["id2label"]["0"].get<std::string>()));
  CHECK(run("export-hub hub/model.safetensors hub") == 2);
  CHECK(run("export-hub absent.pth other") == 1);
  CHECK(run("export-hub foreign.safetensors hub") == 0);
  folder.write("own/README.md", "# Notes\n");
  CHECK(run("export-hub foreign.safetensors own") == 1);
  CHECK_THAT(err(), Catch::Contains("own/README.md: this file is there"));
  CHECK(read_text(folder / "own/README.md") == "# Notes\n");
}

TEST_CASE_METHOD(Fixture, "another class count is made only when asked") {
  CHECK(run("convert a.safetensors b.safetensors --classes 9") == 2);
  CHECK_THAT(err(), Catch::Contains("--reinit fc8"));
  CHECK(run("convert a.safetensors b.safetensors --reinit fc8 --classes 9") == 0);
  const NamedTensors made = read_safetensors(folder / "b.safetensors");
  CHECK(made.at("fc8.weight").values.shape()[0] == 9);
  CHECK(made.metadata("classes") == "9");
  CHECK(run("verify a.safetensors b.safetensors") == 1);
  CHECK_THAT(out(), Catch::Contains("fc7.weight       0\n") &&
                        Catch::Contains("fc8.bias         inf ([5] and [9])"));
}

TEST_CASE_METHOD(Fixture, "a difference above the tolerance gives exit code 1") {
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

TEST_CASE_METHOD(Fixture, "a standard output that is full is an error") {
  for (const char* command :
       {"inspect a.safetensors", "inspect a.safetensors --json", "verify a.safetensors a.safetensors"}) {
    INFO(command);
    const std::string line = std::string(C3D_BINARY_DIR "/bin/c3d_weights ") + command;
    CHECK(run_command(folder.path(), line, ">/dev/full 2>err") == 1);
    CHECK_THAT(err(), Catch::Contains("standard output") && Catch::Contains("full"));
  }
}

TEST_CASE_METHOD(Fixture, "values that are no numbers are not converted") {
  NamedTensors changed = read_safetensors(folder / "a.safetensors");
  NamedTensors bad;
  for (const NamedTensor& tensor : changed.all()) {
    auto* copy = bad.add(tensor.name, tensor.values.shape(), DType::f32).as<float>();
    std::copy_n(tensor.values.as<float>(), tensor.values.count(), copy);
    if (tensor.name == "fc8.bias") copy[1] = std::numeric_limits<float>::quiet_NaN();
  }
  bad.metadata() = changed.metadata();
  write_safetensors(folder / "bad.safetensors", bad);
  CHECK(run("convert bad.safetensors b.pth") == 1);
  CHECK_THAT(err(),
             Catch::Contains("1 of the 5 values of tensor 'fc8.bias'") && Catch::Contains("bad.safetensors"));
  CHECK(!std::filesystem::exists(folder / "b.pth"));
  CHECK(run("convert bad.safetensors b.pth --reinit fc8") == 0);
  CHECK(run("inspect bad.safetensors") == 0);
  CHECK_THAT(out(), Catch::Contains("1 of 5 not finite"));
}

TEST_CASE_METHOD(Fixture, "what is read is not written over") {
  std::filesystem::create_hard_link(folder / "a.safetensors", folder / "b.safetensors");
  const std::string before = read_text(folder / "a.safetensors");
  for (const char* out : {"a.safetensors", "./a.safetensors", "b.safetensors"}) {
    CHECK(run(std::string("convert a.safetensors ") + out) == 2);
    CHECK_THAT(err(), Catch::Contains("another name"));
  }
  CHECK(read_text(folder / "a.safetensors") == before);
}

TEST_CASE_METHOD(Fixture, "escapes in metadata and damage reach no terminal as they are") {
  NamedTensors tensors = read_safetensors(folder / "a.safetensors");
  tensors.metadata()["no\x1b[31mte"] = "one\ntwo\x1b[2J";
  write_safetensors(folder / "b.safetensors", tensors);
  CHECK(run("inspect b.safetensors") == 0);
  CHECK(out().find('\x1b') == std::string::npos);
  CHECK_THAT(out(), Catch::Contains("no\\x1b[31mte: one\\ntwo\\x1b[2J\n"));
  tensors.metadata()["frame_stride"] = "\x1b[31m2";
  write_safetensors(folder / "b.safetensors", tensors);
  CHECK(run("convert b.safetensors c.safetensors") == 1);
  CHECK(err().find('\x1b') == std::string::npos);
  CHECK_THAT(err(), Catch::Contains("frame_stride") && Catch::Contains("b.safetensors"));
}

TEST_CASE_METHOD(Fixture, "what is missing or no weights is one line") {
  folder.write("bad.pth", "PK\x03\x04");
  CHECK(run("inspect bad.pth") == 1);
  CHECK_THAT(err(), Catch::Contains("c3d_weights: its zip directory cannot be read"));
  CHECK(run("convert a.safetensors out.h5") == 2);
  CHECK_THAT(err(), Catch::Contains(".safetensors, .pth, .pt"));
  CHECK(run("") == 2);
}

TEST_CASE_METHOD(Fixture, "a slip in a command or number of c3d_weights is named") {
  CHECK(run("inspct a.safetensors") == 2);
  CHECK_THAT(err(), Catch::Contains("there is no command inspct; did you mean inspect?"));
  CHECK(run("inspect a.safetensors --jsn") == 2);
  CHECK_THAT(err(), Catch::Contains("there is no option --jsn; did you mean --json?"));
  CHECK(run("verify a.safetensors a.safetensors --tolerance nan") == 2);
  CHECK_THAT(err(), Catch::Contains("--tolerance: is 'nan'"));
  CHECK(run("convert a.safetensors no/b.pth") == 1);
  CHECK_THAT(err(), Catch::Contains("there is no folder"));
}

}  // namespace
}  // namespace c3d
