#include "data/clip_loader.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <set>

#include "catch.h"
#include "engine/io/read_error.h"
#include "kernels/reference/reference_backend.h"
#include "tests/data/numbered_videos.h"
#include "tests/support/few_files.h"

namespace c3d {
namespace {

NumberedVideos some_videos() {
  NumberedVideos videos;
  for (std::int64_t i = 0; i < 23; ++i)
    videos.frames.push_back(2 + (i * 7) % 30);  // some shorter than a clip
  return videos;
}

LoaderOptions small_options(int workers = 2) {
  LoaderOptions options;
  options.batch = 4;
  options.workers = workers;
  options.seed = 11;
  return options;
}

struct Loading {
  std::unique_ptr<Backend> backend = make_reference_backend();
  ClipSpec spec = small_spec();
  ClipLoader loader;

  explicit Loading(const NumberedVideos& videos, const LoaderOptions& options = small_options())
      : loader(*backend, videos.dataset(), spec, options, videos.open(spec)) {}
  Loading(const NumberedVideos& videos, const LoaderOptions& options, const ClipSpec& with)
      : spec(with), loader(*backend, videos.dataset(), spec, options, videos.open(spec)) {}
};

std::vector<BatchCopy> epoch(ClipLoader& loader, int number, std::int64_t first_batch = 0) {
  loader.start_epoch(number, first_batch);
  return rest_of_epoch(loader);
}

TEST_CASE("a loader draws the classes by its balance") {
  const NumberedVideos videos = some_videos();
  LoaderOptions options = small_options();
  options.balance = 1;
  Loading loading(videos, options);
  const std::vector<std::int32_t> order = epoch_order(videos.dataset(), loading.spec, 11, 2, 1);
  std::vector<std::int32_t> drawn;
  loading.loader.start_epoch(2);
  while (const Batch* batch = loading.loader.next()) {
    for (std::int64_t row = 0; row < batch->size; ++row) {
      drawn.push_back(batch->origins[static_cast<std::size_t>(row)].video);
    }
  }
  REQUIRE(drawn == order);
  REQUIRE(drawn != epoch_order(videos.dataset(), loading.spec, 11, 2));
}

TEST_CASE("loaders that share an epoch read each of its batches once, also from the middle on") {
  const NumberedVideos videos = some_videos();
  Loading whole(videos);
  for (const std::int64_t first : {0, 3}) {
    const std::vector<BatchCopy> all = epoch(whole.loader, 5, first);
    std::vector<BatchCopy> shared(all.size());
    for (const int rank : {0, 1}) {
      LoaderOptions options = small_options();
      options.share = {.group = 3, .rank = rank, .ranks = 2};
      Loading loading(videos, options);
      CHECK(loading.loader.batches_per_epoch() == whole.loader.batches_per_epoch());
      std::size_t next = 0;
      for (const BatchCopy& batch : epoch(loading.loader, 5, first)) {
        while (!options.share.has(first + static_cast<std::int64_t>(next), whole.loader.batches_per_epoch()))
          ++next;
        shared.at(next++) = batch;
      }
    }
    CHECK(shared == all);
  }
}

TEST_CASE("each row of a batch is the clip that the sampler says, with its label, crop and origin") {
  const NumberedVideos videos = some_videos();
  Loading loading(videos);
  const Dataset dataset = videos.dataset();
  const std::vector<std::int32_t> order = epoch_order(dataset, loading.spec, 11, 5);
  loading.loader.start_epoch(5);
  std::int64_t index = 0;
  while (const Batch* batch = loading.loader.next()) {
    REQUIRE(batch->frames_u8.shape() == Shape{4, 4, 8, 11, 3});
    for (std::int64_t row = 0; row < batch->size; ++row, ++index) {
      const ClipRequest clip = sample_clip(dataset, loading.spec, order, 11, 5, index);
      const Video& video = dataset.videos[static_cast<std::size_t>(clip.video)];
      for (int i = 0; i < 4; ++i) {
        const PixelName pixel = pixel_name(*batch, row, i);
        REQUIRE(pixel.video == clip.video);
        REQUIRE(pixel.frame == clip_frame(loading.spec, clip.first_frame, i, video.frames));
      }
      const auto* crop = batch->crops_i32.as<std::int32_t>() + 3 * row;
      REQUIRE(crop[0] == clip.crop_top);
      REQUIRE(crop[1] == clip.crop_left);
      REQUIRE(crop[2] == (clip.flip ? 1 : 0));
      REQUIRE(batch->labels_i32.as<std::int32_t>()[row] == video.label);
      REQUIRE(batch->origins[static_cast<std::size_t>(row)].video == clip.video);
      REQUIRE(batch->origins[static_cast<std::size_t>(row)].first_frame == clip.first_frame);
    }
  }
  REQUIRE(index == 23);
}

// Counts the videos that are open at once.
class CountedFrames : public FrameSource {
 public:
  CountedFrames(std::unique_ptr<FrameSource> frames, std::atomic<int>& open, std::atomic<int>& most)
      : frames_(std::move(frames)), open_(open) {
    const int now = ++open_;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
  }
  ~CountedFrames() override { --open_; }
  std::int64_t frame_count() const override { return frames_->frame_count(); }
  int width() const override { return frames_->width(); }
  int height() const override { return frames_->height(); }
  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    frames_->read(first, stride, count, out);
  }

 private:
  std::unique_ptr<FrameSource> frames_;
  std::atomic<int>& open_;
};

TEST_CASE("few videos are open at once where the process may open few files, and the batches are the same") {
  const NumberedVideos videos = some_videos();
  Loading plain(videos);
  const std::vector<BatchCopy> expected = epoch(plain.loader, 2);
  const auto backend = make_reference_backend();
  const ClipSpec spec = small_spec();
  std::atomic<int> open = 0, most = 0;
  const OpenVideo counted = [&, inner = videos.open(spec)](const Video& video) {
    return std::make_unique<CountedFrames>(inner(video), open, most);
  };
  const FewFiles limit(8 + 12);
  ClipLoader loader(*backend, videos.dataset(), spec, small_options(8), counted);
  CHECK(epoch(loader, 2) == expected);
  CHECK(most <= 6);
}

TEST_CASE("a limit that is reached closes the videos that a worker keeps open") {
  const NumberedVideos videos = some_videos();
  Loading plain(videos);
  const std::vector<BatchCopy> expected = epoch(plain.loader, 2);
  const auto backend = make_reference_backend();
  const ClipSpec spec = small_spec();
  std::atomic<int> open = 0, most = 0;
  const OpenVideo limited = [&, inner = videos.open(spec)](const Video& video) {
    if (open > 0) fail_to_read("too many open files");
    return std::make_unique<CountedFrames>(inner(video), open, most);
  };
  ClipLoader loader(*backend, videos.dataset(), spec, small_options(1), limited);
  CHECK(epoch(loader, 2) == expected);
  CHECK(loader.failures().empty());
  CHECK(most == 1);
}

TEST_CASE("any number of workers and any ring gives the same batches") {
  NumberedVideos videos = some_videos();
  videos.broken = {3, 4, 17};
  videos.cut = {{8, 5}};
  Loading one(videos, small_options(1));
  const std::vector<BatchCopy> expected = epoch(one.loader, 2);
  REQUIRE(expected.size() == 6);
  LoaderOptions options = small_options(8);
  options.ring = GENERATE(1, 2, 5);
  Loading many(videos, options);
  for (int repeat = 0; repeat < 5; ++repeat) REQUIRE(epoch(many.loader, 2) == expected);
}

TEST_CASE("a short last batch is padded with rows that count for nothing") {
  Loading loading(some_videos());
  REQUIRE(loading.loader.clips_per_epoch() == 23);
  REQUIRE(loading.loader.batches_per_epoch() == 6);
  for (int number = 0; number < 2; ++number) {  // the second epoch meets used memory
    const BatchCopy last = epoch(loading.loader, number).back();
    REQUIRE(last.size == 3);
    REQUIRE(last.labels[3] == -1);
    REQUIRE(last.origins[3] == std::pair<std::int32_t, std::int64_t>(-1, 0));
    REQUIRE(std::vector<std::int32_t>(last.crops.end() - 3, last.crops.end()) ==
            std::vector<std::int32_t>(3));
    const auto padding = last.frames.end() - static_cast<std::ptrdiff_t>(last.frames.size() / 4);
    REQUIRE(std::all_of(padding, last.frames.end(), [](std::uint8_t byte) { return byte == 0; }));
  }
}

TEST_CASE("an epoch can start at any of its batches") {
  Loading loading(some_videos());
  const std::vector<BatchCopy> all = epoch(loading.loader, 1);
  for (std::size_t first = 0; first <= all.size(); ++first) {
    const std::vector<BatchCopy> rest(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
    REQUIRE(epoch(loading.loader, 1, static_cast<std::int64_t>(first)) == rest);
  }
  REQUIRE_THROWS_AS(loading.loader.start_epoch(1, 7), Error);
}

TEST_CASE("an epoch broken off leaves no trace in the next") {
  Loading loading(some_videos(), small_options(4)), fresh(some_videos(), small_options(4));
  const std::vector<BatchCopy> expected = epoch(fresh.loader, 7);
  for (int taken = 0; taken < 4; ++taken) {
    loading.loader.start_epoch(taken);
    for (int i = 0; i < taken; ++i) REQUIRE(loading.loader.next() != nullptr);
    REQUIRE(epoch(loading.loader, 7) == expected);
  }
}

TEST_CASE("a loader closes at any moment of an epoch") {
  for (int taken = 0; taken < 6; ++taken) {
    Loading loading(some_videos(), small_options(8));
    if (taken > 0) loading.loader.start_epoch(0);
    for (int i = 1; i < taken; ++i) REQUIRE(loading.loader.next() != nullptr);
  }
}

TEST_CASE("after its last batch an epoch gives nothing until another starts") {
  Loading loading(some_videos());
  REQUIRE_THROWS_WITH(loading.loader.next(), Catch::Contains("before start_epoch"));
  REQUIRE(epoch(loading.loader, 0).size() == 6);
  REQUIRE(loading.loader.next() == nullptr);
  REQUIRE(loading.loader.next() == nullptr);
  REQUIRE(epoch(loading.loader, 1).size() == 6);
}

TEST_CASE("epochs differ, and several clips of each video come from different places") {
  LoaderOptions options = small_options();
  options.clips_per_video = 3;
  Loading loading(some_videos(), options);
  REQUIRE(loading.loader.clips_per_epoch() == 69);
  const std::vector<BatchCopy> batches = epoch(loading.loader, 0);
  REQUIRE(batches.size() == 18);
  REQUIRE(batches != epoch(loading.loader, 1));
  std::vector<int> clips(23);
  std::set<std::int64_t> starts;  // of video 4, which has 30 frames
  for (const BatchCopy& batch : batches) {
    for (std::int64_t row = 0; row < batch.size; ++row) {
      const auto [video, first_frame] = batch.origins[static_cast<std::size_t>(row)];
      ++clips[static_cast<std::size_t>(video)];
      if (video == 4) starts.insert(first_frame);
    }
  }
  REQUIRE(clips == std::vector<int>(23, 3));
  REQUIRE(starts.size() > 1);
}

TEST_CASE("a clip that fails is replaced by that of the next good index, and its video is named once") {
  NumberedVideos videos = some_videos();
  const Dataset dataset = videos.dataset();
  const std::vector<std::int32_t> order = epoch_order(dataset, small_spec(), 11, 0);
  videos.broken = {order[5], order[6], order[22]};
  LoaderOptions options = small_options(3);
  options.clips_per_video = 2;
  Loading loading(videos, options);
  const std::vector<BatchCopy> batches = epoch(loading.loader, 0);
  const auto video_at = [&](std::size_t index) { return batches[index / 4].origins[index % 4].first; };
  REQUIRE(video_at(5) == order[7]);
  REQUIRE(video_at(6) == order[7]);
  REQUIRE(video_at(7) == order[7]);
  REQUIRE(video_at(22) == order[0]);
  REQUIRE(video_at(45) == order[0]);  // the last index goes on at the first
  REQUIRE(batches[1].frames[batches[1].frames.size() / 4] == static_cast<std::uint8_t>(order[7]));

  const std::vector<LoaderFailure> failures = loading.loader.failures();
  REQUIRE(failures.size() == 3);
  REQUIRE(std::is_sorted(failures.begin(), failures.end(), [](const auto& a, const auto& b) {
    return std::stoi(a.path.string()) < std::stoi(b.path.string());
  }));
  for (const LoaderFailure& failure : failures)
    REQUIRE(failure.error == "video " + failure.path.string() + " is broken");
}

TEST_CASE("in evaluation the clips of each video come in turn, from its first frame to its last") {
  NumberedVideos videos;
  videos.frames = {12, 3, 40};
  LoaderOptions options = small_options(3);
  options.evaluates = true;
  ClipSpec spec = small_spec();
  spec.clips = 3;
  Loading loading(videos, options, spec);
  const std::vector<BatchCopy> batches = epoch(loading.loader, 0);
  REQUIRE(loading.loader.clips_per_epoch() == 7);
  std::vector<std::pair<std::int32_t, std::int64_t>> origins = batches[0].origins;
  origins.insert(origins.end(), batches[1].origins.begin(), batches[1].origins.end());
  REQUIRE(origins == std::vector<std::pair<std::int32_t, std::int64_t>>{
                         {0, 0}, {0, 4}, {0, 8}, {1, 0}, {2, 0}, {2, 18}, {2, 36}, {-1, 0}});
  REQUIRE(batches[0].crops == std::vector<std::int32_t>{1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0});
  REQUIRE(batches == epoch(loading.loader, 9));  // no randomness
}

TEST_CASE("in evaluation a clip that fails becomes padding and no other video takes its place") {
  NumberedVideos videos;
  videos.frames = {8, 8, 8};
  videos.broken = {1};
  videos.cut = {{2, 6}};  // its second clip fails
  LoaderOptions options = small_options(2);
  options.evaluates = true;
  ClipSpec spec = small_spec();
  spec.clips = 2;
  Loading loading(videos, options, spec);
  const std::vector<BatchCopy> batches = epoch(loading.loader, 0);
  REQUIRE(batches[0].labels == std::vector<std::int32_t>{0, 0, -1, -1});
  REQUIRE(batches[1].labels == std::vector<std::int32_t>{2, -1, -1, -1});
  REQUIRE(batches[1].size == 2);
  REQUIRE(batches[1].origins[1].first == -1);
  REQUIRE(loading.loader.failures().size() == 2);
}

TEST_CASE("short videos repeat their last frame where the spec says so") {
  NumberedVideos videos;
  videos.frames = {3};
  ClipSpec spec = small_spec();
  spec.short_clips = ShortClips::repeat;
  Loading loading(videos, small_options(), spec);
  loading.loader.start_epoch(0);
  const Batch* batch = loading.loader.next();
  for (int i = 0; i < 4; ++i) REQUIRE(pixel_name(*batch, 0, i).frame == std::min(i, 2));
}

TEST_CASE("a worker's exception that is no broken video arrives at next, and the loader still closes") {
  NumberedVideos videos = some_videos();
  videos.out_of_memory = {0, 5, 9};
  Loading loading(videos, small_options(4));
  loading.loader.start_epoch(0);
  REQUIRE_THROWS_AS(rest_of_epoch(loading.loader), std::bad_alloc);
  REQUIRE_THROWS_AS(rest_of_epoch(loading.loader), std::bad_alloc);
  REQUIRE_THROWS_AS(epoch(loading.loader, 1), std::bad_alloc);
}

TEST_CASE("when no video can be read the loader says so with the first cause") {
  NumberedVideos videos;
  videos.frames = {9, 9, 9};
  videos.broken = {0, 1, 2};
  Loading loading(videos);
  loading.loader.start_epoch(0);
  REQUIRE_THROWS_WITH(rest_of_epoch(loading.loader), Catch::Contains("none of 3 videos could be read"));
}

TEST_CASE("frames of another size than the spec's count as a failure that says both sizes") {
  const NumberedVideos videos = some_videos();
  ClipSpec other = small_spec();
  other.resize_width = 12;
  const auto backend = make_reference_backend();
  ClipLoader loader(*backend, videos.dataset(), small_spec(), small_options(), videos.open(other));
  loader.start_epoch(0);
  REQUIRE_THROWS_WITH(loader.next(), Catch::Contains("12x8") && Catch::Contains("11x8"));
}

TEST_CASE("a loader without a single clip or worker is refused") {
  NumberedVideos videos;
  videos.frames = {3};
  ClipSpec spec = small_spec();
  spec.short_clips = ShortClips::skip;
  REQUIRE_THROWS_WITH(Loading(videos, small_options(), spec), Catch::Contains("short_clips=loop"));
  REQUIRE_THROWS_WITH(Loading(videos, small_options(0)), Catch::Contains("at least 1"));
}

TEST_CASE("frames that keep their shape are cropped as they are read, all over the frame in training") {
  const NumberedVideos videos = some_videos();
  ClipSpec spec = small_spec();
  spec.resize = ResizeRule::short_side;
  Loading training(videos, small_options(), spec);
  std::set<std::pair<int, int>> corners;
  for (int number = 0; number < 6; ++number) {
    training.loader.start_epoch(number);
    while (const Batch* batch = training.loader.next()) {
      REQUIRE(batch->frames_u8.shape() == Shape{4, 4, 6, 6, 3});
      for (std::int64_t row = 0; row < batch->size; ++row) {
        REQUIRE(batch->crops_i32.as<std::int32_t>()[3 * row] == 0);
        const std::uint8_t* pixels = batch->frames_u8.rows(row, 1).as<std::uint8_t>();
        const int at = pixels[2] / 3;  // the place in the frame of 11 x 8, which the pixel says
        corners.emplace(at / 11, at % 11);
        REQUIRE(pixels[6 * 3 + 2] == pixels[2] + 33);  // a row further down
      }
    }
  }
  REQUIRE(corners.size() == 3 * 6);
  LoaderOptions options = small_options();
  options.evaluates = true;
  spec.clips = 1;
  Loading evaluation(videos, options, spec);
  evaluation.loader.start_epoch(0);
  REQUIRE(evaluation.loader.next()->frames_u8.as<std::uint8_t>()[2] == (1 * 11 + 2) * 3);
}

}  // namespace
}  // namespace c3d
