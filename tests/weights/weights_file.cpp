#include "weights/weights_file.h"

#include "catch.h"
#include "engine/io/safetensors.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

std::string digest_of(const std::string& text) { return sha256(std::as_bytes(std::span(text))); }

NamedTensors named(const std::vector<std::string>& names) {
  NamedTensors tensors;
  for (const std::string& name : names) tensors.add(name, {2}, DType::f32).as<float>()[0] = 1;
  tensors.metadata()["pool5"] = "caffe";
  return tensors;
}

std::string error_of(const NamedTensors& tensors, NameMap map) {
  return message_of([&] { renamed(tensors, map); });
}

TEST_CASE("sha256 is that of the standard") {
  CHECK(digest_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(digest_of(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256 of pieces and of a file is that of the whole") {
  std::string text;
  for (int i = 0; i < 3'000'000; ++i) text += static_cast<char>(i * 7 % 251);
  Sha256 sum;
  const auto bytes = std::as_bytes(std::span(text));
  std::size_t at = 0;
  for (const std::size_t size : {0U, 1U, 62U, 1U, 64U, 65U, 127U, 1000U, 128U}) {
    sum.add(bytes.subspan(at, size));
    at += size;
  }
  sum.add(bytes.subspan(at));
  CHECK(sum.digits() == digest_of(text));

  const ScratchFolder folder;
  CHECK(file_sha256(folder.write("long", text)) == digest_of(text));
  CHECK(file_sha256(folder.write("empty")) == digest_of(""));
  CHECK_THROWS_WITH(file_sha256(folder / "missing"), Catch::Contains("missing"));
  CHECK_THROWS_WITH(file_sha256(folder.path()), Catch::Contains("not a regular file"));
}

TEST_CASE("each map knows its names with and without prefixes") {
  CHECK(our_name("conv3a.weight", NameMap::pvr) == "conv3a.weight");
  CHECK(our_name("module.conv1.bias", NameMap::pvr) == "conv1.bias");
  CHECK(our_name("features.18.bias", NameMap::features) == "conv5b.bias");
  CHECK(our_name("module.classifier.6.weight", NameMap::features) == "fc8.weight");
  CHECK(our_name("backbone.conv1a.conv.weight", NameMap::mmaction2) == "conv1.weight");
  CHECK(our_name("conv5b.conv.bias", NameMap::mmaction2) == "conv5b.bias");
  CHECK(our_name("cls_head.fc_cls.weight", NameMap::mmaction2) == "fc8.weight");
  CHECK(our_name("conv2a.weight", NameMap::caffe) == "conv2.weight");
  CHECK(our_name("fc6-1.weight", NameMap::caffe) == "fc6.weight");
  CHECK(our_name("fc8.bias", NameMap::caffe) == "fc8.bias");
  CHECK(our_name("conv1a.weight", NameMap::pvr).empty());
  CHECK(our_name("conv1", NameMap::pvr).empty());
  CHECK(our_name("features.1.weight", NameMap::features).empty());
}

TEST_CASE("the map is chosen by the names and keeps memory order and metadata") {
  CHECK(naming_of(named({"conv1.weight", "fc6.weight"})).map == NameMap::pvr);
  CHECK(naming_of(named({"features.0.weight"})).map == NameMap::features);
  CHECK(naming_of(named({"backbone.conv1a.conv.weight", "backbone.fc6.bias"})).map == NameMap::mmaction2);
  CHECK(naming_of(named({"conv1a.weight", "conv3a.weight", "fc6.weight"})).map == NameMap::caffe);
  const NamedTensors foreign = named({"fc6-1.bias", "conv1a.bias", "conv1a.weight"});
  const NamedTensors ours = renamed(foreign, NameMap::automatic);
  REQUIRE(ours.all().size() == 3);
  CHECK(ours.all()[0].name == "conv1.weight");
  CHECK(ours.all()[2].name == "fc6.bias");
  CHECK(ours.all()[2].values.data() == foreign.all()[0].values.data());
  CHECK(ours.metadata("pool5") == "caffe");
}

TEST_CASE("prefixes of wrappers and one that all names share are taken off") {
  const std::string prefix = GENERATE(as<std::string>{}, "_orig_mod.", "model.", "net.", "state_dict.",
                                      "module._orig_mod.", "model.net.backbone.", "student.", "a.b.model.c.");
  INFO(prefix);
  const NamedTensors ours =
      renamed(named({prefix + "conv1.weight", prefix + "fc8.bias", "mean_cube"}), NameMap::automatic);
  CHECK(ours.find("conv1.weight") != nullptr);
  CHECK(ours.find("fc8.bias") != nullptr);
  CHECK(ours.find("mean_cube") != nullptr);
  const NamedTensors others =
      renamed(named({prefix + "features.0.weight", prefix + "classifier.6.bias"}), NameMap::automatic);
  CHECK(others.find("fc8.bias") != nullptr);
}

TEST_CASE("a prefix that not all names have is named with the cure") {
  CHECK_THAT(error_of(named({"teacher.conv1.weight", "student.conv1.weight"}), NameMap::automatic),
             Catch::Contains("'teacher.'") && Catch::Contains("k.removeprefix('teacher.')"));
}

TEST_CASE("a tensor that no name fits or that comes twice is named with its shape") {
  CHECK_THAT(error_of(named({"conv1.weight", "conv6.weight"}), NameMap::automatic),
             Catch::Contains("'conv6.weight' [2] is no parameter") && Catch::Contains("names of 'pvr'"));
  CHECK_THAT(error_of(named({"features.0.weight"}), NameMap::caffe), Catch::Contains("names of 'caffe'"));
  CHECK_THAT(error_of(named({"fc6.bias", "fc6-1.bias"}), NameMap::caffe),
             Catch::Contains("second tensor for fc6.bias"));
  CHECK_THROWS_WITH(parse_name_map("tf"), Catch::Contains("auto, pvr, features, mmaction2, caffe"));
}

TEST_CASE("the content tells the format and the file its provenance") {
  const ScratchFolder folder;
  const NamedTensors tensors = named({"conv1.weight"});
  write_weights(folder / "a.pth", tensors, {});
  write_weights(folder / "a.safetensors", tensors, {});
  std::filesystem::rename(folder / "a.pth", folder / "b.safetensors");
  const NamedTensors read = read_weights(folder / "b.safetensors", NameMap::automatic, Provenance::add);
  CHECK(read.metadata(kSourceKey) == "b.safetensors");
  CHECK(read.metadata(kSourceFormatKey) == "pytorch");
  CHECK(read.metadata(kSourceDigestKey) == digest_of(read_text(folder / "b.safetensors")));
  CHECK(read.metadata("pool5") == "caffe");

  write_weights(folder / "c.safetensors", read, {});  // and the source stays what it was
  const NamedTensors again = read_weights(folder / "c.safetensors", NameMap::automatic, Provenance::add);
  CHECK(again.metadata() == read.metadata());
  CHECK(read_weights(folder / "a.safetensors").metadata() == tensors.metadata());
}

TEST_CASE("a format that is unknown is refused with those that are known") {
  const ScratchFolder folder;
  folder.write("a.pth", "no weights");
  CHECK_THROWS_WITH(read_weights(folder / "a.pth"),
                    Catch::Contains("safetensors, chainer, pytorch") && Catch::Contains("a.pth"));
  CHECK_THROWS_WITH(write_weights(folder / "a.h5", {}, {}), Catch::Contains(".safetensors, .pth, .pt"));
  CHECK_THROWS_WITH(read_weights(folder / "missing.pth"), Catch::Contains("No such file"));
}

}  // namespace
}  // namespace c3d
