#include "data/video_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "data/ffmpeg.h"
#include "data/folder_reader.h"
#include "data/frame_folder.h"
#include "data/resize.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Damaged files: a container or decoder that fails this often without giving anything in between is at its
// end.
constexpr int kFailuresInARow = 64;
constexpr int kRowAlignment = 64;

// How a decoded picture is turned to be shown: rows and columns change places, then each axis may be
// mirrored.
struct Orientation {
  bool transposed = false, mirrored_x = false, mirrored_y = false;
  bool upright() const { return !transposed && !mirrored_x && !mirrored_y; }
};

// The matrix [a b; c d] takes (x, y) to (a x + c y, b x + d y).
Orientation orientation(const std::int32_t* matrix) {
  if (matrix == nullptr) return {};
  const std::int32_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (std::abs(static_cast<double>(a)) >= std::abs(static_cast<double>(b))) return {false, a < 0, d < 0};
  return {true, c < 0, b < 0};
}

struct Pixels {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;  // bytes
  int width = 0, height = 0;
};

// out [height,width,3], as shown.
void turn(const Pixels& in, const Orientation& how, std::uint8_t* out) {
  const int width = how.transposed ? in.height : in.width, height = how.transposed ? in.width : in.height;
  const std::ptrdiff_t step_x = (how.transposed ? in.stride : 3) * (how.mirrored_x ? -1 : 1);
  const std::ptrdiff_t step_y = (how.transposed ? 3 : in.stride) * (how.mirrored_y ? -1 : 1);
  const std::uint8_t* corner =
      in.data - (how.mirrored_x ? step_x * (width - 1) : 0) - (how.mirrored_y ? step_y * (height - 1) : 0);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* pixel = corner + y * step_y;
    for (int x = 0; x < width; ++x, pixel += step_x, out += 3) std::memcpy(out, pixel, 3);
  }
}

// The first stream of moving pictures; a cover picture of a sound file is none.
AVStream* find_video(const AVFormatContext& container) {
  for (unsigned i = 0; i < container.nb_streams; ++i) {
    AVStream* stream = container.streams[i];
    const bool cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover) return stream;
  }
  return nullptr;
}

class FileReader : public VideoReader::Implementation {
 public:
  FileReader(const std::filesystem::path& path, std::optional<FrameSize> resize, Numbering numbering);

  bool next(std::span<std::uint8_t> out) override;
  double seconds() const override { return seconds_; }
  const VideoFacts& facts() const override { return facts_; }
  const FrameSize& size() const override { return size_; }

 private:
  void open_container();
  void open_decoder();
  bool feed();
  bool decode();
  bool advance();
  bool advance_at_constant_rate();
  CfrNumbering::Copies copies_of(const AVFrame& frame);
  void take_facts();
  void follow_colour_tags();
  Pixels convert();
  void deliver(std::span<std::uint8_t> out);
  void hear_complaints();
  void finish();
  void warn(const std::string& text);

  std::filesystem::path path_;
  Numbering numbering_;
  VideoFacts facts_;
  FrameSize size_;  // of the frames given
  InputContainer container_;
  AVStream* stream_ = nullptr;
  CodecContext decoder_;
  CodedPacket packet_;
  PictureFrame frame_, last_;       // just decoded; the one before, where frames are doubled
  const AVFrame* given_ = nullptr;  // one of these
  CfrNumbering ticks_;
  CfrNumbering::Copies copies_left_;
  std::int64_t given_frames_ = 0;
  Scaler scaler_;
  Orientation orientation_;
  std::unique_ptr<Resizer> resizer_;
  FrameSize resizer_source_;
  std::vector<std::uint8_t> rgb_, shown_;
  bool first_waits_ = false;  // the constructor decoded it, next() gives it
  bool draining_ = false, finished_ = false, over_ = false;
  int failures_in_a_row_ = 0;
  std::int64_t bad_packets_ = 0;
  std::string last_failure_;
  std::int64_t start_ = AV_NOPTS_VALUE;
  double seconds_ = -1;
};

FileReader::FileReader(const std::filesystem::path& path, std::optional<FrameSize> resize,
                       Numbering numbering)
    : path_(path),
      numbering_(numbering),
      packet_(av_packet_alloc()),
      frame_(av_frame_alloc()),
      last_(av_frame_alloc()) {
  keep_ffmpeg_quiet();
  expect(packet_ != nullptr && frame_ != nullptr && last_ != nullptr, "{}: out of memory", path_.string());
  open_container();
  open_decoder();
  if (!decode()) {
    fail("{}: no frame of its {} video decodes ({})", path_.string(), facts_.codec,
         last_failure_.empty() ? "it holds no pictures" : last_failure_);
  }
  first_waits_ = true;
  take_facts();
  const FrameSize shown{facts_.width, facts_.height};
  size_ = resize ? fitted(*resize, shown) : shown;
  expect(size_.width > 0 && size_.height > 0, "{}: cannot resize to {}x{}", path_.string(), size_.width,
         size_.height);
}

void FileReader::open_container() {
  std::error_code unknown;
  const auto status = std::filesystem::status(path_, unknown);
  expect(std::filesystem::exists(status), "{}: no such file", path_.string());
  expect(!std::filesystem::is_directory(status),
         "{}: is a folder, but neither a video nor one of numbered pictures", path_.string());
  static_cast<void>(take_ffmpeg_log());  // whatever an earlier file left behind
  AVFormatContext* opened = nullptr;
  int result = avformat_open_input(&opened, ffmpeg_file(path_).c_str(), nullptr, nullptr);
  expect(result >= 0, "{}: not a video that FFmpeg can open ({})", path_.string(), ffmpeg_error(result));
  container_.reset(opened);
  // Also teaches the decoder how many frames it must hold back to give them in order.
  result = avformat_find_stream_info(container_.get(), nullptr);
  expect(result >= 0, "{}: cannot tell what it holds ({})", path_.string(), ffmpeg_error(result));
  stream_ = find_video(*container_);
  expect(stream_ != nullptr, "{}: holds no video", path_.string());
  for (unsigned i = 0; i < container_->nb_streams; ++i) {
    if (container_->streams[i] != stream_) container_->streams[i]->discard = AVDISCARD_ALL;
  }
}

void FileReader::open_decoder() {
  const AVCodecID id = stream_->codecpar->codec_id;
  facts_.codec = avcodec_get_name(id);
  const AVCodec* codec = avcodec_find_decoder(id);
  expect(codec != nullptr, "{}: this FFmpeg has no decoder for {} video", path_.string(), facts_.codec);
  decoder_.reset(avcodec_alloc_context3(codec));
  expect(decoder_ != nullptr, "{}: out of memory", path_.string());
  int result = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 1;  // videos are decoded side by side, one thread each
  if (result >= 0) result = avcodec_open2(decoder_.get(), codec, nullptr);
  expect(result >= 0, "{}: cannot start the {} decoder ({})", path_.string(), facts_.codec,
         ffmpeg_error(result));
}

// Gives the decoder one packet more, or the end of the file. False: nothing is left to give.
bool FileReader::feed() {
  if (draining_) return false;
  const int result = av_read_frame(container_.get(), packet_.get());
  if (result < 0) {
    const bool over = result == AVERROR_EOF && !(container_->pb != nullptr && container_->pb->error < 0);
    if (!over) {
      last_failure_ = ffmpeg_error(result);
      if (result != AVERROR_EOF && ++failures_in_a_row_ < kFailuresInARow) return true;
      warn(fmt::format("the file breaks off: {}", last_failure_));
    } else {
      hear_complaints();
    }
    draining_ = true;
    avcodec_send_packet(decoder_.get(), nullptr);
    return true;
  }
  failures_in_a_row_ = 0;
  if (packet_->stream_index == stream_->index) {
    const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
    if (sent < 0) {
      ++bad_packets_;
      last_failure_ = ffmpeg_error(sent);
    }
  }
  av_packet_unref(packet_.get());
  return true;
}

bool FileReader::decode() {
  while (!finished_) {
    const int result = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (result >= 0) {
      failures_in_a_row_ = 0;
      hear_complaints();
      if (frame_->width > 0 && frame_->height > 0) return true;
    } else if (result == AVERROR(EAGAIN)) {
      if (!feed()) finish();
    } else if (result == AVERROR_EOF) {
      finish();
    } else {
      ++bad_packets_;
      last_failure_ = ffmpeg_error(result);
      if (draining_ && ++failures_in_a_row_ >= kFailuresInARow) finish();
    }
  }
  return false;
}

// FFmpeg goes on past much that it logs as an error.
void FileReader::hear_complaints() {
  std::string complaint = take_ffmpeg_log();
  if (!complaint.empty()) last_failure_ = std::move(complaint);
}

void FileReader::finish() {
  finished_ = true;
  hear_complaints();
  if (bad_packets_ > 0) {
    warn(fmt::format("{} packet{} did not decode, the last one: {}", bad_packets_,
                     bad_packets_ == 1 ? "" : "s", last_failure_));
  } else if (!last_failure_.empty() && facts_.warnings.empty()) {
    warn(fmt::format("FFmpeg went on past an error: {}", last_failure_));
  }
}

void FileReader::warn(const std::string& text) {
  if (std::find(facts_.warnings.begin(), facts_.warnings.end(), text) == facts_.warnings.end()) {
    facts_.warnings.push_back(text);
  }
}

void FileReader::take_facts() {
  orientation_ = orientation(display_matrix(*stream_, *frame_));
  facts_.width = orientation_.transposed ? frame_->height : frame_->width;
  facts_.height = orientation_.transposed ? frame_->width : frame_->height;
  const AVRational rate = av_guess_frame_rate(container_.get(), stream_, frame_.get());
  facts_.fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0.0;
  start_ = frame_->best_effort_timestamp;
}

void FileReader::follow_colour_tags() {
  int *unused = nullptr, *table = nullptr;
  int source_range = 0, range = 0, brightness = 0, contrast = 0, saturation = 0;
  if (sws_getColorspaceDetails(scaler_.get(), &unused, &source_range, &table, &range, &brightness, &contrast,
                               &saturation) < 0) {
    return;  // RGB already
  }
  if (given_->color_range == AVCOL_RANGE_JPEG) source_range = 1;
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(given_->colorspace), source_range, table, range,
                           brightness, contrast, saturation);
}

// RGB at full size, in rgb_. As OpenCV's VideoCapture since 4.9: swscale, bicubic where chroma must be
// interpolated, by the matrix and range that the file names, BT.601 and those of the pixel format where it
// names none.
Pixels FileReader::convert() {
  const auto format = static_cast<AVPixelFormat>(given_->format);
  const int width = given_->width, height = given_->height;
  scaler_.reset(sws_getCachedContext(scaler_.release(), width, height, format, width, height,
                                     AV_PIX_FMT_RGB24, SWS_BICUBIC, nullptr, nullptr, nullptr));
  const char* name = av_get_pix_fmt_name(format);
  expect(scaler_ != nullptr, "{}: pixels of format {} cannot be turned into RGB", path_.string(),
         name == nullptr ? "unknown" : name);
  follow_colour_tags();
  // swscale's vector code works in whole vectors and may leave, or overrun, the end of a row that is not
  // padded.
  const int stride = (width * 3 / kRowAlignment + 2) * kRowAlignment;
  rgb_.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(height + 1));
  std::uint8_t* const rows = rgb_.data();
  const int result = sws_scale(scaler_.get(), given_->data, given_->linesize, 0, height, &rows, &stride);
  expect(result >= 0, "{}: converting to RGB failed ({})", path_.string(), ffmpeg_error(result));
  return {rows, stride, width, height};
}

void FileReader::deliver(std::span<std::uint8_t> out) {
  Pixels pixels = convert();
  if (!orientation_.upright()) {
    shown_.resize(static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height) * 3);
    turn(pixels, orientation_, shown_.data());
    if (orientation_.transposed) std::swap(pixels.width, pixels.height);
    pixels = {shown_.data(), std::ptrdiff_t{3} * pixels.width, pixels.width, pixels.height};
  }
  if (pixels.width == size_.width && pixels.height == size_.height) {
    const std::size_t row = static_cast<std::size_t>(pixels.width) * 3;
    for (int y = 0; y < pixels.height; ++y) {
      std::memcpy(out.data() + static_cast<std::size_t>(y) * row, pixels.data + y * pixels.stride, row);
    }
    return;
  }
  if (resizer_ == nullptr || resizer_source_.width != pixels.width ||
      resizer_source_.height != pixels.height) {
    resizer_ = std::make_unique<Resizer>(pixels.width, pixels.height, size_.width, size_.height);
    resizer_source_ = {pixels.width, pixels.height};
  }
  resizer_->run(pixels.data, pixels.stride, out.data());
}

bool FileReader::advance() {
  if (numbering_ == Numbering::ffmpeg_cfr) return advance_at_constant_rate();
  given_ = frame_.get();
  return std::exchange(first_waits_, false) || decode();
}

// The next of the copies that the last decoded frames are due; decodes until there is one.
bool FileReader::advance_at_constant_rate() {
  for (;;) {
    if (copies_left_.of_last > 0) {
      --copies_left_.of_last;
      given_ = last_.get();
      return true;
    }
    if (copies_left_.of_this > 0) {
      --copies_left_.of_this;
      given_ = frame_.get();
      return true;
    }
    if (over_) return false;
    if (!std::exchange(first_waits_, false)) {
      av_frame_unref(last_.get());
      av_frame_move_ref(last_.get(), frame_.get());
      if (!decode()) {
        over_ = true;
        copies_left_.of_last = ticks_.copies_at_end();
        continue;
      }
    }
    copies_left_ = copies_of(*frame_);
  }
}

CfrNumbering::Copies FileReader::copies_of(const AVFrame& frame) {
  try {
    if (frame.best_effort_timestamp == AV_NOPTS_VALUE || facts_.fps <= 0) return ticks_.next_unstamped();
    const double tick = av_q2d(stream_->time_base) * facts_.fps;
    const double start = container_->start_time == AV_NOPTS_VALUE
                             ? 0
                             : static_cast<double>(container_->start_time) / AV_TIME_BASE;
    const double lasts = std::round(static_cast<double>(frame_duration(frame)) * tick);
    return ticks_.next(static_cast<double>(frame.best_effort_timestamp) * tick - start * facts_.fps,
                       std::max(lasts, 1.0));
  } catch (const Error& error) {
    fail("{}: {}", path_.string(), error.message());
  }
}

bool FileReader::next(std::span<std::uint8_t> out) {
  const auto bytes = static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) * 3;
  expect(out.empty() || out.size() == bytes, "{}: a frame has {} bytes, the buffer {}", path_.string(), bytes,
         out.size());
  if (!advance()) return false;
  const std::int64_t time = given_->best_effort_timestamp;
  const bool known = time != AV_NOPTS_VALUE && start_ != AV_NOPTS_VALUE;
  seconds_ = known ? static_cast<double>(time - start_) * av_q2d(stream_->time_base) : -1.0;
  if (numbering_ == Numbering::ffmpeg_cfr && facts_.fps > 0) {
    seconds_ = static_cast<double>(given_frames_) / facts_.fps;
  }
  ++given_frames_;
  const int width = orientation_.transposed ? given_->height : given_->width;
  const int height = orientation_.transposed ? given_->width : given_->height;
  if (width != facts_.width || height != facts_.height) {
    warn(fmt::format("frames change size; all are given as {}x{}", size_.width, size_.height));
  }
  if (!out.empty()) deliver(out);
  return true;
}

std::unique_ptr<VideoReader::Implementation> open_any(const std::filesystem::path& path,
                                                      std::optional<FrameSize> resize, Numbering numbering) {
  if (is_frame_folder(path)) return open_folder(path, resize);
  return std::make_unique<FileReader>(path, resize, numbering);
}

}  // namespace

FrameSize fitted(FrameSize wanted, FrameSize shown) {
  if (wanted.width != 0) return wanted;
  const double scale = static_cast<double>(wanted.height) / std::min(shown.width, shown.height);
  return {static_cast<int>(std::lround(shown.width * scale)),
          static_cast<int>(std::lround(shown.height * scale))};
}

VideoReader::VideoReader(const std::filesystem::path& path, std::optional<FrameSize> resize,
                         Numbering numbering)
    : implementation_(open_any(path, resize, numbering)) {}
VideoReader::~VideoReader() = default;
const VideoFacts& VideoReader::facts() const { return implementation_->facts(); }
int VideoReader::width() const { return implementation_->size().width; }
int VideoReader::height() const { return implementation_->size().height; }
bool VideoReader::next(std::span<std::uint8_t> out) { return implementation_->next(out); }
double VideoReader::seconds() const { return implementation_->seconds(); }

namespace {

class ForwardFrames : public FrameSource {
 public:
  ForwardFrames(const std::filesystem::path& path, std::int64_t frames, std::optional<FrameSize> resize)
      : path_(path), resize_(resize), reader_(std::make_unique<VideoReader>(path, resize)), frames_(frames) {}

  std::int64_t frame_count() const override { return frames_; }
  int width() const override { return reader_->width(); }
  int height() const override { return reader_->height(); }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    const std::size_t bytes = static_cast<std::size_t>(width()) * static_cast<std::size_t>(height()) * 3;
    expect(stride >= 1 && count >= 1 && out.size() == bytes * static_cast<std::size_t>(count),
           "{}: {} frames at stride {} into a buffer of {} bytes, {} bytes a frame", path_.string(), count,
           stride, out.size(), bytes);
    const std::int64_t last = first + std::int64_t{stride} * (count - 1);
    expect(first >= 0 && last < frames_, "{}: frames {} to {} of a video of {}", path_.string(), first, last,
           frames_);
    for (int i = 0; i < count; ++i)
      read_one(first + std::int64_t{stride} * i, out.subspan(bytes * static_cast<std::size_t>(i), bytes));
    last_.assign(out.end() - static_cast<std::ptrdiff_t>(bytes), out.end());
  }

 private:
  void read_one(std::int64_t frame, std::span<std::uint8_t> out) {
    if (frame == next_ - 1 && !last_.empty()) {  // short clips may repeat their last frame
      std::copy(last_.begin(), last_.end(), out.begin());
      return;
    }
    if (frame < next_) {
      reader_ = std::make_unique<VideoReader>(path_, resize_);
      next_ = 0;
    }
    last_.clear();
    while (next_ <= frame) {
      const bool wanted = next_ == frame;
      expect(reader_->next(wanted ? out : std::span<std::uint8_t>{}),
             "{}: frame {} does not decode, the video ends after {}", path_.string(), frame, next_);
      ++next_;
    }
  }

  std::filesystem::path path_;
  std::optional<FrameSize> resize_;
  std::unique_ptr<VideoReader> reader_;
  std::int64_t frames_;
  std::int64_t next_ = 0;           // the frame that reader_ gives next
  std::vector<std::uint8_t> last_;  // frame next_ - 1 where it ended a read()
};

}  // namespace

std::unique_ptr<FrameSource> open_frames(const std::filesystem::path& path, std::int64_t frames,
                                         std::optional<FrameSize> resize) {
  return std::make_unique<ForwardFrames>(path, frames, resize);
}

std::int64_t count_frames(const std::filesystem::path& path) {
  VideoReader reader(path);
  std::int64_t frames = 0;
  while (reader.next({})) ++frames;
  return frames;
}

}  // namespace c3d
