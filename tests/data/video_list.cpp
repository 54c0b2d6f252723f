#include "data/video_list.h"

#include <algorithm>
#include <ctime>
#include <limits>

#include "catch.h"
#include "data/list_entries.h"
#include "engine/core/error.h"
#include "tests/data/files.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

// With UCF101's line ends.
constexpr const char* kUcfClasses = "1 ApplyEyeMakeup\r\n2 ApplyLipstick\r\n3 Archery\r\n";
constexpr const char* kUcfVideo = "UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi";

std::vector<std::int32_t> labels_of(const Dataset& dataset) {
  std::vector<std::int32_t> labels;
  for (const Video& video : dataset.videos) labels.push_back(video.label);
  return labels;
}

// A list beside which its videos a.avi and "my b.avi" lie.
Dataset read(const ScratchFolder& folder, std::string_view text, const std::vector<std::string>& known = {}) {
  make_file(folder / "a.avi");
  make_file(folder / "my b.avi");
  return read_dataset(make_file(folder / "list.txt", text), {}, known);
}

TEST_CASE("UCF101's trainlist, testlist and classInd are read as they are") {
  const ScratchFolder folder;
  make_file(folder / kUcfVideo);
  make_file(folder / "ucfTrainTestlist/classInd.txt", kUcfClasses);
  const auto train = make_file(folder / "ucfTrainTestlist/trainlist01.txt",
                               "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1\r\n"
                               "Archery/v_Archery_g08_c02.avi 3\r\n"
                               "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 1\r\n");
  const auto test = make_file(folder / "ucfTrainTestlist/testlist01.txt",
                              "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\n"
                              "ApplyLipstick/v_ApplyLipstick_g01_c02.avi\n");
  ListOptions options;
  options.root = folder / "UCF-101";
  const Dataset training = read_dataset(train, options);
  REQUIRE(training.labels == std::vector<std::string>{"ApplyEyeMakeup", "ApplyLipstick", "Archery"});
  REQUIRE(labels_of(training) == std::vector<std::int32_t>{0, 2, 0});
  REQUIRE(training.videos[2].path == folder / kUcfVideo);

  const Dataset testing = read_dataset(test, options, training.labels);
  REQUIRE(labels_of(testing) == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("paths may hold spaces and start from the list's folder") {
  const ScratchFolder folder;
  const Dataset dataset = read(folder, "my b.avi   walk\n  a.avi\trun \n");
  REQUIRE(dataset.labels == std::vector<std::string>{"run", "walk"});
  REQUIRE(labels_of(dataset) == std::vector<std::int32_t>{1, 0});
  REQUIRE(dataset.videos[0].path == folder / "my b.avi");
}

TEST_CASE("absolute paths are used as they are") {
  const ScratchFolder folder, videos;
  const std::string video = make_file(videos / "x.avi").string();
  REQUIRE(read(folder, video + " walk\n").videos[0].path == video);
}

TEST_CASE("empty lines, comments, a byte order mark and a missing last line end do no harm") {
  const ScratchFolder folder;
  const Dataset dataset = read(folder, "\xEF\xBB\xBF# my list\n\n   \na.avi walk\n#x.avi run\nmy b.avi walk");
  REQUIRE(dataset.labels == std::vector<std::string>{"walk"});
  REQUIRE(dataset.videos.size() == 2);
}

TEST_CASE("numeric labels count from 0") {
  const ScratchFolder folder;
  const Dataset dataset = read(folder, "a.avi 1\nmy b.avi 0\n");
  REQUIRE(dataset.labels == std::vector<std::string>{"0", "1"});
  REQUIRE(labels_of(dataset) == std::vector<std::int32_t>{1, 0});
  REQUIRE_THROWS_WITH(read(folder, "a.avi 1\nmy b.avi 2\n"),
                      Catch::Contains("no video has label 0") && Catch::Contains("classInd.txt"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi 0\nmy b.avi -1\n"),
                      Catch::Contains("list.txt:2") && Catch::Contains("negative"));
}

TEST_CASE("a classes file that is named wins over the one beside the list") {
  const ScratchFolder folder;
  make_file(folder / "a.avi");
  make_file(folder / "classInd.txt", kUcfClasses);
  ListOptions options;
  options.classes = make_file(folder / "mine.txt", "0 zero\n1 one\n");
  const Dataset dataset = read_dataset(make_file(folder / "list.txt", "a.avi 1\n"), options);
  REQUIRE(dataset.labels == std::vector<std::string>{"zero", "one"});
  REQUIRE(dataset.videos[0].label == 1);
}

TEST_CASE("with known classes names and numbers follow them") {
  const ScratchFolder folder;
  REQUIRE(labels_of(read(folder, "a.avi walk\nmy b.avi run\n", {"walk", "jump", "run"})) ==
          std::vector<std::int32_t>{0, 2});
  REQUIRE(labels_of(read(folder, "a.avi 2\nmy b.avi 1\n", {"walk", "jump", "run"})) ==
          std::vector<std::int32_t>{2, 1});
  REQUIRE_THROWS_WITH(read(folder, "a.avi walk\nmy b.avi rum\n", {"walk", "jump", "run"}),
                      Catch::Contains("list.txt:2") && Catch::Contains("did you mean 'run'"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi 3\n", {"walk", "jump", "run"}),
                      Catch::Contains("list.txt:1") && Catch::Contains("3 known classes"));
}

TEST_CASE("numbers of a classes file lead to the known classes by name") {
  const ScratchFolder folder;
  make_file(folder / "classInd.txt", kUcfClasses);
  REQUIRE(labels_of(read(folder, "a.avi 3\n", {"Archery", "ApplyEyeMakeup"})) ==
          std::vector<std::int32_t>{0});
  REQUIRE_THROWS_WITH(read(folder, "a.avi 2\n", {"Archery", "ApplyEyeMakeup"}),
                      Catch::Contains("ApplyLipstick"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi 0\n"), Catch::Contains("from 1 to 3"));
}

TEST_CASE("classes may have numbers for names") {
  const ScratchFolder folder;
  REQUIRE(labels_of(read(folder, "a.avi 1\nmy b.avi 5\n", {"5", "7", "1"})) ==
          std::vector<std::int32_t>{2, 0});
}

TEST_CASE("a line that is not understood is named with its number") {
  const ScratchFolder folder;
  REQUIRE_THROWS_WITH(read(folder, "a.avi walk\n\nnothing\n"),
                      Catch::Contains("list.txt:3") && Catch::Contains("write `path label`"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi\n"), Catch::Contains("list.txt:1") && Catch::Contains("folder"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi walk\nmy b.avi 3\n"),
                      Catch::Contains("list.txt:2") && Catch::Contains("either names or numbers"));
  REQUIRE_THROWS_WITH(read(folder, "# nothing\n"), Catch::Contains("lists no video"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi walk\n./a.avi walk\n"),
                      Catch::Contains("list.txt:2") && Catch::Contains("line 1"));
}

TEST_CASE("labels may hold blanks where the path's end can be told") {
  const std::string_view text =
      GENERATE(as<std::string_view>{}, "a.avi Apply Eye Makeup\nmy b.avi  Playing  Daf\n",
               "\"a.avi\" Apply Eye Makeup\n\"my b.avi\" \"Playing  Daf\"\n",
               "a.avi\tApply Eye Makeup\nmy b.avi\t\tPlaying  Daf\n",
               "a.avi,Apply Eye Makeup\nmy b.avi,Playing  Daf\n",
               "path,label\na.avi,Apply Eye Makeup\n\"my b.avi\",\"Playing  Daf\"\n",
               "clip_name,clip_path,label\na,a.avi,Apply Eye Makeup\nb,my b.avi,Playing  Daf\n",
               "label\tpath\nApply Eye Makeup\ta.avi\nPlaying  Daf\tmy b.avi\n");
  const ScratchFolder folder;
  const Dataset dataset = read(folder, text);
  REQUIRE(dataset.labels == std::vector<std::string>{"Apply Eye Makeup", "Playing  Daf"});
  REQUIRE(dataset.videos[0].path == folder / "a.avi");
  REQUIRE(dataset.videos[1].path == folder / "my b.avi");
}

TEST_CASE("quotes within quotes are doubled, commas within them are text") {
  const ScratchFolder folder;
  make_file(folder / "a \"b\", c.avi");
  REQUIRE(read(folder, "\"a \"\"b\"\", c.avi\",run\n").videos[0].path == folder / "a \"b\", c.avi");
}

TEST_CASE("commas in paths separate nothing") {
  const ScratchFolder folder;
  make_file(folder / "Doe, Ann/a.avi");
  const Dataset dataset = read(folder, "Doe, Ann/a.avi walk\n");
  REQUIRE(dataset.videos[0].path == folder / "Doe, Ann/a.avi");
  REQUIRE(dataset.labels == std::vector<std::string>{"walk"});
}

TEST_CASE("the original C3D's lists of three columns name videos and folders of frames") {
  const ScratchFolder folder;
  make_file(folder / "v_01/000001.jpg");
  make_file(folder / "v 02/000001.jpg");
  const auto [text, first, second] = GENERATE(
      table<const char*, const char*, const char*>({{"a.avi 0 1\nmy b.avi 16 0\n", "a.avi", "my b.avi"},
                                                    {"v_01/ 1 1\nv 02/ 17 0\n", "v_01", "v 02"},
                                                    {"v_01 163 1\nv 02 120 0\n", "v_01", "v 02"},
                                                    {"a.avi 0 run\nmy b.avi 16 fly\n", "a.avi", "my b.avi"},
                                                    {"a.avi,0,1\nmy b.avi,16,0\n", "a.avi", "my b.avi"}}));
  const Dataset dataset = read(folder, text);
  REQUIRE(labels_of(dataset) == std::vector<std::int32_t>{1, 0});
  REQUIRE(dataset.videos[0].path == folder / first);
  REQUIRE(dataset.videos[1].path == folder / second);
  REQUIRE_THAT(dataset.notes.at(0), Catch::Contains("column of first frames"));
}

TEST_CASE("a video that a list of three columns names for each of its clips is one") {
  const ScratchFolder folder;
  const Dataset dataset = read(folder, "a.avi 0 0\na.avi 16 0\nmy b.avi 0 1\n");
  REQUIRE(labels_of(dataset) == std::vector<std::int32_t>{0, 1});
  REQUIRE_THAT(dataset.notes.at(0), Catch::Contains("1 lines"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi 0 0\na.avi 16 1\n"),
                      Catch::Contains("list.txt:2") && Catch::Contains("another label than in line 1"));
}

TEST_CASE("numbers that end a path are no column where the path is there") {
  const ScratchFolder folder;
  make_file(folder / "clip 1/000001.jpg");
  make_file(folder / "clip 2/000001.jpg");
  const Dataset dataset = read(folder, "clip 1 0\nclip 2 1\n");
  REQUIRE(dataset.videos[1].path == folder / "clip 2");
  REQUIRE(labels_of(dataset) == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("lines that cannot be understood say what is wrong") {
  const ScratchFolder folder;
  REQUIRE_THROWS_WITH(read(folder, "a.avi,walk\nmy b.avi,\n"),
                      Catch::Contains("list.txt:2") && Catch::Contains("label of my b.avi is empty"));
  REQUIRE_THROWS_WITH(read(folder, "\"a.avi\" \"\"\n"), Catch::Contains("is empty"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi,walk,1,2\n"),
                      Catch::Contains("list.txt:1: has more or fewer fields"));
  REQUIRE_THROWS_WITH(read(folder, ",walk\n"), Catch::Contains("path is empty"));
  REQUIRE_THROWS_WITH(read(folder, "a.avi \xff\n"),
                      Catch::Contains("list.txt:1") && Catch::Contains("UTF-8"));
  REQUIRE_THROWS_WITH(read(folder, "label,youtube_id,time_start,time_end,split\nwalk,x,1,2,train\n"),
                      Catch::Contains("youtube_id"));
}

TEST_CASE("paths that lead nowhere from the list start from the current folder") {
  const ScratchFolder folder, lists;
  make_file(folder / "videos/a.avi");
  const auto list = make_file(lists / "list.txt", "videos/a.avi walk\n");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const Dataset dataset = read_dataset(list, {});
  std::filesystem::current_path(before);
  REQUIRE(dataset.videos[0].path == "videos/a.avi");
  REQUIRE_THAT(dataset.notes.at(0), Catch::Contains("current folder"));
}

TEST_CASE("a hundred thousand lines are read") {
  const ScratchFolder folder;
  std::string text = "a.avi 0\n";
  for (int i = 1; i < 100'000; ++i) text += fmt::format("videos/class/v_{}.avi 0\n", i);
  REQUIRE(read(folder, text).videos.size() == 100'000);
}

TEST_CASE("a list whose videos are all absent asks for their folder") {
  const ScratchFolder folder;
  REQUIRE_THROWS_WITH(read(folder, "videos/a.avi walk\n"), Catch::Contains("--root"));
  REQUIRE(read(folder, "videos/c.avi walk\na.avi walk\n").videos.size() == 2);  // one alone may be missing
}

TEST_CASE("a video given as a list, and a folder as a classes file, are refused") {
  const ScratchFolder folder;
  const auto video = make_file(folder / "a.avi");
  REQUIRE_THROWS_WITH(read_dataset(video, {}), Catch::Contains("is a video"));
  ListOptions options;
  options.classes = folder / "absent.txt";
  REQUIRE_THROWS_WITH(read_dataset(make_file(folder / "list.txt", "a.avi 1\n"), options),
                      Catch::Contains("absent.txt"));
}

TEST_CASE("a classes file says which line is wrong") {
  const ScratchFolder folder;
  make_file(folder / "classInd.txt", "1 ApplyEyeMakeup\nArchery 2\n");
  REQUIRE_THROWS_WITH(read(folder, "a.avi 1\n"), Catch::Contains("classInd.txt:2"));
  make_file(folder / "classInd.txt", "1 ApplyEyeMakeup\n2\n");
  REQUIRE_THROWS_WITH(read(folder, "a.avi 1\n"), Catch::Contains("classInd.txt:2"));
  make_file(folder / "classInd.txt", "1 ApplyEyeMakeup\n1 Archery\n");
  REQUIRE_THROWS_WITH(read(folder, "a.avi 1\n"), Catch::Contains("repeats"));
}

// Of the processor, the best of several: other work of the machine does not count.
double seconds_to_read(const ScratchFolder& folder, std::size_t words) {
  std::string line = "a.avi";
  for (std::size_t i = 0; i < words; ++i) line += " x";
  const auto list = make_file(folder / "long.txt", line);
  std::clock_t best = std::numeric_limits<std::clock_t>::max();
  for (int i = 0; i < 5; ++i) {
    const std::clock_t begin = std::clock();
    REQUIRE(read_list(list, folder.path()).entries.at(0).path == "a.avi");
    best = std::min(best, std::clock() - begin);
  }
  return static_cast<double>(best) / CLOCKS_PER_SEC;
}

TEST_CASE("the work on a line grows with its length, not with the square of it") {
  const ScratchFolder folder;
  REQUIRE(seconds_to_read(folder, 200'000) < 10 * seconds_to_read(folder, 50'000));
}

}  // namespace
}  // namespace c3d
