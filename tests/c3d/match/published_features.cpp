// Files of features as other programs write them.
#include "c3d/match/published_features.h"

#include <cstring>

#include "catch.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

std::string caffe_file(std::int32_t channels, const std::vector<float>& values) {
  const std::int32_t header[] = {1, channels, 1, 1, 1};
  std::string bytes(sizeof(header) + values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), values.data(), values.size() * sizeof(float));
  return bytes;
}

TEST_CASE("tables of text are read whatever stands between their numbers") {
  const ScratchFolder folder;
  for (const char* text : {"1 2.5 -3e-2\n4 5 6\n", "1,2.5,-0.03\r\n4,5,6\r\n\n", "1\t2.5\t-0.03\n4\t5\t6"}) {
    const PublishedFeatures read = read_published(folder.write("a.txt", text), {});
    CHECK(read.rows == 2);
    CHECK(read.size == 3);
    CHECK(read.values == std::vector<float>{1, 2.5f, -0.03f, 4, 5, 6});
  }
}

TEST_CASE("a folder of Caffe's files is read in the order of their numbers") {
  const ScratchFolder folder;
  folder.write("f/000016.fc6-1", caffe_file(2, {3, 4}));
  folder.write("f/000000.fc6-1", caffe_file(2, {1, 2}));
  folder.write("f/notes.txt", "nothing");
  const PublishedFeatures read = read_published(folder / "f", {});
  CHECK(read.rows == 2);
  CHECK(read.values == std::vector<float>{1, 2, 3, 4});
  folder.write("f/000000.fc7-1", caffe_file(2, {1, 2}));
  CHECK_THAT(message_of([&] { return read_published(folder / "f", {}); }), Catch::Contains("of one layer"));
}

TEST_CASE("what is no table of features is refused by name") {
  const ScratchFolder folder;
  const auto error = [&](std::string_view text) {
    return message_of([&] { return read_published(folder.write("a.txt", text), {}); });
  };
  CHECK_THAT(error("1 2\n3\n"), Catch::Contains("a.txt: line 2 has 1 numbers, and the first has 2"));
  CHECK_THAT(error("1 two\n"), Catch::Contains("a.txt: line 1 holds 'two', which is no number"));
  CHECK_THAT(error("1 nan\n"), Catch::Contains("infinite or no numbers"));
  CHECK_THAT(error("\n\n"), Catch::Contains("a.txt: it holds not one number"));
  CHECK_THAT(message_of([&] { return read_published(folder / "none.npy", {}); }),
             Catch::Contains("none.npy"));
}

}  // namespace
}  // namespace c3d
