#include "engine/io/safetensors.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

std::string length_prefix(std::uint64_t bytes) {
  std::string text(8, '\0');
  std::memcpy(text.data(), &bytes, 8);
  return text;
}

std::string file_of(const std::string& header, const std::string& data) {
  return length_prefix(header.size()) + header + data;
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape, int first,
                  int last) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[" +
         std::to_string(first) + "," + std::to_string(last) + "]}";
}

template <typename T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

NamedTensors tensors_of(const std::string& file) {
  const ScratchFolder folder;
  return read_safetensors(folder.write("a.safetensors", file));
}

std::string error_of(const std::string& file) {
  return message_of([&] { tensors_of(file); });
}

NamedTensors some_tensors() {
  NamedTensors tensors;
  auto* bytes = tensors.add("bytes", {3}, DType::u8).as<std::uint8_t>();
  for (std::uint8_t i = 0; i < 3; ++i) bytes[i] = static_cast<std::uint8_t>(250 + i);
  auto* weights = tensors.add("weights", {2, 1, 3}, DType::f32).as<float>();
  for (int i = 0; i < 6; ++i) weights[i] = static_cast<float>(i) / 7;
  tensors.add("halves", {1}, DType::bf16).as<BFloat16>()[0] = to_bfloat16(-1.5f);
  tensors.add("step", {}, DType::i32).as<std::int32_t>()[0] = -7;
  tensors.add("nothing", {0, 4}, DType::f32);
  tensors.metadata() = {{"labels", "[\"a \\\"b\\\"\", \"\u00e9\"]"}, {"epoch", "3"}};
  return tensors;
}

TEST_CASE("what was written reads back the same") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.safetensors";
  const NamedTensors written = some_tensors();
  write_safetensors(path, written);
  const NamedTensors read = read_safetensors(path);
  CHECK(read.metadata() == written.metadata());
  REQUIRE(read.all().size() == written.all().size());
  for (const NamedTensor& expected : written.all()) {
    INFO(expected.name);
    const ConstTensor& values = read.at(expected.name).values;
    CHECK(values.shape() == expected.values.shape());
    REQUIRE(values.type() == expected.values.type());
    CHECK(std::memcmp(values.data(), expected.values.data(), values.bytes()) == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % size_of(values.type()) == 0);
  }
}

TEST_CASE("the same tensors make the same bytes, with a header padded to 8") {
  const ScratchFolder folder;
  write_safetensors(folder.path() / "a", some_tensors());
  write_safetensors(folder.path() / "b", read_safetensors(folder.path() / "a"));
  write_safetensors(folder.path() / "c", some_tensors());
  const std::string a = read_text(folder.path() / "a");
  CHECK(a == read_text(folder.path() / "b"));
  CHECK(a == read_text(folder.path() / "c"));
  std::uint64_t header = 0;
  std::memcpy(&header, a.data(), 8);
  CHECK(header % 8 == 0);
  CHECK(a[8] == '{');
}

TEST_CASE("tensors outlive the file's name and the reading") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.safetensors";
  write_safetensors(path, some_tensors());
  const NamedTensors read = read_safetensors(path);
  std::filesystem::remove(path);
  CHECK(read.at("weights").values.as<float>()[5] == 5.0f / 7);
}

TEST_CASE("other element types are converted") {
  const std::string header = "{" + entry("f64", "F64", "2", 0, 16) + "," + entry("i64", "I64", "2", 16, 32) +
                             "," + entry("f16", "F16", "5", 32, 42) + "," + entry("i16", "I16", "1", 42, 44) +
                             "," + entry("i8", "I8", "2", 44, 46) + "}";
  const std::string data = bytes_of<double>({0.5, -3}) + bytes_of<std::int64_t>({-5, 2147483647}) +
                           bytes_of<std::uint16_t>({0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00}) +
                           bytes_of<std::int16_t>({-300}) + bytes_of<std::int8_t>({-1, 7});
  const NamedTensors tensors = tensors_of(file_of(header, data));
  CHECK(tensors.at("f64").values.as<float>()[1] == -3);
  CHECK(tensors.at("i64").values.as<std::int32_t>()[0] == -5);
  CHECK(tensors.at("i64").values.as<std::int32_t>()[1] == 2147483647);
  const float* halves = tensors.at("f16").values.as<float>();
  CHECK(halves[0] == 1);
  CHECK(halves[1] == -2);
  CHECK(halves[2] == 0x1p-24f);
  CHECK(std::isinf(halves[3]));
  CHECK(std::isnan(halves[4]));
  CHECK(tensors.at("i16").values.as<float>()[0] == -300);
  CHECK(tensors.at("i8").values.as<float>()[0] == -1);
}

TEST_CASE("tensors that are not aligned in the file are aligned in memory") {
  const std::string header = "{" + entry("byte", "U8", "1", 0, 1) + "," + entry("f", "F32", "1", 1, 5) + "}";
  const NamedTensors tensors = tensors_of(file_of(header, "x" + bytes_of<float>({2.5f})));
  CHECK(reinterpret_cast<std::uintptr_t>(tensors.at("f").values.data()) % 4 == 0);
  CHECK(tensors.at("f").values.as<float>()[0] == 2.5f);
}

TEST_CASE("tensors come in the order of their bytes, and a header may end in spaces") {
  const std::string header =
      "{" + entry("second", "U8", "2", 1, 3) + "," + entry("first", "U8", "1", 0, 1) + "}     ";
  const NamedTensors tensors = tensors_of(file_of(header, "abc"));
  CHECK(tensors.all()[0].name == "first");
  CHECK(tensors.all()[1].name == "second");
}

TEST_CASE("files without tensors are fine") {
  CHECK(tensors_of(file_of("{}", "")).all().empty());
  CHECK(tensors_of(file_of("{\"__metadata__\":{}}", "")).metadata().empty());
}

TEST_CASE("hostile and broken files give one clear error") {
  const std::string big = std::to_string(INT64_MAX);
  const std::string f = entry("f", "F32", "1", 0, 4);
  struct Hostile {
    std::string what, file, error;
  };
  const std::vector<Hostile> table{
      {"empty file", "", "it is empty"},
      {"seven bytes", std::string(7, '\0'), "bytes only"},
      {"a video",
       std::string("RIFF\x10\x20\x30\x40"
                   "AVI LIST",
                   16),
       "not a safetensors file"},
      {"header of 2^64 - 1 bytes", length_prefix(UINT64_MAX) + "{}", "at most 100000000 are allowed"},
      {"header over 100 MB", length_prefix(100'000'001) + "{}", "at most 100000000 are allowed"},
      {"header longer than the file", length_prefix(1000) + "{}", "it is cut short"},
      {"header of no bytes", length_prefix(0), "does not start with '{'"},
      {"header is a list", file_of("[]", ""), "does not start with '{'"},
      {"header is cut JSON", file_of("{\"f\":{", ""), "not valid JSON"},
      {"header goes on after its end", file_of("{}{}", ""), "not valid JSON"},
      {"header is not UTF-8", file_of("{\"\xff\xfe\":1}", ""), "not valid JSON"},
      {"100,000 open brackets", file_of("{\"f\":" + std::string(100'000, '['), ""),
       "an array in the wrong place"},
      {"tensor is a number", file_of("{\"f\":1}", ""), "a number in the wrong place"},
      {"tensor is null", file_of("{\"f\":null}", ""), "a null in the wrong place"},
      {"tensor without fields", file_of("{\"f\":{}}", ""), "lacks its dtype, shape or data_offsets"},
      {"unknown field", file_of("{\"f\":{\"strides\":[1]}}", ""), "a field that is unknown"},
      {"field twice", file_of("{\"f\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", ""), "there twice"},
      {"tensor twice", file_of("{" + f + "," + f + "}", "aaaa"), "two tensors named 'f'"},
      {"metadata twice", file_of("{\"__metadata__\":{},\"__metadata__\":{}}", ""), "__metadata__ twice"},
      {"metadata key twice", file_of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", ""), "a key twice"},
      {"metadata of numbers", file_of("{\"__metadata__\":{\"a\":1}}", ""), "a number in the wrong place"},
      {"empty name", file_of("{" + entry("", "U8", "1", 0, 1) + "}", "a"), "a tensor name that is empty"},
      {"name of control characters", file_of("{" + entry("\\u001b[2J", "U8", "1", 0, 1) + "}", "a"),
       "not printable"},
      {"name of a megabyte", file_of("{" + entry(std::string(1 << 20, 'n'), "U8", "1", 0, 1) + "}", "a"),
       "longer than 1000 bytes"},
      {"unknown type", file_of("{" + entry("f", "F8_E4M3", "1", 0, 1) + "}", "a"), "type 'F8_E4M3'"},
      {"negative extent", file_of("{" + entry("f", "U8", "-1", 0, 1) + "}", "a"), "a negative number"},
      {"fractional extent", file_of("{" + entry("f", "U8", "1.5", 0, 1) + "}", "a"), "no 64-bit integer"},
      {"extent beyond 64 bits", file_of("{" + entry("f", "U8", "99999999999999999999", 0, 1) + "}", "a"),
       "no 64-bit integer"},
      {"extent beyond 63 bits", file_of("{" + entry("f", "U8", "18446744073709551615", 0, 1) + "}", "a"),
       "a dimension that is too large"},
      {"count overflows", file_of("{" + entry("f", "U8", big + "," + big, 0, 1) + "}", "a"),
       "too many elements"},
      {"bytes overflow", file_of("{" + entry("f", "F32", "4611686018427387905", 0, 4) + "}", "aaaa"),
       "elements"},
      {"six dimensions", file_of("{" + entry("f", "U8", "1,1,1,1,1,1", 0, 1) + "}", "a"),
       "more than 5 dimensions"},
      {"three offsets", file_of("{\"f\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", "a"),
       "a number in the wrong place"},
      {"end before start", file_of("{" + entry("f", "U8", "1", 1, 0) + "}", "a"),
       "overlap, hole or a cut file"},
      {"hole at the start", file_of("{" + entry("f", "U8", "1", 1, 2) + "}", "ab"),
       "overlap, hole or a cut file"},
      {"hole between",
       file_of("{" + entry("a", "U8", "1", 0, 1) + "," + entry("b", "U8", "1", 2, 3) + "}", "abc"),
       "overlap, hole or a cut file"},
      {"overlap", file_of("{" + entry("a", "U8", "2", 0, 2) + "," + entry("b", "U8", "2", 1, 3) + "}", "abc"),
       "overlap, hole or a cut file"},
      {"beyond the end", file_of("{" + f + "}", "abc"), "overlap, hole or a cut file"},
      {"data left over", file_of("{" + f + "}", "abcde"), "the tensors end at byte 4 of 5"},
      {"shape larger than data", file_of("{" + entry("f", "F32", "2", 0, 4) + "}", "aaaa"),
       "4 bytes, but 2 elements"},
      {"shape smaller than data", file_of("{" + entry("f", "U8", "1", 0, 4) + "}", "aaaa"),
       "4 bytes, but 1 elements"},
      {"I64 beyond 32 bits",
       file_of("{" + entry("f", "I64", "1", 0, 8) + "}", bytes_of<std::int64_t>({1LL << 31})),
       "does not fit 32 bits"}};
  for (const Hostile& hostile : table) {
    INFO(hostile.what);
    const std::string error = error_of(hostile.file);
    INFO(error);
    CHECK(error.find(hostile.error) != std::string::npos);
    CHECK(error.find("while reading") != std::string::npos);
    CHECK(error.find("a.safetensors") != std::string::npos);
    CHECK(error.size() < 500);
  }
}

TEST_CASE("a file that claims terabytes takes no memory to refuse") {
  const ScratchFolder folder;
  const std::string header =
      "{\"f\":{\"dtype\":\"F64\",\"shape\":[1000000000000],\"data_offsets\":[0,8000000000000]}}";
  const auto path = folder.write("a.safetensors", file_of(header, "aaaa"));
  struct rusage before {
  }, after{};
  ::getrusage(RUSAGE_SELF, &before);
  CHECK_THROWS_AS(read_safetensors(path), Error);
  ::getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 65536);
}

TEST_CASE("what is no regular file is refused without waiting for it") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH(read_safetensors(folder.path()), Catch::Contains("not a regular file"));
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_safetensors(pipe), Catch::Contains("not a regular file"));
  CHECK_THROWS_WITH(read_safetensors(folder.path() / "missing"), Catch::Contains("No such file"));
}

TEST_CASE("a file that is cut after it was read changes nothing") {
  const ScratchFolder folder;
  const auto path = folder / "a.safetensors";
  NamedTensors tensors;
  tensors.add("long", {1 << 20}, DType::f32).as<float>()[(1 << 20) - 1] = 2.5f;
  write_safetensors(path, tensors);
  const NamedTensors read = read_safetensors(path);
  std::filesystem::resize_file(path, 0);
  CHECK(read.at("long").values.as<float>()[(1 << 20) - 1] == 2.5f);
}

TEST_CASE("a flipped bit of any byte of a file that we wrote is found") {
  const ScratchFolder folder;
  const auto path = folder / "a.safetensors";
  write_safetensors(path, some_tensors());
  const std::string good = read_text(path);
  const std::size_t data = good.size() - 24 - 2 - 3 - 4;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const auto bit : {i % 8, (i + 3) % 8}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      const std::string error = error_of(bad);
      INFO("byte " << i << " of " << good.size() << ", bit " << bit << ": " << error);
      CHECK(error.find("a.safetensors") != std::string::npos);
      if (i >= data) CHECK(error.find("is damaged: tensor '") != std::string::npos);
    }
  }
}

TEST_CASE("a file that another program wrote anew has no checksums to hold to") {
  const ScratchFolder folder;
  const auto path = folder / "a.safetensors";
  write_safetensors(path, some_tensors());
  std::string file = read_text(path);
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, file.data(), 8);
  std::string header = file.substr(8, bytes);
  header.erase(header.find_last_not_of(" \t") + 1);
  CHECK(header.find("\"crc32c\"") != std::string::npos);
  header.replace(header.find("\"epoch\":\"3\""), 11, "\"epoch\":\"4\"");
  std::string data = file.substr(8 + bytes);
  data[0] = static_cast<char>(data[0] ^ 1);
  for (const std::size_t spaces : {0U, 7U, 32U, 100U}) {
    const NamedTensors read = tensors_of(file_of(header + std::string(spaces, ' '), data));
    CHECK(read.metadata("epoch") == "4");
    CHECK_FALSE(read.metadata("crc32c"));
  }
  const std::string lines = header + std::string(20, ' ') + "\n\t\t\n" + std::string(16, '\t');
  CHECK(tensors_of(file_of(lines, data)).metadata("epoch") == "4");
}

TEST_CASE("writing refuses what the format cannot hold") {
  const ScratchFolder folder;
  NamedTensors tensors;
  tensors.add("__metadata__", {1}, DType::u8);
  CHECK_THROWS_WITH(write_safetensors(folder.path() / "a", tensors), Catch::Contains("__metadata__"));
  CHECK_THROWS_WITH(write_safetensors(folder.path() / "no/a", some_tensors()),
                    Catch::Contains("there is no folder"));
}

TEST_CASE("metadata that are not UTF-8 do not stop a snapshot") {
  const ScratchFolder folder;
  NamedTensors tensors;
  tensors.metadata()["labels"] = "caf\xe9";
  write_safetensors(folder.path() / "a", tensors);
  CHECK(read_safetensors(folder.path() / "a").metadata("labels") == "caf\xef\xbf\xbd");
}

}  // namespace
}  // namespace c3d
