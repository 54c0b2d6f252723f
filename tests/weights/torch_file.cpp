#include "weights/torch_file.h"

#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/weights/golden_values.h"
#include "weights/torch_archive.h"
#include "weights/weights_file.h"
#include "weights/zip_writer.h"

namespace c3d {
namespace {

float expected(std::int64_t i, int offset) { return static_cast<float>((i * 7 + offset) % 23 - 11); }

void check_values(const NamedTensors& tensors, const std::string& name, int offset) {
  INFO(name);
  const ConstTensor& values = tensors.at(name).values;
  REQUIRE(values.type() == DType::f32);
  for (std::int64_t i = 0; i < values.count(); ++i) CHECK(values.as<float>()[i] == expected(i, offset));
}

// conv1 ... fc8, as the script that made the files has them.
void check_all_layers(const NamedTensors& tensors) {
  const char* const names[] = {"conv1",  "conv2",  "conv3a", "conv3b", "conv4a", "conv4b",
                               "conv5a", "conv5b", "fc6",    "fc7",    "fc8"};
  REQUIRE(tensors.all().size() == 2 * std::size(names));
  for (int i = 0; i < static_cast<int>(std::size(names)); ++i) {
    const std::string name = names[i];
    CHECK(tensors.all()[static_cast<std::size_t>(2 * i)].name == name + ".weight");
    check_values(tensors, name + ".weight", 2 * i);
    check_values(tensors, name + ".bias", 2 * i + 1);
    CHECK(tensors.at(name + ".weight").values.shape() ==
          (name.starts_with("conv") ? Shape{2, 1, 1, 1, 2} : Shape{2, 3}));
  }
}

TEST_CASE("a checkpoint of either age of PyTorch gives its tensors by our names") {
  for (const char* name : {"checkpoint_zip.pth.tar", "checkpoint_legacy.pth.tar", "under_model.pth",
                           "mmaction2.pth", "features.pth", "deflated.pth"}) {
    INFO(name);
    check_all_layers(read_weights(golden(name)));
  }
}

std::string pickled_text(const std::string& text) {
  return "X" + std::string(1, static_cast<char>(text.size())) + std::string(3, '\0') + text;
}

// A file of one tensor, conv1.bias, whose pickle is `before` + the state dict + `after`.
NamedTensors read_checkpoint_of(const std::string& before, const std::string& after) {
  const ScratchFolder folder;
  NamedTensors tensors;
  tensors.add("conv1.bias", {1}, DType::f32).as<float>()[0] = 0.5f;
  write_torch_file(folder / "plain.pth", tensors);
  const std::string plain = read_text(folder / "plain.pth");
  const TorchArchive archive(std::as_bytes(std::span(plain)));
  const TorchArchive::Content pickle = archive.read("data.pkl", 1 << 20);
  const std::string_view object(reinterpret_cast<const char*>(pickle.bytes.get()) + 2, pickle.size - 3);
  AtomicFile file(folder / "nested.pth");
  ZipWriter zip(file);
  zip.add("a/data.pkl", "\x80\x02" + before + std::string(object) + after + ".");
  const TorchArchive::Content values = archive.read("data/0", 4);
  zip.add("a/data/0", std::span(values.bytes.get(), values.size));
  zip.finish();
  file.commit();
  return read_weights(folder / "nested.pth");
}

TEST_CASE("the state dict of a checkpoint is found however deep and whatever it is called") {
  const std::string number = pickled_text("epoch") + "K\x07";
  for (const char* name : {"state_dict", "model_state_dict", "model", "net", "weights", "my_network"}) {
    INFO(name);
    const std::string open = "}(" + number + pickled_text(name);
    CHECK(read_checkpoint_of(open, "u").at("conv1.bias").values.as<float>()[0] == 0.5f);
    const std::string outer = "}(" + number + pickled_text("model");
    CHECK(read_checkpoint_of(outer + open, "uu").all().size() == 1);
  }
  // A usual name may hold something else.
  CHECK(read_checkpoint_of("}(" + pickled_text("model") + pickled_text("c3d") + pickled_text("net"), "u")
            .all()
            .size() == 1);
}

TEST_CASE("every element type view and stride becomes the same floats") {
  for (const char* file : {"types_zip.pth", "types_legacy.pth"}) {
    INFO(file);
    const NamedTensors tensors = read_torch_file(golden(file));
    for (const char* name :
         {"float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8"}) {
      check_values(tensors, name, 0);
      CHECK(tensors.at(name).values.shape() == Shape{2, 5});
    }
    for (std::int64_t i = 0; i < 10; ++i) {
      CHECK(tensors.at("uint8").values.as<float>()[i] == expected(i, 0) + 11);
      CHECK(tensors.at("bool").values.as<float>()[i] == (expected(i, 0) > 0 ? 1.0f : 0.0f));
    }
    check_values(tensors, "shared", 3);
    check_values(tensors, "parameter", 5);
    CHECK(tensors.at("scalar").values.as<float>()[0] == 4);
    CHECK(tensors.at("empty").values.shape() == Shape{0, 3});
    REQUIRE(tensors.at("transposed").values.shape() == Shape{6, 4});
    for (std::int64_t row = 0; row < 4; ++row) {
      CHECK(tensors.at("column").values.as<float>()[row] == expected(row * 6 + 2, 3));
      for (std::int64_t column = 0; column < 6; ++column) {
        CHECK(tensors.at("transposed").values.as<float>()[column * 4 + row] == expected(row * 6 + column, 3));
      }
    }
    CHECK(tensors.at("second_half").values.as<float>()[0] == expected(12, 3));
  }
}

TEST_CASE("what write_torch_file wrote reads back with its metadata") {
  const ScratchFolder folder;
  NamedTensors tensors = read_weights(golden("features.pth"));
  tensors.metadata() = {{"labels", "[\"\u00e9\"]"}, {"pool5", "caffe"}};
  write_torch_file(folder / "a.pth", tensors);
  const NamedTensors read = read_weights(folder / "a.pth");
  check_all_layers(read);
  CHECK(read.metadata() == tensors.metadata());
}

TEST_CASE("a written file has every storage at a multiple of 64 bytes and the same bytes each time") {
  const ScratchFolder folder;
  write_torch_file(folder / "a.pth", read_weights(golden("features.pth")));
  const std::string first = read_text(folder / "a.pth");
  write_torch_file(folder / "a.pth", read_weights(folder / "a.pth"));
  CHECK(read_text(folder / "a.pth") == first);
  int storages = 0;
  for (std::size_t at = first.find("a/data/"); at != std::string::npos; at = first.find("a/data/", at + 1)) {
    std::size_t content = first.find('F', at);  // the padding field "FB", size, Z...
    if (content == std::string::npos || first.substr(content, 2) != "FB") break;  // the directory
    content += 4;
    while (first[content] == 'Z') ++content;
    CHECK(content % 64 == 0);
    ++storages;
  }
  CHECK(storages == 22);
}

TEST_CASE("a pth of other than floats is refused") {
  const ScratchFolder folder;
  NamedTensors tensors;
  tensors.add("bytes", {3}, DType::u8);
  CHECK_THROWS_WITH(write_torch_file(folder / "a.pth", tensors), Catch::Contains("tensor 'bytes' holds u8"));
}

// ---- broken and hostile files ---------------------------------------------------------------------------

std::string error_of(const std::filesystem::path& path) {
  return message_of([&] { read_foreign_weights(path, Provenance::leave); });
}

struct Hostile {
  const char *name, *error;
};
constexpr Hostile kHostile[] = {
    {"os_system", "asks for os.system, which"},
    {"builtin_eval", "asks for __builtin__.eval, which"},
    {"stack_global", "opcode STACK_GLOBAL"},
    {"inst", "opcode INST"},
    {"load_from_bytes", "torch.storage._load_from_bytes"},
    {"elements_2_60", "its storage '0' has 16 bytes"},
    {"elements_2_60_repeated", "1152921504606846976 elements, but its storage 4"},
    {"shape_overflows", "too many elements"},
    {"negative_extent", "a dimension of -4"},
    {"negative_stride", "reach beyond its storage of 4"},
    {"beyond_storage", "reach beyond its storage of 4"},
    {"stride_beyond_storage", "reach beyond its storage of 4"},
    {"six_dimensions", "6 dimensions"},
    {"storage_too_small", "has 8 bytes, but 4 elements of 4"},
    {"storage_missing", "its zip holds no 'data/1'"},
    {"storage_outside", "its zip holds no 'data/../../etc/passwd'"},
    {"self_list", "holds itself"},
    {"self_dict", "holds itself"},
    {"nested_deep", "nested more than 100 deep"},
    {"million_values", "more than 500000 values"},
    {"memo_missing", "recalls value 5"},
    {"stack_empty", "a value that is not there"},
    {"mark_missing", "a mark that is not there"},
    {"build_foreign", "(BUILD) that is no OrderedDict"},
    {"duplicate_tensor", "two tensors named 'w'"},
    {"duplicate_state_dict", "'state_dict' twice"},
    {"no_tensors", "neither tensors by name"},
    {"protocol_4", "protocol 4"},
    {"pickle_cut", "its pickle is cut short"},
    {"big_endian", "byte order is 'big'"},
    {"zip_bomb", "zip bomb"},
    {"zip_two_pickles", "two data.pkl"},
    {"zip_script", "TorchScript"},
    {"zip_lzma", "packed by method 14"},
    {"zip_cut", "damaged or cut short"},
    {"zip_bit_flipped", "size or checksum differ"},
    {"zip_of_other_things", "holds no data.pkl"},
    {"zip_duplicate_entry", "its zip has 'a/data/0' twice"},
    {"legacy_big_endian", "big-endian"},
    {"legacy_cut", "cut short: the storage '0' would end 4 bytes behind the file"},
    {"legacy_elements_2_60", "cut short"},
    {"legacy_sizes_differ", "5 elements in one place, 4 in another"},
    {"legacy_duplicate_key", "'0' twice"},
    {"legacy_unknown_key", "that no tensor uses"},
    {"legacy_os_system", "asks for os.system, which"},
    {"plain_pickle", "none that torch.save wrote"},
    {"old_tar", "a tar file"},
    {"not_weights", "no weights file that is known"}};

TEST_CASE("hostile and broken files give one clear error at once and take no memory") {
  for (const Hostile& hostile : kHostile) {
    INFO(hostile.name);
    const auto path = golden(std::string("hostile/") + hostile.name + ".pth");
    struct rusage before {
    }, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto start = std::chrono::steady_clock::now();
    const std::string error = error_of(path);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    ::getrusage(RUSAGE_SELF, &after);
    INFO(error);
    CHECK(error.find(hostile.error) != std::string::npos);
    CHECK(error.find(path.string()) != std::string::npos);
    CHECK(error.find(path.string()) == error.rfind(path.string()));
    CHECK(error.size() < 600);
    CHECK(after.ru_maxrss - before.ru_maxrss < 100'000);
    CHECK(seconds.count() < 1);
  }
}

// Every file that begins as a good one does: an error or tensors, and nothing worse.
TEST_CASE("a file that is cut anywhere or has a bit turned is read or refused") {
  int refused = 0;
  for (const char* name : {"features.pth", "types_legacy.pth", "deflated.pth"}) {
    const std::string good = read_text(golden(name));
    const auto attempt = [&](const std::string& text) {
      try {
        read_torch_bytes(std::as_bytes(std::span(text)), nullptr);
      } catch (const Error&) {
        ++refused;
      }
    };
    for (std::size_t size = 0; size < good.size(); size += 37) attempt(good.substr(0, size));
    const int after_cuts = refused;
    CHECK(after_cuts > 0);
    for (std::size_t at = 0; at < good.size(); at += 11) {
      std::string text = good;
      text[at] = static_cast<char>(text[at] ^ (1 << (at % 8)));
      attempt(text);
    }
    CHECK(refused > after_cuts);
  }
}

}  // namespace
}  // namespace c3d
