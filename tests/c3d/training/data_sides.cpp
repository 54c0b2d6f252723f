#include "c3d/training/prepared_data.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;
namespace fs = std::filesystem;

namespace {

struct SidesFolder {
  SidesFolder() {
    settings.data = (scratch / "videos").string();
    settings.cache_folder = (scratch / "cache").string();
    settings.loader_threads = 2;
  }
  PreparedData prepare() const {
    return prepare_data(settings, [](std::int64_t, std::int64_t) {});
  }
  fs::path videos() const { return settings.data; }

  ScratchFolder scratch;
  TrainSettings settings;
};

bool any_contains(const std::vector<std::string>& notes, std::string_view words) {
  for (const std::string& note : notes) {
    if (note.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("folders of other usual names are the two sides too and named") {
  SidesFolder folder;
  write_plain_videos(folder.videos() / "Train", 2);
  write_plain_videos(folder.videos() / "Validation", 1);
  write_plain_videos(folder.videos() / "test", 1);
  const PreparedData data = folder.prepare();
  CHECK(data.train.labels == std::vector<std::string>{"dark", "light"});
  CHECK(data.train.videos.size() == 4);
  CHECK(data.validation.videos.size() == 2);
  CHECK(any_contains(data.notes, "Train/ trains, Validation/ validates, test/ is left alone"));
}

TEST_CASE("a run and an empty folder below the data change nothing but the notes") {
  SidesFolder folder;
  write_plain_videos(folder.videos(), 3);
  const std::string before = folder.prepare().fingerprint;
  folder.scratch.write("videos/runs/first/config.json", "{}");
  folder.scratch.write("videos/runs/first/metrics.jsonl");
  fs::create_directories(folder.videos() / "later");
  const PreparedData data = folder.prepare();
  CHECK(data.fingerprint == before);
  CHECK(any_contains(data.notes, "runs/first: holds a training run"));
  CHECK(any_contains(data.notes, "later and 1 more like it: holds no video"));
}

TEST_CASE("training videos validate only where there is no other of any class") {
  SidesFolder folder;
  write_plain_videos(folder.videos(), 1);
  folder.settings.val = folder.settings.data;
  const PreparedData data = folder.prepare();
  CHECK(data.validation.videos.size() == data.train.videos.size());
  CHECK(any_contains(data.notes, "training videos themselves validate"));
}

TEST_CASE("training videos do not validate as a whole or one by one") {
  SidesFolder folder;
  write_plain_videos(folder.videos(), 3);
  folder.settings.val = folder.settings.data;
  CHECK_THROWS_WITH(folder.prepare(), Catch::Contains("training videos themselves"));
  folder.settings.val = (folder.scratch / "val").string();
  write_plain_videos(folder.settings.val, 1);
  CHECK(folder.prepare().validation.videos.size() == 2);
  const fs::path shared = fs::directory_iterator(folder.videos() / "dark")->path();
  fs::create_hard_link(shared, fs::path(folder.settings.val) / "dark" / "again.mp4");
  CHECK_THROWS_WITH(folder.prepare(), Catch::Contains("1 of the 3 videos") && Catch::Contains("again.mp4"));
}
