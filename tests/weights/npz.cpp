// Files as Chainer and NumPy write them (tools/scripts/make_chainer_golden.py).
#include "catch.h"
#include "engine/io/whole_file.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/weights/golden_values.h"
#include "weights/caffe.h"
#include "weights/npy_header.h"
#include "weights/npz_file.h"
#include "weights/weights_file.h"
#include "weights/zip_writer.h"

namespace c3d {
namespace {

void write_npz(const std::filesystem::path& path,
               const std::vector<std::pair<std::string, std::string>>& entries) {
  AtomicFile file(path);
  ZipWriter zip(file);
  for (const auto& [name, content] : entries) zip.add(name, content);
  zip.finish();
  file.commit();
}

TEST_CASE("weights of Chainer have our names, shapes and values") {
  struct Expected {
    std::string ours, chainers;
    Shape shape;
  };
  const std::vector<Expected> expected{{"conv1.weight", "conv1a/W", {2, 3, 3, 3, 3}},
                                       {"conv1.bias", "conv1a/b", {2}},
                                       {"conv2.weight", "conv2a/W", {3, 2, 3, 3, 3}},
                                       {"conv2.bias", "conv2a/b", {3}},
                                       {"fc6.weight", "fc6/W", {4, 6}},
                                       {"fc6.bias", "fc6/b", {4}},
                                       {"fc8.weight", "fc8/W", {2, 4}},
                                       {"fc8.bias", "fc8/b", {2}}};
  const NamedTensors tensors = read_weights(golden(GENERATE("chainer.npz", "chainer_packed.npz")));
  REQUIRE(tensors.all().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const NamedTensor& tensor = tensors.all()[i];
    INFO(expected[i].chainers);
    CHECK(tensor.name == expected[i].ours);
    CHECK(tensor.values.shape() == expected[i].shape);
    CHECK(holds_values(tensor.values, expected[i].chainers));
  }
  CHECK(tensors.metadata().at("pool5") == "caffe");
}

TEST_CASE("weights of Chainer say where they come from") {
  const NamedTensors tensors = read_foreign_weights(golden("chainer.npz"), Provenance::add);
  CHECK(tensors.metadata().at(kSourceFormatKey) == "chainer");
  CHECK(tensors.metadata().at(kSourceKey) == "chainer.npz");
  CHECK(tensors.metadata().at(kSourceDigestKey).size() == 64);
}

TEST_CASE("PyTorch's zip files are told from NumPy's") {
  const std::vector<std::byte> npz = file_head(golden("chainer.npz"), 4096);
  const std::vector<std::byte> torch = file_head(golden("checkpoint_zip.pth.tar"), 4096);
  CHECK(looks_like_npz(npz));
  CHECK_FALSE(looks_like_npz(torch));
  CHECK_FALSE(looks_like_npz(std::span(npz).first(29)));
}

TEST_CASE("a mean is the array of that name or the only one of an npz") {
  const NamedTensor mean = read_mean(golden("mean2.npz"));
  CHECK(mean.values.shape() == Shape{3, 2, 4, 5});
  CHECK(holds_values(mean.values, "mean"));
  CHECK_THAT(message_of([] { read_mean(golden("two_means.npz")); }),
             Catch::Contains("no array 'mean', but a, b") && Catch::Contains("two_means.npz"));
  const ScratchFolder folder;
  const std::string colours = npy_header({1, 3}) + std::string(12, '\0');
  write_npz(folder / "only.npz", {{"other.npy", colours}});
  CHECK(read_mean(folder / "only.npz").values.shape() == Shape{3});
}

TEST_CASE("what a damaged or foreign npz lacks is said by name") {
  const ScratchFolder folder;
  const std::string bias = npy_header({2, 1}) + std::string(8, '\0');
  write_npz(folder / "cut.npz", {{"conv1a/b.npy", bias.substr(0, bias.size() - 1)}});
  CHECK_THAT(message_of([&] { read_weights(folder / "cut.npz"); }),
             Catch::Contains("conv1a/b.npy") && Catch::Contains("cut.npz"));
  write_npz(folder / "other.npz", {{"conv9/W.npy", bias}});
  CHECK_THAT(message_of([&] { read_weights(folder / "other.npz"); }), Catch::Contains("'conv9.weight'"));
  write_npz(folder / "text.npz", {{"conv1a/W.npy", bias}, {"readme.txt", "hello"}});
  CHECK_THAT(message_of([&] { read_weights(folder / "text.npz"); }), Catch::Contains("readme.txt"));
  const std::string whole = read_text(golden("chainer.npz"));
  folder.write("half.npz", whole.substr(0, whole.size() / 2));
  CHECK_THAT(message_of([&] { read_weights(folder / "half.npz"); }), Catch::Contains("damaged or cut short"));
}

}  // namespace
}  // namespace c3d
