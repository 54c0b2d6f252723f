#include "tests/support/op_cases.h"

#include <cmath>
#include <set>

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("op cases have names of their own") {
  std::set<std::string> names;
  for (const OpCase& op_case : op_cases()) {
    INFO(op_case.name);
    CHECK(names.insert(op_case.name).second);
  }
}

TEST_CASE("C3D's layers have the sizes of the paper") {
  const std::vector<OpCase> layers = c3d_layer_cases(2);
  double convolutions = 0, linears = 0, fused = 0;
  int pools = 0;
  for (const OpCase& layer : layers) {
    const bool is_fused = layer.name.find('+') != std::string::npos;
    if (is_fused) fused += layer.multiply_adds;
    if (layer.name.starts_with("conv") && !is_fused) convolutions += layer.multiply_adds;
    if (layer.name.starts_with("fc")) linears += layer.multiply_adds;
    if (layer.name.starts_with("pool")) ++pools;
  }
  CHECK(layers.size() == 8 + 5 + 3 + 5);
  CHECK(pools == 5);
  // 38.5 billion multiply-adds a clip, as the literature counts C3D's convolutions.
  CHECK(convolutions == 2 * 38496632832.0);
  CHECK(linears == 2 * (8192.0 * 4096 + 4096.0 * 4096 + 4096.0 * 101));
  CHECK(fused < convolutions);
}

TEST_CASE("inputs are filled with what they promise") {
  const std::vector<float> normal = fill_input({.name = "x", .shape = {100, 100}, .scale = 2}, 1);
  double sum = 0, squares = 0;
  for (const float value : normal) {
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  CHECK(std::abs(sum / 1e4) < 0.1);
  CHECK(squares / 1e4 == Approx(4).epsilon(0.1));

  std::set<float> distinct;
  for (const float value : fill_input({.name = "x", .shape = {1000}, .fill = Fill::separated}, 1)) {
    distinct.insert(value);
  }
  CHECK(distinct.size() == 1000);
  CHECK(distinct.count(0) == 0);

  const std::vector<float> used =
      fill_input({.name = "x", .shape = {5, 8}, .valid_channels = 3, .nan_at = {1}}, 1);
  CHECK(std::isnan(used[1]));
  for (std::size_t i = 0; i < used.size(); ++i) CHECK((used[i] == 0) == (i % 8 >= 3));
  CHECK(fill_input({.name = "x", .shape = {5}}, 1) != fill_input({.name = "x", .shape = {5}}, 2));
}

}  // namespace
}  // namespace c3d
