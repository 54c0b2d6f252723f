#include "weights/caffe.h"

#include <sys/resource.h>

#include "catch.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/weights/golden_values.h"

namespace c3d {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

struct Expected {
  std::string name;
  Shape shape;
};
const std::vector<Expected>& tensors_of_five() {
  static const std::vector<Expected> all{{"conv1a.weight", {2, 3, 3, 3, 3}},
                                         {"conv1a.bias", {2}},
                                         {"conv2a.weight", {3, 2, 3, 3, 3}},
                                         {"conv2a.bias", {3}},
                                         {"fc6-1.weight", {4, 6}},
                                         {"fc6-1.bias", {4}},
                                         {"fc8.weight", {2, 4}},
                                         {"fc8.bias", {2}}};
  return all;
}

void check_tensors(const NamedTensors& tensors, const std::vector<Expected>& expected) {
  REQUIRE(tensors.all().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const NamedTensor& tensor = tensors.all()[i];
    INFO(expected[i].name);
    CHECK(tensor.name == expected[i].name);
    CHECK(tensor.values.type() == DType::f32);
    CHECK(tensor.values.shape() == expected[i].shape);
    CHECK(holds_values(tensor.values, tensor.name));
  }
}

TEST_CASE("a caffemodel gives its tensors whatever its numbering, list of layers and packing") {
  struct File {
    const char *name, *format;
  };
  for (const File& file :
       {File{"v10", "caffemodel, C3D v1.0"}, File{"v10_unpacked", "caffemodel, C3D v1.0"},
        File{"v10_oldest_layers", "caffemodel, C3D v1.0"}, File{"bvlc", "caffemodel, Caffe, C3D v1.1"},
        File{"bvlc_unpacked", "caffemodel, Caffe, C3D v1.1"},
        File{"bvlc_old_layers", "caffemodel, Caffe, C3D v1.1"},
        File{"bvlc_double", "caffemodel, Caffe, C3D v1.1"}}) {
    INFO(file.name);
    const NamedTensors tensors = read_caffemodel(golden(std::string(file.name) + ".caffemodel"));
    check_tensors(tensors, tensors_of_five());
    CHECK(tensors.metadata("source_format") == file.format);
    CHECK(tensors.metadata("pool5") == "caffe");
  }
}

TEST_CASE("blobs of four dimensions and no shape are matrices and biases where ones stand in front") {
  const NamedTensors tensors = read_caffemodel(golden("bvlc_legacy.caffemodel"));
  CHECK(tensors.at("conv1a.weight").values.shape() == Shape{2, 9, 3, 3});
  CHECK(tensors.at("conv1a.bias").values.shape() == Shape{2});
  CHECK(tensors.at("fc6-1.weight").values.shape() == Shape{4, 6});
  for (const NamedTensor& tensor : tensors.all()) CHECK(holds_values(tensor.values, tensor.name));
}

TEST_CASE("a caffemodel's tensors outlive the file") {
  const ScratchFolder folder;
  const auto path = folder.write("a.caffemodel", read_text(golden("v10.caffemodel")));
  const NamedTensors tensors = read_caffemodel(path);
  std::filesystem::remove(path);
  check_tensors(tensors, tensors_of_five());
}

TEST_CASE("a caffemodel is known by its first bytes, and nothing else is taken for one") {
  const auto looks = [](const std::string& text) { return looks_like_caffemodel(bytes_of(text)); };
  for (const char* name : {"v10", "v10_oldest_layers", "bvlc", "bvlc_old_layers", "bvlc_legacy"}) {
    INFO(name);
    const std::string file = read_text(golden(std::string(name) + ".caffemodel"));
    CHECK(looks(file));
    for (const std::size_t size : {64U, 65U, 100U, 256U}) CHECK(looks(file.substr(0, size)));
  }
  CHECK_FALSE(looks(""));
  CHECK_FALSE(looks(std::string(64, '\0')));
  CHECK_FALSE(looks(std::string("PK\x03\x04", 4) + std::string(60, 'a')));
  CHECK_FALSE(looks("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."));
  CHECK_FALSE(looks(std::string("\x12\x02\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"}}", 29)));
  CHECK_FALSE(looks(std::string("\x0a\x02\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"}}", 29)));
  CHECK_FALSE(looks("name: \"c3d\"\nlayers {\n  name: \"conv1a\"\n}\n"));
  CHECK_FALSE(
      looks(std::string("\x08\x06\x12\x03"
                        "c3d:\x10",
                        9)));  // ONNX
  CHECK_FALSE(looks(read_text(golden("v10_cube.binaryproto"))));
  CHECK_FALSE(looks(read_text(golden("bvlc_cube.binaryproto"))));
  CHECK_FALSE(looks(read_text(golden("cube_f4.npy"))));
}

TEST_CASE("means of every kind of file give their colours, frames, rows and columns") {
  struct File {
    const char* name;
    Shape shape;
  };
  for (const File& file :
       {File{"v10_cube.binaryproto", {3, 2, 4, 5}}, File{"bvlc_cube.binaryproto", {3, 2, 4, 5}},
        File{"bvlc_picture.binaryproto", {3, 1, 4, 5}}, File{"cube_f4.npy", {3, 2, 4, 5}},
        File{"cube_f8.npy", {3, 2, 4, 5}}, File{"cube_fortran.npy", {3, 2, 4, 5}},
        File{"colours.npy", {3}}}) {
    INFO(file.name);
    const NamedTensor mean = read_mean(golden(file.name));
    CHECK(mean.name == "mean");
    REQUIRE(mean.values.shape() == file.shape);
    CHECK(holds_values(mean.values, "mean"));
  }
}

TEST_CASE("a hostile caffemodel gives one error that says what is wrong, where and in which file") {
  struct Hostile {
    const char *name, *error;
  };
  for (const Hostile& hostile : {
           Hostile{"truncated", "cut short"},
           Hostile{
               "v10_2_60",
               "[32768, 32768, 32768, 32768, 1] asks for 1152921504606846976 values, but the file holds 162"},
           Hostile{"v10_one_value_less", "[2, 3, 3, 3, 3] asks for 162 values, but the file holds 161"},
           Hostile{"v10_negative", "[-2, 3, 3, 3, 3] is no possible shape"},
           Hostile{"v10_no_values", "asks for 162 values, but the file holds 0"},
           Hostile{"bvlc_2_60", "[1152921504606846976] asks for"},
           Hostile{"bvlc_overflow", "is no possible shape"},
           Hostile{"bvlc_negative", "is no possible shape"},
           Hostile{"bvlc_zero", "is no possible shape"},
           Hostile{"bvlc_six_dimensions", "6 dimensions"},
           Hostile{"bvlc_1000_dimensions", "1005 dimensions"},
           Hostile{"both_numberings", "numbered as in C3D v1.0, but fc8.bias as in Caffe"},
           Hostile{"neither_numbering", "neither as in C3D v1.0 nor as in Caffe"},
           Hostile{"layer_twice", "two tensors named 'conv1a.weight'"},
           Hostile{"nameless", "has no name"},
           Hostile{"no_weights", "no layer with weights"},
           Hostile{"flipped", "cut short"},
           Hostile{"group", "no .caffemodel"},
           Hostile{"length_2_60", "cut short"},
       }) {
    INFO(hostile.name);
    const auto path = golden("hostile") / (std::string(hostile.name) + ".caffemodel");
    const std::string error = message_of([&] { read_caffemodel(path); });
    INFO(error);
    CHECK(error.find(hostile.error) != std::string::npos);
    CHECK(error.find(path.string()) != std::string::npos);
    CHECK(error.size() < 500);
  }
}

TEST_CASE("a hostile mean gives one error that says what is wrong and in which file") {
  struct Hostile {
    const char *name, *error;
  };
  for (const Hostile& hostile :
       {Hostile{"mean_no_colours.npy", "[2, 3, 4, 5] is not the shape of a mean"},
        Hostile{"mean_short.npy", "asks for 120 values of 4 bytes, but 476 bytes follow"},
        Hostile{"mean_2_60.npy", "asks for 3458764513820540928 values"},
        Hostile{"mean_big_endian.npy", "'>f4'"}, Hostile{"mean_object.npy", "'|O'"},
        Hostile{"mean_unclosed.npy", "header"}, Hostile{"mean_short.binaryproto", "cut short"},
        Hostile{"mean_no_colours.binaryproto", "[1, 2, 2, 4, 5] is not the shape of a mean"}}) {
    INFO(hostile.name);
    const std::string error = message_of([&] { read_mean(golden("hostile") / hostile.name); });
    INFO(error);
    CHECK(error.find(hostile.error) != std::string::npos);
    CHECK(error.find(hostile.name) != std::string::npos);
    CHECK(error.size() < 500);
  }
}

// Whatever comes of it, it is tensors or an Error.
template <typename Parse>
void survives(const std::string& file, const Parse& parse) {
  for (std::size_t size = 0; size < file.size(); ++size) {
    const std::string cut = file.substr(0, size);
    static_cast<void>(message_of([&] { parse(bytes_of(cut)); }));
  }
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const int bit : {0, 2, 5, 7}) {
      std::string flipped = file;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      static_cast<void>(message_of([&] { parse(bytes_of(flipped)); }));
    }
  }
}

TEST_CASE("every cut and every flipped bit of a Caffe file is survived in little memory") {
  struct rusage before {
  }, after{};
  ::getrusage(RUSAGE_SELF, &before);
  for (const char* name : {"v10.caffemodel", "bvlc.caffemodel", "bvlc_double.caffemodel"}) {
    const std::string file = read_text(golden(name));
    survives(file, [](auto bytes) { parse_caffemodel(bytes); });
    survives(file, [](auto bytes) { looks_like_caffemodel(bytes); });
  }
  for (const char* name : {"v10_cube.binaryproto", "cube_f8.npy"}) {
    survives(read_text(golden(name)), [](auto bytes) { parse_mean_file(bytes); });
  }
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 65536);
}

TEST_CASE("a layer list of a million empty layers takes no memory to refuse") {
  std::string file;
  for (int i = 0; i < 1'000'000; ++i) file += std::string("\x12\x00", 2);
  CHECK_THROWS_WITH(parse_caffemodel(bytes_of(file)), Catch::Contains("no layer with weights"));
  std::string layer = std::string(
                  "\x12\x05\x22\x01"
                  "a"
                  "\x32\x00",
                  7),
              many;
  for (int i = 0; i < 20'000; ++i) many += layer;
  CHECK_THROWS_WITH(parse_caffemodel(bytes_of(many)), Catch::Contains("more than 10000 layers"));
}

}  // namespace
}  // namespace c3d
