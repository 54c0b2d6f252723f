#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "c3d/device.h"
#include "c3d/video_classifier.h"
#include "python/src/bindings.h"

namespace c3d::python {

void bind_options(nb::module_& m) {
  nb::class_<NetworkOptions>(m, "NetworkOptions")
      .def(
          "__init__",
          [](NetworkOptions* self, std::string device, std::string precision, std::string profile,
             std::filesystem::path mean, std::string names, std::string pool5, std::size_t batch, int threads,
             std::string plan, std::string isa, bool direct_convolution) {
            new (self) NetworkOptions{.name_map = std::move(names),
                                      .profile = std::move(profile),
                                      .pool5 = std::move(pool5),
                                      .mean = std::move(mean),
                                      .batch = batch,
                                      .device = {.device = std::move(device),
                                                 .precision = std::move(precision),
                                                 .threads = threads,
                                                 .instruction_set = std::move(isa),
                                                 .direct_convolution = direct_convolution,
                                                 .plan = std::move(plan)}};
          },
          nb::kw_only(), nb::arg("device"), nb::arg("precision"), nb::arg("profile"), nb::arg("mean"),
          nb::arg("names"), nb::arg("pool5"), nb::arg("batch"), nb::arg("threads"), nb::arg("plan"),
          nb::arg("isa"), nb::arg("direct_convolution"));

  nb::class_<ClipOptions>(m, "ClipOptions")
      .def(
          "__init__",
          [](ClipOptions* self, int clips, int step, int frame_stride, std::string fps, int crops,
             bool constant_rate, double read_timeout) {
            new (self) ClipOptions{.clips = clips,
                                   .step = step,
                                   .frame_stride = frame_stride,
                                   .fps = std::move(fps),
                                   .crops = crops,
                                   .constant_rate = constant_rate,
                                   .read_timeout = read_timeout};
          },
          nb::kw_only(), nb::arg("clips"), nb::arg("step"), nb::arg("frame_stride"), nb::arg("fps"),
          nb::arg("crops"), nb::arg("constant_rate"), nb::arg("read_timeout"));

  m.def("version", [] { return library_version().version; });
  m.def("library", [] {
    const LibraryVersion library = library_version();
    nb::dict facts;
    facts["version"] = library.version;
    facts["commit"] = library.commit;
    facts["backends"] = library.backends;
    facts["ffmpeg"] = library.ffmpeg;
    facts["cudnn"] = library.cudnn;
    return facts;
  });
  m.def("devices", [] {
    expect_not_forked();
    std::vector<DeviceDescription> all;
    {
      const nb::gil_scoped_release unlocked;
      all = devices();
    }
    nb::list found;
    for (const DeviceDescription& one : all) {
      found.append(nb::make_tuple(one.name, one.is_usable, one.description));
    }
    return found;
  });
}

}  // namespace c3d::python
