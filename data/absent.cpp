// Compiled in place of everything that needs FFmpeg, and the libraries for names of real videos, when the
// build goes without them.
#include "data/class_names.h"
#include "data/ffmpeg_release.h"
#include "data/group_folds.h"
#include "data/jpeg.h"
#include "data/video_groups.h"
#include "data/video_index.h"
#include "data/video_reader.h"
#include "data/video_writer.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path) {
  fail("{}: this build reads and writes no videos; configure it with -DC3D_WITH_FFMPEG=ON", path.string());
}

}  // namespace

class VideoReader::Implementation {};
VideoReader::VideoReader(const std::filesystem::path& path, std::optional<FrameSize> /*resize*/,
                         Numbering /*numbering*/, const ReadLimits& /*limits*/) {
  refuse(path);
}
VideoReader::~VideoReader() = default;
const VideoFacts& VideoReader::facts() const { refuse({}); }
int VideoReader::width() const { refuse({}); }
int VideoReader::height() const { refuse({}); }
bool VideoReader::next(std::span<std::uint8_t> /*out*/) { refuse({}); }
double VideoReader::seconds() const { refuse({}); }
std::int64_t VideoReader::decoded_number() const { refuse({}); }
ReadingTime VideoReader::time_taken() const { refuse({}); }
std::int64_t count_frames(const std::filesystem::path& path) { refuse(path); }
bool can_be_read_again(const std::filesystem::path& path) { refuse(path); }
std::unique_ptr<FrameSource> open_frames(const std::filesystem::path& path, std::int64_t /*frames*/,
                                         std::optional<FrameSize> /*resize*/, const ReadLimits& /*limits*/,
                                         const Numbering& /*numbering*/) {
  refuse(path);
}

class VideoWriter::Implementation {};
VideoWriter::VideoWriter(const std::filesystem::path& path, const VideoWriterOptions& /*options*/) {
  refuse(path);
}
VideoWriter::~VideoWriter() = default;
void VideoWriter::write(std::span<const std::uint8_t> /*rgb*/) { refuse({}); }
void VideoWriter::finish() { refuse({}); }

DecodedVideo decode_video(const std::filesystem::path& path, FrameSize /*resize*/, FrameTaker& /*taker*/,
                          const ReadLimits& /*limits*/, const Numbering& /*numbering*/) {
  refuse(path);
}
IndexResult index_videos(Dataset& /*dataset*/, const IndexOptions& /*options*/,
                         const std::function<void(std::int64_t, std::int64_t)>& /*progress*/) {
  refuse({});
}
void expect_all_read(const std::vector<BrokenVideo>& /*unread*/) {}
OpenVideo frame_opener(const IndexOptions& /*options*/) { refuse({}); }
std::string encode_jpeg(std::span<const std::uint8_t> /*rgb*/, int /*width*/, int /*height*/,
                        int /*quantizer*/) {
  refuse({});
}

std::string ffmpeg_release() { return ""; }

std::vector<std::string> similar_class_notes(const std::vector<std::string>& /*labels*/) { return {}; }
Split split_by_group(const Dataset& /*dataset*/, double /*validation_share*/,
                     const std::string& /*group_regex*/, std::uint64_t /*seed*/) {
  refuse({});
}
std::vector<std::int32_t> folds_by_group(const Dataset& /*dataset*/, std::int64_t /*folds*/,
                                         const std::string& /*group_regex*/, std::uint64_t /*seed*/) {
  refuse({});
}
void check_group_regex(const std::string& /*group_regex*/) {}
std::vector<const Video*> videos_outside(const Dataset& /*dataset*/, const std::string& /*group_regex*/) {
  refuse({});
}
std::vector<std::int64_t> groups_per_class(const Dataset& /*dataset*/, const std::string& /*group_regex*/) {
  refuse({});
}

}  // namespace c3d
