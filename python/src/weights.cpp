#include "c3d/weights.h"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/src/bindings.h"

namespace c3d::python {
namespace {

namespace fs = std::filesystem;

ConversionOptions conversion(const std::string& profile, const std::string& names, const std::string& type,
                             std::int64_t classes, std::uint64_t seed) {
  ConversionOptions options{
      .name_map = names, .profile = profile, .classes = classes, .seed = seed, .type = type};
  if (classes > 0) options.fresh_layers = {"fc8"};
  return options;
}

}  // namespace

void bind_weights(nb::module_& m) {
  m.def("convert",
        [](const fs::path& in, const fs::path& out, const std::string& profile, const std::string& names,
           const std::string& type, std::int64_t classes, std::uint64_t seed) {
          const nb::gil_scoped_release unlocked;
          convert_weights(in, out, conversion(profile, names, type, classes, seed));
        });
  m.def("export_hub", [](const fs::path& in, const fs::path& folder, const std::string& profile,
                         const std::string& names, const std::string& type) {
    const nb::gil_scoped_release unlocked;
    export_hub_folder(in, folder, conversion(profile, names, type, 0, 0));
  });
  m.def("inspect", [](const fs::path& file) {
    WeightsSummary summary;
    {
      const nb::gil_scoped_release unlocked;
      summary = inspect_weights(file);
    }
    nb::list tensors;
    for (const TensorSummary& one : summary.tensors) {
      tensors.append(nb::make_tuple(one.name, one.our_name, one.shape, one.type, one.least, one.most,
                                    one.mean, one.not_finite));
    }
    return nb::make_tuple(tensors, summary.metadata);
  });
}

}  // namespace c3d::python
