// Lists and folders whose videos have any number of labels: how they are read, split and loaded.
#include "data/label_sets.h"

#include <algorithm>

#include "catch.h"
#include "data/clip_loader.h"
#include "data/dataset.h"
#include "engine/core/error.h"
#include "kernels/reference/reference_backend.h"
#include "tests/data/files.h"
#include "tests/data/numbered_videos.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

using Set = std::vector<std::int32_t>;

struct Lists {
  Lists() {
    for (const char* name : {"a.avi", "b.avi", "my c.avi"}) make_file(folder / name);
  }
  Dataset read(std::string_view text, const std::vector<std::string>& known = {}) const {
    return read_dataset(make_file(folder / "list.txt", text), options, known);
  }
  std::vector<Set> sets(std::string_view text, const std::vector<std::string>& known = {}) const {
    std::vector<Set> sets;
    for (const Video& video : read(text, known).videos) sets.push_back(video.label_set);
    return sets;
  }

  ScratchFolder folder;
  ListOptions options{.root = std::nullopt, .classes = std::nullopt, .label_sets = true};
};

// Videos of which every second shows class 0, every fifth class 1 and every tenth class 2; others show none.
Dataset uneven(int videos) {
  Dataset dataset{{"often", "seldom", "rare"}, {}, 0};
  dataset.has_label_sets = true;
  for (int i = 0; i < videos; ++i) {
    Set set;
    if (i % 2 == 0) set.push_back(0);
    if (i % 5 == 0) set.push_back(1);
    if (i % 10 == 0) set.push_back(2);
    dataset.videos.push_back({std::to_string(i) + ".avi", set.empty() ? 0 : set.front(), 20, set});
  }
  return dataset;
}

TEST_CASE_METHOD(Lists, "a list names several labels of a video, one or none") {
  const Dataset dataset = read("a.avi walk|wave\nb.avi -\nmy c.avi Apply Eye Makeup | walk\n");
  CHECK(dataset.has_label_sets);
  CHECK(dataset.labels == std::vector<std::string>{"Apply Eye Makeup", "walk", "wave"});
  REQUIRE(dataset.videos.size() == 3);
  CHECK(dataset.videos[0].label_set == Set{1, 2});
  CHECK(dataset.videos[0].label == 1);
  CHECK(dataset.videos[1].label_set.empty());
  CHECK(dataset.videos[1].label == 0);
  CHECK(dataset.videos[2].label_set == Set{0, 1});
  CHECK(videos_of_classes(dataset) == std::vector<std::int64_t>{1, 2, 1});
  CHECK(classes_of(dataset, dataset.videos[1]).empty());
  CHECK(dataset.notes.empty());
}

TEST_CASE_METHOD(Lists, "label sets stand in every form of a list") {
  const std::vector<Set> expected = {{0, 1}, {}};
  CHECK(sets("path,label\na.avi,walk|wave\nb.avi,-\n") == expected);
  CHECK(sets("a.avi,walk|wave\nb.avi,-\n") == expected);
  CHECK(sets("a.avi\twave|walk\nb.avi\t-\n") == expected);
  CHECK(sets("\"a.avi\" \"walk|wave\"\nb.avi -\n") == expected);
  CHECK(sets("a.avi 0|1\nb.avi -\n") == expected);
  CHECK(sets("a.avi 3 1|0\nb.avi 1 -\n") == expected);  // with first frames
  make_file(folder / "classInd.txt", "5 walk\n9 wave\n");
  CHECK(sets("a.avi 5|9\nb.avi -\n") == expected);
  CHECK(sets("a.avi walk|wave\nb.avi -\n") == expected);
}

TEST_CASE_METHOD(Lists, "a list that says a label set wrongly is an error with its line") {
  const auto [text, complaint] = GENERATE(table<std::string, std::string>({
      {"a.avi walk\nb.avi walk||wave\n", ":2: a label is empty"},
      {"a.avi walk|\n", ":1: a label is empty"},
      {"path,label\na.avi,\n", ":2: a label is empty"},
      {"a.avi walk|wave|walk\n", ":1: the label 'walk' stands twice"},
      {"a.avi walk|-\n", ":1: `-` says that there is no label, and stands beside others"},
      {"a.avi walk\nb.avi\n", ":2: 'b.avi' has no label: write `path label`, `path label|label`"},
      {"a.avi walk\na.avi wave\n", ":2: a.avi stands in line 1 already: put all of its labels into one line"},
      {"a.avi -\nb.avi -\n", "none of its 2 videos has a label"},
      {"a.avi walk|3\n", ":1: label '3' is a number, those before it are names"},
      {"a.avi 0|2\n", "no video has label 1"},
      {"a.avi 1 walk\na.avi 2 walk|wave\n", "has another label than in line 1"},
  }));
  INFO(text);
  CHECK_THROWS_WITH(read(text), Catch::Contains(complaint));
}

TEST_CASE_METHOD(Lists, "a label that is not known is told with the nearest") {
  CHECK_THROWS_WITH(read("a.avi walk|wavw\n", {"walk", "wave"}),
                    Catch::Contains(":1: class 'wavw' is not one of the 2 known: did you mean 'wave'?"));
  make_file(folder / "classInd.txt", "1 walk\n2 wave\n");
  CHECK_THROWS_WITH(read("a.avi wolk|wave\n"), Catch::Contains("did you mean 'walk'?"));
  CHECK_THROWS_WITH(read("a.avi 1|7\n"), Catch::Contains("label 7 is not in"));
  make_file(folder / "classInd.txt", "1 walk|run\n2 wave\n");
  CHECK_THROWS_WITH(read("a.avi wave\n"), Catch::Contains("'walk|run' cannot be told in a list"));
}

TEST_CASE_METHOD(Lists, "several labels where videos have one say what to set") {
  options.label_sets = false;
  CHECK_THROWS_WITH(read("a.avi walk\nb.avi walk|wave\n"),
                    Catch::Contains(":2: 'walk|wave' names several labels: set `targets` to label_set"));
  // A class may be called so where the classes are known.
  make_file(folder / "classInd.txt", "1 walk|wave\n2 walk\n");
  const Dataset dataset = read("a.avi walk\nb.avi walk|wave\n");
  CHECK(dataset.videos[1].label == 0);
  CHECK_FALSE(dataset.has_label_sets);
  CHECK(classes_of(dataset, dataset.videos[0])[0] == 1);
  CHECK(dataset.videos[1].label_set.empty());
}

TEST_CASE_METHOD(Lists, "labels that only commas part are told of") {
  CHECK_THAT(read("a.avi walk,wave\nb.avi walk\n").notes.at(0),
             Catch::Contains("'walk,wave' is one label; several stand with `|` between them"));
  CHECK(read("a.avi walk, slow|wave\nb.avi walk, slow\n").notes.empty());
}

TEST_CASE("folders of classes give sets of one label") {
  const ScratchFolder folder;
  make_file(folder / "run/a.avi");
  make_file(folder / "walk/a.avi");
  const Dataset dataset = read_dataset(folder.path(), {.root = {}, .classes = {}, .label_sets = true});
  CHECK(dataset.has_label_sets);
  CHECK(dataset.videos.at(0).label_set == Set{0});
  CHECK(dataset.videos.at(1).label_set == Set{1});
}

TEST_CASE("a split keeps the share of every label, and of videos without one") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Dataset dataset = uneven(100);
    const Split split = split_by_group(dataset, 0.2, kDefaultGroupRegex, seed);
    CHECK(split.train.has_label_sets);
    CHECK(split.validation.has_label_sets);
    CHECK(split.train.videos.size() + split.validation.videos.size() == 100);
    const std::vector<std::int64_t> counts = videos_of_classes(split.validation);
    CHECK(counts[0] == 10);
    CHECK(counts[1] == 4);
    CHECK(counts[2] == 2);
    CHECK(std::ranges::count_if(split.validation.videos,
                                [](const Video& video) { return video.label_set.empty(); }) == 8);
  }
}

TEST_CASE("a batch brings the label sets of its rows, and padding has none") {
  NumberedVideos videos;
  videos.frames = {8, 8, 8, 8, 8};
  videos.broken = {3};
  Dataset dataset = videos.dataset();
  dataset.has_label_sets = true;
  const std::vector<Set> sets = {{0, 2}, {}, {1}, {0}, {0, 1, 2}};
  for (std::size_t i = 0; i < sets.size(); ++i) dataset.videos[i].label_set = sets[i];
  const auto backend = make_reference_backend();
  const ClipSpec spec = small_spec();
  LoaderOptions options;
  options.batch = 4;
  options.evaluates = true;
  ClipLoader loader(*backend, dataset, spec, options, videos.open(spec));
  loader.start_epoch(0);
  std::int64_t rows = 0, padding = 0;
  while (const Batch* batch = loader.next()) {
    REQUIRE(batch->label_sets.shape() == Shape{4, 3});
    for (std::int64_t row = 0; row < 4; ++row) {
      const auto* set = batch->label_sets.as<float>() + 3 * row;
      const std::int32_t video = batch->origins[static_cast<std::size_t>(row)].video;
      CHECK((batch->labels_i32.as<std::int32_t>()[row] < 0) == (video < 0));
      (video < 0 ? padding : rows) += 1;
      for (std::int32_t c = 0; c < 3; ++c) {
        const bool shown = video >= 0 && std::ranges::count(sets[static_cast<std::size_t>(video)], c) == 1;
        CHECK(set[c] == (video < 0 ? -1.0f : shown ? 1.0f : 0.0f));
      }
    }
  }
  CHECK(rows > 4);
  CHECK(padding > 0);
  options.evaluates = false;
  options.augmentation.mixup = {1, 1};
  ClipSpec cropped = spec;
  cropped.crop_when_read = true;
  CHECK_THROWS_WITH(ClipLoader(*backend, dataset, cropped, options, videos.open(spec)),
                    Catch::Contains("not label sets"));
}

}  // namespace
}  // namespace c3d
