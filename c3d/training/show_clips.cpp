#include "c3d/training/show_clips.h"

#include <algorithm>

#include "c3d/report/pictures.h"
#include "data/crop.h"
#include "engine/io/atomic_file.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

constexpr std::size_t kShownClips = 16;
constexpr int kShownFrames = 4, kEpoch = 0;

class Sheet {
 public:
  Sheet(const PreparedData& data, const LoaderOptions& options)
      : data_(data),
        options_(options),
        order_(epoch_order(data.train, data.clip, options.seed, kEpoch, options.balance)) {}

  void add(const Batch& batch) {
    for (std::int64_t row = 0; row < batch.size && rows_.size() < kShownClips; ++row) {
      FrameRow& clip = rows_.emplace_back(FrameRow{title(batch, row), words(batch, row), {}});
      for (int i = 0; i < kShownFrames; ++i) clip.frames.push_back(frame(batch, row, i));
    }
  }
  bool full() const { return rows_.size() == kShownClips; }
  const std::vector<FrameRow>& rows() const { return rows_; }

 private:
  std::string label(const ConstTensor& labels, std::int64_t row) const {
    return data_.train.labels[static_cast<std::size_t>(labels.as<std::int32_t>()[row])];
  }
  std::string label_set(std::int32_t video) const {
    std::vector<std::string> names;
    for (const std::int32_t one : data_.train.videos[static_cast<std::size_t>(video)].label_set) {
      names.push_back(data_.train.labels[static_cast<std::size_t>(one)]);
    }
    return names.empty() ? "no label" : fmt::format("{}", fmt::join(names, ", "));
  }
  std::string title(const Batch& batch, std::int64_t row) const {
    if (data_.train.has_label_sets) return label_set(batch.origins[static_cast<std::size_t>(row)].video);
    std::string first = label(batch.labels_i32, row);
    const float share = batch.mix.empty() ? 1 : batch.mix.as<float>()[row];
    if (share == 1) return first;
    return fmt::format("{} {:.0f} %, {} {:.0f} %", first, 100 * share, label(batch.second_labels_i32, row),
                       100 * (1 - share));
  }
  std::string words(const Batch& batch, std::int64_t row) const {
    const ClipOrigin& origin = batch.origins[static_cast<std::size_t>(row)];
    const ClipRequest asked = sample_clip(data_.train, data_.clip, order_, options_.seed, kEpoch,
                                          std::ssize(rows_), options_.augmentation);
    std::string words = fmt::format("from frame {}", origin.first_frame);
    if (origin.video != asked.video) return words + ", in place of a clip that cannot be read";
    if (asked.flip) words += ", mirrored";
    AugmentationDraw draw = asked.augmentation.value_or(AugmentationDraw{});
    draw.speed = asked.speed;
    const std::string drawn = to_text(draw);
    return drawn.empty() ? words : words + ", " + drawn;
  }
  // As the network's first step crops and mirrors it.
  std::vector<std::uint8_t> frame(const Batch& batch, std::int64_t row, int shown) const {
    const ClipSpec& spec = data_.clip;
    const auto* corner = batch.crops_i32.as<std::int32_t>() + 3 * row;
    const SquareCrop crop{.width = spec.stored_width(),
                          .height = spec.stored_height(),
                          .top = corner[0],
                          .left = corner[1],
                          .side = spec.crop};
    const int number = shown * (spec.clip_frames - 1) / (kShownFrames - 1);
    const ConstTensor clip = batch.frames_u8.rows(row, 1);
    const std::span<const std::uint8_t> pixels(clip.as<std::uint8_t>(), clip.bytes());
    std::vector<std::uint8_t> square(crop.bytes());
    copy_crop(crop, pixels.subspan(static_cast<std::size_t>(number) * crop.whole_bytes()), square);
    if (corner[2] != 0) mirror(square);
    return square;
  }
  void mirror(std::vector<std::uint8_t>& square) const {
    const auto line = static_cast<std::ptrdiff_t>(data_.clip.crop) * 3;
    for (auto begin = square.begin(); begin != square.end(); begin += line) {
      std::reverse(begin, begin + line);  // colours, too
      for (auto pixel = begin; pixel != begin + line; pixel += 3) std::swap(pixel[0], pixel[2]);
    }
  }

  const PreparedData& data_;
  const LoaderOptions& options_;
  const std::vector<std::int32_t> order_;
  std::vector<FrameRow> rows_;
};

}  // namespace

std::string clips_png(const TrainSettings& settings, const PreparedData& data) {
  BackendSpec spec;
  spec.device = "reference";  // for memory alone
  const std::unique_ptr<Backend> backend = make_backend(spec);
  const LoaderOptions options = loader_options(settings, true);
  ClipLoader loader(*backend, data.train, data.clip, options, data.open);
  Sheet sheet(data, options);
  loader.start_epoch(kEpoch);
  while (!sheet.full()) {
    const Batch* const batch = loader.next();
    if (batch == nullptr) break;
    sheet.add(*batch);
  }
  return frame_rows_png(sheet.rows(), data.clip.crop, data.clip.crop,
                        {.title = fmt::format("the first {} training clips", sheet.rows().size()),
                         .columns = 2,
                         .word_lines = 2,
                         .least_row_width = 448});  // of four frames at their size
}

void show_clips(const TrainSettings& settings, const PreparedData& data, const std::filesystem::path& png) {
  write_file(png, clips_png(settings, data));
}

}  // namespace c3d
