#include "data/crop_views.h"

#include <atomic>
#include <memory>
#include <vector>

#include "catch.h"
#include "engine/core/error.h"
#include "kernels/reference/reference_backend.h"
#include "tests/data/numbered_videos.h"

namespace c3d {
namespace {

ClipSpec spec_of(int crops, int crop = 112) {
  ClipSpec spec;
  spec.crops = crops;
  spec.crop = crop;
  return spec;
}

using Place = std::pair<int, int>;  // top, left

std::vector<Place> places(const std::vector<CropView>& views) {
  std::vector<Place> result;
  for (const CropView& view : views) result.emplace_back(view.top, view.left);
  return result;
}

// What torchvision 0.26's five_crop() takes of frames, its crops filled with their places: of a frame and of
// the mirrored frame, where `left` counts from the mirrored left edge.
struct TenCropRow {
  int height, width, crop;
  std::vector<Place> five;
};
const std::vector<TenCropRow> kTenCrop = {
    {128, 171, 112, {{0, 0}, {0, 59}, {16, 0}, {16, 59}, {8, 30}}},
    {128, 170, 112, {{0, 0}, {0, 58}, {16, 0}, {16, 58}, {8, 29}}},
    {128, 169, 112, {{0, 0}, {0, 57}, {16, 0}, {16, 57}, {8, 28}}},
    {115, 113, 112, {{0, 0}, {0, 1}, {3, 0}, {3, 1}, {2, 0}}},
    {117, 119, 112, {{0, 0}, {0, 7}, {5, 0}, {5, 7}, {2, 4}}},
    {112, 112, 112, {{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}}},
    {256, 340, 224, {{0, 0}, {0, 116}, {32, 0}, {32, 116}, {16, 58}}},
};

TEST_CASE("ten crops stand where torchvision's TenCrop has them, in its order") {
  for (const TenCropRow& row : kTenCrop) {
    CAPTURE(row.height, row.width);
    const std::vector<CropView> views = crop_views(spec_of(10, row.crop), row.height, row.width);
    REQUIRE(views.size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
      const Place place = row.five[i % 5];
      const int left = i < 5 ? place.second : row.width - row.crop - place.second;
      CHECK(views[i] == CropView{place.first, left, row.crop, i >= 5});
      CHECK(is_mirrored(spec_of(10), static_cast<int>(i)) == (i >= 5));
    }
  }
}

TEST_CASE("three crops are the first, the last and the middle square along the longer side, as mmaction2's") {
  const std::vector<CropView> wide = crop_views(spec_of(3), 128, 171);
  CHECK(places(wide) == std::vector<Place>{{0, 0}, {0, 42}, {0, 21}});
  const std::vector<CropView> tall = crop_views(spec_of(3), 240, 100);
  CHECK(places(tall) == std::vector<Place>{{0, 0}, {140, 0}, {70, 0}});
  for (const CropView& view : wide) CHECK((view.side == 128 && !view.mirrored));
  for (const CropView& view : tall) CHECK(view.side == 100);
}

TEST_CASE("one crop is the evaluation crop") {
  ClipSpec spec = spec_of(1);
  CHECK(crop_views(spec, 128, 171) == std::vector<CropView>{{8, 29, 112, false}});
  spec.crop_left = 30;
  CHECK(crop_views(spec, 128, 171).front().left == 30);
  spec.resize = ResizeRule::short_side;
  spec.crop_left = -1;
  CHECK(crop_views(spec, 128, 228).front().left == 58);
}

TEST_CASE("other numbers of crops, and crops larger than the frame, are refused") {
  for (const int crops : {0, 2, 5, 11, -1}) {
    CHECK_THROWS_WITH(crop_views(spec_of(crops), 128, 171), Catch::Contains("1, 3 or 10"));
  }
  CHECK_THROWS_WITH(crop_views(spec_of(10), 111, 200), Catch::Contains("200x111"));
}

// A frame whose pixels say where they stand.
std::vector<std::uint8_t> frame_of(int height, int width) {
  std::vector<std::uint8_t> frame;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const int value : {4 * y, 4 * x, 0}) frame.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return frame;
}

TEST_CASE("a square of the crop's side is cut as it is, and a larger one is scaled") {
  const std::vector<std::uint8_t> frame = frame_of(32, 48);
  ViewCutter cutter;
  std::vector<std::uint8_t> square(std::size_t{16} * 16 * 3);
  cutter.cut({3, 5, 16, false}, 32, 48, 16, frame, square);
  CHECK(square[0] == 12);
  CHECK(square[1] == 20);
  cutter.cut({0, 16, 32, false}, 32, 48, 16, frame, square);
  // Each pixel is the mean of four: rows 2y and 2y + 1, columns 16 + 2x and 17 + 2x.
  for (const std::size_t y : {0U, 7U, 15U}) {
    for (const std::size_t x : {0U, 8U, 15U}) {
      CHECK(square[(y * 16 + x) * 3] == 4 * (2 * y) + 2);
      CHECK(square[(y * 16 + x) * 3 + 1] == 4 * (16 + 2 * x) + 2);
    }
  }
}

// Reads a video's frames, and counts how often.
class ReadCounter : public FrameSource {
 public:
  ReadCounter(std::unique_ptr<FrameSource> frames, std::atomic<int>& reads)
      : frames_(std::move(frames)), reads_(reads) {}
  std::int64_t frame_count() const override { return frames_->frame_count(); }
  int width() const override { return frames_->width(); }
  int height() const override { return frames_->height(); }
  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    ++reads_;
    frames_->read(first, stride, count, out);
  }

 private:
  std::unique_ptr<FrameSource> frames_;
  std::atomic<int>& reads_;
};

TEST_CASE("several crops of a clip are rows of its frames, which are read once") {
  NumberedVideos videos;
  videos.frames = {20};
  ClipSpec spec = small_spec();
  spec.clips = 2;
  spec.crops = GENERATE(3, 10);
  spec.crop_when_read = GENERATE(false, true);
  LoaderOptions options;
  options.batch = 2 * spec.crops;
  options.evaluates = true;
  const auto backend = make_reference_backend();
  std::atomic<int> reads = 0;
  const OpenVideo counted = [&, open = videos.open(spec)](const Video& video) {
    return std::make_unique<ReadCounter>(open(video), reads);
  };
  ClipLoader loader(*backend, videos.dataset(), spec, options, counted);
  CHECK(loader.clips_per_epoch() == 2 * spec.crops);
  loader.start_epoch(0);
  const Batch* batch = loader.next();
  REQUIRE(batch != nullptr);
  CHECK(reads == 2);
  for (std::int64_t row = 0; row < batch->size; ++row) {
    CHECK(batch->origins[static_cast<std::size_t>(row)].first_frame == (row < spec.crops ? 0 : 16));
    CHECK(pixel_name(*batch, row, 1).frame == (row < spec.crops ? 1 : 17));
    const bool mirrored = batch->crops_i32.as<std::int32_t>()[3 * row + 2] != 0;
    CHECK(mirrored == (spec.crops == 10 && row % 10 >= 5));
  }
}

}  // namespace
}  // namespace c3d
