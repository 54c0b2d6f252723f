// Frames of record files against bytes that TensorBoard's own code gave, and files that are cut or damaged.
#include "c3d/report/tensorboard/records.h"

#include <vector>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

std::vector<std::string> records_of(const std::filesystem::path& file) {
  std::vector<std::string> records;
  RecordReader reader(file);
  while (const auto record = reader.next()) records.push_back(*record);
  return records;
}

}  // namespace

TEST_CASE("masked sums are those of TensorFlow's record files") {
  CHECK(masked_crc32c("") == 0xA282EAD8U);
  CHECK(masked_crc32c("abc") == 0x21F1576EU);
  CHECK(masked_crc32c("123456789") == 0xC78AB0E5U);
  CHECK(masked_crc32c(std::string(32, '\0')) == 0x0FD7FFFAU);  // of 0x8A9136AA, RFC 3720
}

TEST_CASE("a frame is length, its sum, the bytes and their sum") {
  const std::string expected(
      "\x03\0\0\0\0\0\0\0\xB0\x99\x49\x0E"
      "abc"
      "\x6E\x57\xF1\x21",
      19);
  CHECK(framed("abc") == expected);
}

TEST_CASE("records are read back, also empty ones and those of any bytes") {
  const ScratchFolder folder;
  const std::string bytes("a\0\xFF\n", 4), large(100'000, 'x');
  const auto file = folder.write("records", framed("") + framed(bytes) + framed(large));
  CHECK(records_of(file) == std::vector<std::string>{"", bytes, large});
  RecordReader reader(file);
  while (reader.next()) {
  }
  CHECK(reader.whole_bytes() == read_text(file).size());
  CHECK(records_of(folder.write("empty")).empty());
  CHECK_THROWS_WITH(RecordReader(folder / "none"), Catch::Contains("none"));
}

TEST_CASE("a file that is cut anywhere ends after its last whole record") {
  const ScratchFolder folder;
  const std::string one = framed("one"), two = framed("two");
  for (std::size_t bytes = 0; bytes < two.size(); ++bytes) {
    const auto file = folder.write("cut", one + two.substr(0, bytes));
    CHECK(records_of(file) == std::vector<std::string>{"one"});
  }
}

TEST_CASE("a record with any bit turned is not read, and no length makes a reader take memory for it") {
  const ScratchFolder folder;
  const std::string one = framed("one"), two = framed("two");
  for (std::size_t byte = 0; byte < two.size(); ++byte) {
    std::string damaged = two;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 0x40);
    const auto file = folder.write("damaged", one + damaged + one);
    CHECK(records_of(file) == std::vector<std::string>{"one"});
  }
  std::string endless(8, '\xFF');
  const std::uint32_t sum = masked_crc32c(endless);
  for (int i = 0; i < 4; ++i) endless += static_cast<char>(sum >> 8 * i & 0xFFU);
  CHECK(records_of(folder.write("endless", one + endless)) == std::vector<std::string>{"one"});
}
