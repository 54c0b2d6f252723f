#include "c3d/inference/feature_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/whole_file.h"
#include "tests/support/environment.h"
#include "tests/support/scratch_folder.h"
#include "weights/npy_array.h"

namespace c3d {
namespace {

// Rows {1, -2}, {2, -4}, {3, -6} ...
void write_rows(const std::filesystem::path& path, const FeatureRule& rule, int rows,
                std::int64_t first_number = 0) {
  FeatureFile file(path, rule);
  for (int i = 0; i < rows; ++i) {
    const float row[] = {static_cast<float>(i + 1), static_cast<float>(-2 * (i + 1))};
    file.add(8 * i, row);
  }
  file.finish(first_number);
}

std::vector<float> column(const std::filesystem::path& path, std::size_t index) {
  const NpyArray table = parse_npy(WholeFile(path).bytes());
  std::vector<float> values;
  for (std::int64_t row = 0; row < table.extents[0]; ++row) {
    values.push_back(table.values[static_cast<std::size_t>(2 * row) + index]);
  }
  return values;
}

TEST_CASE("Caffe files are five int32 and the values of each clip") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "a");
  const FeatureRule rule{.format = FeatureFormat::caffe, .layer = "fc6-1", .extents = {2, 1, 1, 1}};
  write_rows(folder / "a", rule, 3, GENERATE(0, 1));
  const bool from_1 = std::filesystem::exists(folder / "a/000001.fc6-1");
  // struct.pack("<5i2f", 1, 2, 1, 1, 1, 2.0, -4.0)
  const std::string second("\1\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\x40\0\0\x80\xc0", 28);
  CHECK(read_text(folder / (from_1 ? "a/000009.fc6-1" : "a/000008.fc6-1")) == second);
  CHECK(std::filesystem::exists(folder / (from_1 ? "a/000017.fc6-1" : "a/000016.fc6-1")));
  CHECK(features_complete(folder / "a", rule));
  std::filesystem::remove(folder / (from_1 ? "a/000001.fc6-1" : "a/000000.fc6-1"));
  CHECK(!features_complete(folder / "a", rule));
}

TEST_CASE("several crops are an axis of npy's table, pooled and scaled one by one") {
  const ScratchFolder folder;
  FeatureRule rule{.l2 = true, .extents = {2, 1, 1, 1}, .crops = 3};
  rule.pooling = {.kind = Pooling::Kind::mean};
  {
    FeatureFile file(folder / "a.npy", rule);
    file.add(0, std::vector<float>{3, 4, 0, 2, 1, 0});
    file.add(8, std::vector<float>{3, 4, 0, 4, 0, 1});
    file.finish(0);
  }
  const NpyArray table = parse_npy(WholeFile(folder / "a.npy").bytes());
  CHECK(table.extents == std::vector<std::int64_t>{1, 3, 2});
  const std::vector<float> expected{0.6f, 0.8f, 0, 1, std::sqrt(0.5f), std::sqrt(0.5f)};
  REQUIRE(table.values.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(static_cast<double>(table.values[i]) == Approx(static_cast<double>(expected[i])));
  CHECK(features_complete(folder / "a.npy", rule));
  rule.crops = 1;
  CHECK_FALSE(features_complete(folder / "a.npy", rule));
}

TEST_CASE("several crops have a place in npy alone") {
  const ScratchFolder folder;
  for (const FeatureFormat format :
       {FeatureFormat::csv, FeatureFormat::caffe, FeatureFormat::txt, FeatureFormat::h5}) {
    CHECK_THROWS_WITH(FeatureFile(folder / "a", {.format = format, .crops = 3}), Catch::Contains("only npy"));
  }
}

TEST_CASE("a CSV line is a row") {
  const ScratchFolder folder;
  const FeatureRule rule{.format = FeatureFormat::csv, .extents = {2, 1, 1, 1}};
  write_rows(folder / "a.csv", rule, 2);
  CHECK(read_text(folder / "a.csv") == "1,-2\n2,-4\n");
  CHECK(features_complete(folder / "a.csv", rule));
  CHECK(!features_complete(folder / "b.csv", rule));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("a txt file has a line for each segment and its numbers are the same float32 again") {
  const ScratchFolder folder;
  const FeatureRule rule{.format = FeatureFormat::txt,
                         .pooling = default_pooling(FeatureFormat::txt),
                         .l2 = true,
                         .extents = {3, 1, 1, 1}};
  FeatureRule table = rule;
  table.format = FeatureFormat::npy;
  FeatureFile text(folder / "a.txt", rule), numbers(folder / "a.npy", table);
  for (int i = 0; i < 50; ++i) {
    const float row[] = {1.0f / static_cast<float>(i + 3), -1e-7f * static_cast<float>(i), 12345.678f};
    text.add(i, row);
    numbers.add(i, row);
  }
  text.finish(0);
  numbers.finish(0);
  const NpyArray expected = parse_npy(WholeFile(folder / "a.npy").bytes());
  std::vector<float> read;
  const std::vector<std::string> lines = lines_of(read_text(folder / "a.txt"));
  REQUIRE(lines.size() == 32);
  for (const std::string& line : lines) {
    CHECK(std::ranges::count(line, ' ') == 2);  // the Python port splits at each blank, and reads all parts
    std::istringstream words(line);
    for (std::string word; words >> word;) read.push_back(std::strtof(word.c_str(), nullptr));
  }
  CHECK(read == expected.values);
  CHECK(features_complete(folder / "a.txt", rule));
  folder.write("cut.txt", lines[0] + "\n");
  CHECK_FALSE(features_complete(folder / "cut.txt", rule));
}

// Of rows {3, 4}, {0, 8}, {6, 0}, in Python with 2 segments: round(linspace(0, 2, 3)) = 0 1 2, so rows 0
// and 1.
TEST_CASE("a txt file's lines are the means of segments at length 1") {
  const ScratchFolder folder;
  FeatureFile file(folder / "a.txt", {.format = FeatureFormat::txt,
                                      .pooling = parse_pooling("segments:2"),
                                      .l2 = true,
                                      .extents = {2, 1, 1, 1}});
  for (const auto& row : {std::vector<float>{3, 4}, {0, 8}, {6, 0}}) file.add(0, row);
  file.finish(0);
  CHECK(read_text(folder / "a.txt") == "0.600000024 0.800000012\n0 1\n");
}

TEST_CASE("a txt file is of segments and called as their cutter calls it") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH(FeatureFile(folder / "a", {.format = FeatureFormat::txt}),
                    Catch::Contains("each segment"));
  CHECK(extension(FeatureFormat::txt, parse_pooling("segments:32")) == ".txt");
  CHECK(extension(FeatureFormat::txt, parse_pooling("segments:32:matlab")) == "_C.txt");
  CHECK(extension(FeatureFormat::npy, parse_pooling("segments:32:matlab")) == ".npy");
  CHECK(to_string(default_pooling(FeatureFormat::txt)) == "segments:32");
}

TEST_CASE("the mean is over all rows and l2 makes what is written of length 1") {
  const ScratchFolder folder;
  FeatureRule rule{.pooling = parse_pooling("mean"), .extents = {2, 1, 1, 1}};
  write_rows(folder / "mean.npy", rule, 4);
  CHECK(column(folder / "mean.npy", 0) == std::vector<float>{2.5f});
  CHECK(column(folder / "mean.npy", 1) == std::vector<float>{-5});
  rule.l2 = true;
  write_rows(folder / "l2.npy", rule, 4);
  CHECK(column(folder / "l2.npy", 0)[0] == Approx(1 / std::sqrt(5.0)));
  CHECK(column(folder / "l2.npy", 1)[0] == Approx(-2 / std::sqrt(5.0)));
}

// numpy.round(numpy.linspace(0, n - 1, 5)): n = 11: 0 2 5 8 10 (2.5 and 7.5 go to even); n = 3: 0 0 1 2 2.
TEST_CASE("segments are cut where anomaly detection cuts them") {
  const ScratchFolder folder;
  const FeatureRule rule{.pooling = parse_pooling("segments:4"), .extents = {2, 1, 1, 1}};
  write_rows(folder / "long.npy", rule, 11);
  CHECK(column(folder / "long.npy", 0) == std::vector<float>{1.5f, 4, 7, 9.5f});
  write_rows(folder / "short.npy", rule, 3);
  CHECK(column(folder / "short.npy", 0) == std::vector<float>{1, 1, 2, 3});
  write_rows(folder / "one.npy", rule, 1);
  CHECK(column(folder / "one.npy", 0) == std::vector<float>{1, 1, 1, 1});
}

// Save_C3DFeatures_32Segments.m for 17 clips: round(linspace(1, 17, 33)), halves upwards, and means of rows
// ss to max(ss, ee); the Python port rounds halves to even and gets other rows in 8 of the 32.
TEST_CASE("segments may be cut as the original MATLAB cuts them") {
  const auto python = pooled_rows(parse_pooling("segments:32"), 17);
  const auto matlab = pooled_rows(parse_pooling("segments:32:matlab"), 17);
  std::vector<int> differing;
  for (int i = 0; i < 32; ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (python[row] != matlab[row]) differing.push_back(i);
    // MATLAB's ss of segment i + 1 is floor(1 + i / 2 + 0.5) = 1 + (i + 1) / 2.
    CHECK(matlab[row] == RowRange((i + 1) / 2, (i + 1) / 2 + 1));
  }
  CHECK(differing == std::vector<int>{1, 5, 9, 13, 17, 21, 25, 29});
  CHECK(pooled_rows(parse_pooling("segments:4:matlab"), 11) ==
        std::vector<RowRange>{{0, 3}, {3, 5}, {5, 8}, {8, 10}});
  CHECK(to_string(parse_pooling("segments:32:matlab")) == "segments:32:matlab");
  CHECK(to_string(parse_pooling("segments:7")) == "segments:7");
}

TEST_CASE("pooling is none mean max or a number of segments") {
  CHECK(parse_pooling("max").kind == Pooling::Kind::max);
  CHECK(parse_pooling("segments:32").segments == 32);
  for (const char* wrong :
       {"", "most", "segments", "segments:", "segments:0", "segments:-3", "segments:3x",
        "segments:99999999999", "segments:3:", "segments::matlab", "segments:3:octave", "mean:matlab"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_pooling(wrong), Error);
  }
}

TEST_CASE("features of another size or cut off are not complete") {
  const ScratchFolder folder;
  FeatureRule rule{.extents = {2, 1, 1, 1}};
  write_rows(folder / "a.npy", rule, 2);
  CHECK(features_complete(folder / "a.npy", rule));
  folder.write("cut.npy", read_text(folder / "a.npy").substr(0, 140));
  CHECK(!features_complete(folder / "cut.npy", rule));
  rule.extents = {3, 1, 1, 1};
  CHECK(!features_complete(folder / "a.npy", rule));
}

TEST_CASE("rows wait where TMPDIR says") {
  const ScratchFolder folder;
  const EnvironmentVariable elsewhere("TMPDIR", (folder / "absent").string());
  std::string why;
  try {
    FeatureFile(folder / "a.npy", {});
  } catch (const Error& error) {
    why = error.message();
  }
  CHECK(why.find((folder / "absent").string()) != std::string::npos);
}

TEST_CASE("clips of an earlier run that cannot be removed are an error") {
  const ScratchFolder folder;
  folder.write("a/000007.fc6-1/in the way");
  FeatureFile file(folder / "a", {.format = FeatureFormat::caffe, .layer = "fc6-1"});
  file.add(0, std::vector<float>{1});
  CHECK_THROWS_WITH(file.finish(0), Catch::Contains("000007.fc6-1") && Catch::Contains("cannot be removed"));
}

TEST_CASE("Caffe's format refuses pooling") {
  const ScratchFolder folder;
  CHECK_THROWS_AS(
      FeatureFile(folder / "a", {.format = FeatureFormat::caffe, .pooling = parse_pooling("mean")}), Error);
}

}  // namespace
}  // namespace c3d
