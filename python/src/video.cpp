#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <mutex>

#include "c3d/video.h"
#include "python/src/bindings.h"

namespace c3d::python {
namespace {

namespace fs = std::filesystem;

nb::object frames_of(std::vector<std::uint8_t> rgb, std::int64_t frames, int width, int height) {
  return array_of(std::move(rgb), {frames, height, width, 3});
}

// Frames one after the other.
class FrameFile {
 public:
  FrameFile(const fs::path& path, const VideoFileOptions& options) : file_(path, options) {}

  // None after the last one.
  nb::object next() {
    std::vector<std::uint8_t> rgb;
    {
      const nb::gil_scoped_release unlocked;
      const std::lock_guard lock(mutex_);
      rgb.resize(file_.frame_bytes());
      if (!file_.read(rgb)) rgb.clear();
    }
    if (rgb.empty()) return nb::none();
    return array_of(std::move(rgb), {file_.height(), file_.width(), 3});
  }
  const VideoFile& file() const { return file_; }

 private:
  std::mutex mutex_;
  VideoFile file_;
};

// Frames by number.
class FrameArray {
 public:
  FrameArray(const fs::path& path, const VideoFileOptions& options) : frames_(path, options) {}

  nb::object read(const std::vector<std::int64_t>& numbers) {
    std::vector<std::uint8_t> rgb;
    {
      const nb::gil_scoped_release unlocked;
      const std::lock_guard lock(mutex_);
      rgb.resize(numbers.size() * static_cast<std::size_t>(frames_.width()) *
                 static_cast<std::size_t>(frames_.height()) * 3);
      frames_.read(numbers, rgb);
    }
    return frames_of(std::move(rgb), std::ssize(numbers), frames_.width(), frames_.height());
  }
  const VideoFrames& frames() const { return frames_; }

 private:
  std::mutex mutex_;
  VideoFrames frames_;
};

VideoFileOptions options_of(int width, int height, const std::string& fps, bool constant_rate,
                            double read_timeout) {
  return {.width = width,
          .height = height,
          .constant_rate = constant_rate,
          .fps = fps,
          .read_timeout = read_timeout};
}

using File = OfOneProcess<FrameFile>;
using Frames = OfOneProcess<FrameArray>;

}  // namespace

void bind_video(nb::module_& m) {
  nb::class_<File>(m, "FrameFile")
      .def("__init__",
           [](File* self, const fs::path& path, int width, int height, const std::string& fps,
              bool constant_rate, double read_timeout) {
             const nb::gil_scoped_release unlocked;
             new (self)
                 File(std::in_place, path, options_of(width, height, fps, constant_rate, read_timeout));
           })
      .def("next", [](File& file) { return file->next(); })
      .def("seconds", [](File& file) { return file->file().seconds(); })
      .def("properties", [](File& file) {
        const VideoFile& video = file->file();
        const VideoFileProperties properties = video.properties();
        nb::dict facts;
        facts["width"] = video.width();
        facts["height"] = video.height();
        facts["source_width"] = properties.width;
        facts["source_height"] = properties.height;
        facts["frame_rate"] = properties.frame_rate;
        facts["codec"] = properties.codec;
        facts["rotation"] = video.rotation();
        facts["warnings"] = properties.warnings;
        return facts;
      });
  nb::class_<Frames>(m, "FrameArray")
      .def("__init__",
           [](Frames* self, const fs::path& path, int width, int height, const std::string& fps,
              bool constant_rate, double read_timeout) {
             const nb::gil_scoped_release unlocked;
             new (self)
                 Frames(std::in_place, path, options_of(width, height, fps, constant_rate, read_timeout));
           })
      .def("count", [](Frames& frames) { return frames->frames().count(); })
      .def("seconds", [](Frames& frames, std::int64_t frame) { return frames->frames().seconds(frame); })
      .def("read",
           [](Frames& frames, const std::vector<std::int64_t>& numbers) { return frames->read(numbers); });
}

}  // namespace c3d::python
