#include "model/weight_layout.h"

#include <cstring>

#include "catch.h"
#include "kernels/reference/reference_backend.h"
#include "model/initialize.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

struct Model {
  explicit Model(std::int64_t classes = 4)
      : c3d({.classes = classes, .width = 1.0 / 32, .crop = 48}, parameters) {
    parameters.allocate(*backend, false);
    initialize(c3d, parameters, *backend, Initialization::kaiming, 1);
  }
  NamedTensors exported() const {
    return export_parameters(c3d, parameters, *backend, parameters.all_values());
  }
  void import(const NamedTensors& tensors, const std::vector<std::string>& skip = {}) const {
    import_parameters(c3d, parameters, *backend, tensors, parameters.all_values(), skip);
  }
  const float* element(std::size_t layer) const {
    return parameters.master(c3d.layers()[layer].weight).as<float>();
  }

  std::unique_ptr<Backend> backend = make_reference_backend();
  ParameterStore parameters;
  C3d c3d;
};

NamedTensors without(const NamedTensors& tensors, const std::string& name) {
  NamedTensors result;
  for (const NamedTensor& tensor : tensors.all()) {
    if (tensor.name != name) result.add(tensor);
  }
  return result;
}

std::string import_error(const Model& model, const NamedTensors& tensors,
                         const std::vector<std::string>& skip = {}) {
  return message_of([&] { model.import(tensors, skip); });
}

TEST_CASE("export names and shapes parameters as PyTorch does") {
  const NamedTensors tensors = Model().exported();
  REQUIRE(tensors.all().size() == 22);
  CHECK(tensors.all().front().name == "conv1.weight");
  CHECK(tensors.all().back().name == "fc8.bias");
  CHECK(tensors.at("conv1.weight").values.shape() == Shape{8, 3, 3, 3, 3});
  CHECK(tensors.at("conv4a.weight").values.shape() == Shape{16, 8, 3, 3, 3});
  CHECK(tensors.at("fc6.weight").values.shape() == Shape{128, 64});
  CHECK(tensors.at("fc6.bias").values.shape() == Shape{128});
}

TEST_CASE("filters and fc6 columns are put in PyTorch's order") {
  const Model model;
  const NamedTensors tensors = model.exported();
  const float* conv1 = tensors.at("conv1.weight").values.as<float>();
  // filter 5, channel 2, tap (0, 1, 2)
  CHECK(conv1[((5 * 3 + 2) * 3 + 0) * 9 + 1 * 3 + 2] ==
        model.element(0)[(5 * 27 + 0 * 9 + 1 * 3 + 2) * 8 + 2]);
  const float* fc6 = tensors.at("fc6.weight").values.as<float>();
  // output 7, channel 11, position (0, 1, 0) of 1 x 2 x 2
  CHECK(fc6[7 * 64 + 11 * 4 + 2] == model.element(8)[7 * 64 + 2 * 16 + 11]);
}

TEST_CASE("what was exported imports to the same values") {
  Model model;
  const NamedTensors tensors = model.exported();
  std::vector<std::byte> before(model.parameters.all_values().bytes());
  std::memcpy(before.data(), model.parameters.all_values().data(), before.size());
  model.backend->zero(model.parameters.all_values());
  model.import(tensors);
  CHECK(std::memcmp(before.data(), model.parameters.all_values().data(), before.size()) == 0);
}

TEST_CASE("import takes bf16 weights") {
  const Model model;
  NamedTensors tensors = without(model.exported(), "fc8.bias");
  auto* bias = tensors.add("fc8.bias", {4}, DType::bf16).as<BFloat16>();
  for (int i = 0; i < 4; ++i) bias[i] = to_bfloat16(static_cast<float>(i) + 0.5f);
  model.import(tensors);
  CHECK(model.parameters.master(model.c3d.layers().back().bias).as<float>()[3] == 3.5f);
}

TEST_CASE("import names what is missing, extra or misshapen") {
  const Model model;
  const NamedTensors good = model.exported();
  CHECK(import_error(model, without(good, "conv3a.bias")) ==
        "weights: there is no tensor 'conv3a.bias' [8]; the nearest name is 'conv3b.bias' [8]");

  NamedTensors extra = good;
  extra.add("conv9.bias", {3}, DType::f32);
  CHECK(import_error(model, extra) ==
        "weights: 'conv9.bias' [3] is no parameter of this network; the nearest name is 'conv1.bias'");

  CHECK(import_error(model, Model(6).exported()) ==
        "weights: 'fc8.weight' is [6, 128], this network needs [4, 128]");

  NamedTensors bytes = without(good, "fc8.bias");
  bytes.add("fc8.bias", {4}, DType::u8);
  CHECK(import_error(model, bytes) == "weights: 'fc8.bias' holds u8, but must hold f32 or bf16");
}

TEST_CASE("import leaves skipped layers as they are") {
  Model model;
  Model other(6);
  initialize(other.c3d, other.parameters, *other.backend, Initialization::kaiming, 2);
  const float fc8 = model.element(10)[0], conv1 = model.element(0)[0];
  CHECK(import_error(model, other.exported(), {"fc8"}) == "no error");
  CHECK(model.element(10)[0] == fc8);
  CHECK(model.element(0)[0] != conv1);
  CHECK(import_error(model, without(without(other.exported(), "fc8.bias"), "fc8.weight"), {"fc8"}) ==
        "no error");
  CHECK(import_error(model, other.exported(), {"fc9"}) == "weights: C3D has no layer 'fc9' to leave out");
}

TEST_CASE("a failed import changes nothing") {
  const Model model;
  Model other(4);
  initialize(other.c3d, other.parameters, *other.backend, Initialization::kaiming, 2);
  const float conv1 = model.element(0)[0];
  CHECK(import_error(model, without(other.exported(), "fc8.bias")) != "");
  CHECK(model.element(0)[0] == conv1);
}

}  // namespace
}  // namespace c3d
