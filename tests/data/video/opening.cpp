#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "catch.h"
#include "data/video_reader.h"
#include "engine/io/file.h"
#include "engine/io/read_error.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

// Reads of this program that fail: the next `count` ones from byte `from` of a file on.
struct FailingReads {
  std::atomic<int> count = 0, code = EIO;
  std::atomic<off_t> from = 0;
};
FailingReads& failing_reads() {
  static FailingReads reads;
  return reads;
}

struct FailReads {
  explicit FailReads(int count, int code = EIO, off_t from = 0) {
    failing_reads().code = code;
    failing_reads().from = from;
    failing_reads().count = count;
  }
  ~FailReads() { failing_reads().count = 0; }
  FailReads(const FailReads&) = delete;
  FailReads& operator=(const FailReads&) = delete;
};
constexpr int kAlways = 1 << 20;

std::string refusal_of(const std::filesystem::path& path) {
  return message_of([&] { static_cast<void>(count_frames(path)); });
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

// A GIF of one picture, of which it holds next to nothing.
std::string large_gif(int side) {
  const std::string size = {static_cast<char>(side & 255), static_cast<char>(side >> 8),
                            static_cast<char>(side & 255), static_cast<char>(side >> 8)};
  return "GIF89a" + size + std::string("\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0", 14) + size +
         std::string("\0\x02\x02\x44\x01\0;", 7);
}

// The index of an MP4, and where it stands.
std::pair<std::size_t, std::string> index_of(const std::string& mp4) {
  const std::size_t at = mp4.find("moov") - 4;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(mp4[at + i]);
  return {at, mp4.substr(at, size)};
}

// Its frames stay where the index says that they are.
std::string with_index_at_end(std::string mp4, const std::string& index) {
  mp4.replace(index_of(mp4).first + 4, 4, "free");
  return mp4 + index;
}

// The MP4's edit list plays all of it `times` times (ISO 14496-12, 8.6.6).
void repeat_by_edit_list(const std::filesystem::path& path, int times) {
  const std::string mp4 = read_text(path);
  std::string bytes = index_of(mp4).second;
  const std::size_t list = bytes.find("elst");
  REQUIRE(list != std::string::npos);
  const std::size_t entry = list + 12;
  std::string entries;
  for (int i = 1; i < times; ++i) entries += bytes.substr(entry, 12);
  bytes.replace(list + 8, 4, big_endian(static_cast<std::uint32_t>(times)));
  for (const char* name : {"moov", "trak", "edts", "elst"}) {
    const std::size_t box = bytes.find(name) - 4;
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[box + i]);
    bytes.replace(box, 4, big_endian(size + static_cast<std::uint32_t>(entries.size())));
  }
  bytes.insert(entry, entries);
  std::ofstream(path, std::ios::binary) << with_index_at_end(mp4, bytes);
}

std::filesystem::path pipe_with(const ScratchFolder& folder, std::jthread& writer, std::string bytes) {
  std::filesystem::path pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::signal(SIGPIPE, SIG_IGN);
  writer = std::jthread([pipe, bytes = std::move(bytes)] {
    File file(pipe, O_WRONLY);
    try {
      file.write(bytes);
    } catch (const Error&) {  // the reader has gone
    }
  });
  return pipe;
}

}  // namespace

TEST_CASE("a playlist under a video's name opens nothing") {
  const ScratchFolder folder;
  write_tiny_video(folder / "secret.ts");
  const std::string secret = (folder / "secret.ts").string();
  folder.write("itself.mp4", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nitself.mp4\n");
  folder.write("hls.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + secret + "\n#EXT-X-ENDLIST\n");
  folder.write("concat.mp4", "ffconcat version 1.0\nfile '" + secret + "'\n");
  folder.write("dash.mp4", "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>\n");
  for (const char* name : {"itself.mp4", "hls.mp4", "concat.mp4", "dash.mp4"}) {
    CAPTURE(name);
    CHECK_THAT(refusal_of(folder / name), Catch::Contains(name) && Catch::Contains("not a video"));
  }
}

TEST_CASE("text is no video, whatever its name") {
  const ScratchFolder folder;
  for (const char* name : {"list.txt", "list.mp4", "list.ans", "list.nfo", "list.srt"}) {
    folder.write(name, "videos/a.avi 1\nvideos/b.avi 2\n");
    CHECK_THAT(refusal_of(folder / name), Catch::Contains("is text") && Catch::Contains("--list"));
  }
}

TEST_CASE("sound alone is no video") {
  const ScratchFolder folder;
  std::string wave = "RIFF";
  wave += std::string(
      "\x24\x10\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\x10\0\0", 40);
  folder.write("sound.mp4", wave + std::string(4096, '\0'));
  CHECK_THAT(refusal_of(folder / "sound.mp4"), Catch::Contains("no video") && Catch::Contains("WAV"));
}

TEST_CASE("signs of patterns in names and folders are letters like others") {
  const ScratchFolder folder;
  const std::filesystem::path picture = C3D_SOURCE_DIR "/tests/golden/weights/profile_frames/000001.png";
  for (const char* name : {"p%d/1.png", "p%03d/a*?[b].png", "p%d/%05d.png", "p{a,b}/1.jpg"}) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::filesystem::copy_file(picture, folder / name);
    CAPTURE(name);
    CHECK(count_frames(folder / name) == 1);
  }
  CHECK(count_frames(folder / "p%d") == 1);
}

TEST_CASE("frames larger than the limit are refused before memory is taken for them") {
  const ScratchFolder folder;
  folder.write("a.gif", large_gif(16000));
  CHECK_THAT(refusal_of(folder / "a.gif"), Catch::Contains("a.gif") && Catch::Contains("16000x16000"));
  write_tiny_video(folder / "a.mp4", 3);
  ReadLimits limits;
  limits.max_pixels = 64 * 48;
  CHECK_NOTHROW(VideoReader(folder / "a.mp4", std::nullopt, Numbering::kDecode, limits));
  CHECK_THROWS_WITH(VideoReader(folder / "a.mp4", FrameSize{65, 48}, Numbering::kDecode, limits),
                    Catch::Contains("65x48"));
  limits.max_pixels = 64 * 48 - 1;
  CHECK_THROWS_WITH(VideoReader(folder / "a.mp4", std::nullopt, Numbering::kDecode, limits),
                    Catch::Contains("64x48"));
}

TEST_CASE("frames that outgrow the limit later are left out with a warning") {
  const ScratchFolder folder;
  write_tiny_video(folder / "small.h264", 12, 64, 48);
  write_tiny_video(folder / "large.h264", 12, 96, 80);
  folder.write("both.h264", read_text(folder / "small.h264") + read_text(folder / "large.h264"));
  ReadLimits limits;
  limits.max_pixels = 80 * 64;
  VideoReader reader(folder / "both.h264", std::nullopt, Numbering::kDecode, limits);
  int frames = 0;
  while (reader.next({})) ++frames;
  CHECK(frames == 12);
  REQUIRE_FALSE(reader.facts().warnings.empty());
  CHECK_THAT(reader.facts().warnings[0], Catch::Contains("too large") && Catch::Contains("x80 "));
}

TEST_CASE("a size beyond all sense in a fragment ends the video there, and is no lack of memory") {
  const ScratchFolder folder;
  const std::string command =
      "ffmpeg -v error -f lavfi -i testsrc=size=64x48:rate=10 -frames:v 20 -g 10 "
      "-pix_fmt yuv420p -movflags +frag_keyframe+empty_moov " +
      (folder / "a.mp4").string() + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) return skip("needs the command ffmpeg");
  std::string bytes = read_text(folder / "a.mp4");
  // The first fragment's last frame: its size and place in time stand before the length of `mdat`.
  bytes.replace(bytes.find("mdat") - 12, 4, "\xff\xff\xff\xf0");
  folder.write("b.mp4", bytes);
  VideoReader reader(folder / "b.mp4", std::nullopt, Numbering::kDecode, {});
  int frames = 0;
  while (reader.next({})) ++frames;
  CHECK(frames == 9);
  REQUIRE_FALSE(reader.facts().warnings.empty());
  CHECK_THAT(reader.facts().warnings.back(), Catch::Contains("more memory than any video needs"));
}

TEST_CASE("an index that plays the same bytes for ever is refused") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4");
  write_tiny_video(folder / "b.mp4");
  repeat_by_edit_list(folder / "a.mp4", 3);
  CHECK(count_frames(folder / "a.mp4") > 2 * kTinyVideoFrames);
  repeat_by_edit_list(folder / "b.mp4", 5000);
  CHECK_THAT(refusal_of(folder / "b.mp4"), Catch::Contains("same bytes"));
}

TEST_CASE("a read that fails once is tried again") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4");
  for (const int code : {EIO, EAGAIN, ESTALE, ETIMEDOUT, EINTR}) {
    const FailReads fail(1, code);
    CHECK(count_frames(folder / "a.mp4") == kTinyVideoFrames);
  }
}

TEST_CASE("a read that goes on failing is a ReadError, whenever it comes, and no fact of the video") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.ts", 500, 128, 96);
  const auto bytes = static_cast<off_t>(std::filesystem::file_size(folder / "a.ts"));
  REQUIRE(bytes > 1 << 17);
  for (const off_t from : {off_t{0}, off_t{1} << 16, bytes - 1}) {
    CAPTURE(from);
    const FailReads fail(kAlways, EIO, from);
    CHECK_THROWS_AS(count_frames(folder / "a.ts"), ReadError);
    CHECK_THAT(refusal_of(folder / "a.ts"),
               Catch::Contains("a.ts: cannot be read") && Catch::Contains("Input/output error"));
  }
  CHECK(count_frames(folder / "a.ts") == 500);
  CHECK_THROWS_AS(count_frames(folder / "absent.ts"), ReadError);
}

TEST_CASE("a pipe is read as it comes, but for an MP4 whose index stands at its end") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.ts");
  write_tiny_video(folder / "a.mp4");
  std::jthread writer;
  SECTION("a stream") {
    const auto pipe = pipe_with(folder, writer, read_text(folder / "a.ts"));
    CHECK_FALSE(can_be_read_again(pipe));
    CHECK(count_frames(pipe) == kTinyVideoFrames);
  }
  SECTION("such an MP4") {
    const std::string mp4 = read_text(folder / "a.mp4");
    // More than FFmpeg keeps of a pipe stands between the frames and their index.
    const std::string space = big_endian(1 << 21) + "free" + std::string((1 << 21) - 8, '\0');
    const auto pipe = pipe_with(folder, writer, with_index_at_end(mp4 + space, index_of(mp4).second));
    CHECK_THAT(refusal_of(pipe), Catch::Contains("index") && Catch::Contains("faststart"));
  }
}

}  // namespace c3d

// In place of the system's: the program's own comes first.
extern "C" ssize_t pread(int file, void* out, size_t bytes, off_t at) {
  c3d::FailingReads& fail = c3d::failing_reads();
  if (at + static_cast<off_t>(bytes) > fail.from && fail.count > 0) {
    --fail.count;
    errno = fail.code;
    return -1;
  }
  return syscall(SYS_pread64, file, out, bytes, at);
}
