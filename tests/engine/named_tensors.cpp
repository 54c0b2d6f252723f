#include "engine/io/named_tensors.h"

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("named tensors keep their order and are found by name") {
  NamedTensors tensors;
  tensors.add("b", {2}, DType::f32).as<float>()[1] = 5;
  tensors.add("a", {2, 3}, DType::u8);
  CHECK(tensors.all()[0].name == "b");
  CHECK(tensors.all()[1].name == "a");
  CHECK(tensors.at("b").values.as<float>()[1] == 5);
  CHECK(tensors.at("a").values.shape() == Shape{2, 3});
  CHECK(tensors.find("c") == nullptr);
}

TEST_CASE("a second tensor of one name is refused") {
  NamedTensors tensors;
  tensors.add("a", {1}, DType::f32);
  CHECK_THROWS_WITH(tensors.add("a", {1}, DType::f32), Catch::Contains("two tensors named 'a'"));
  CHECK(tensors.all().size() == 1);
}

TEST_CASE("a missing tensor is an error that names the nearest") {
  NamedTensors tensors;
  CHECK_THROWS_WITH(tensors.at("fc8.bias"), Catch::Contains("no tensors at all"));
  tensors.add("fc7.bias", {1}, DType::f32);
  tensors.add("conv1.weight", {1}, DType::f32);
  CHECK_THROWS_WITH(tensors.at("fc8.bias"),
                    Catch::Contains("no tensor 'fc8.bias'; the nearest name is 'fc7.bias'"));
}

TEST_CASE("copies share memory that outlives the original") {
  NamedTensors copy;
  {
    NamedTensors original;
    original.add("a", {1}, DType::i32).as<std::int32_t>()[0] = 42;
    copy = original;
  }
  CHECK(copy.at("a").values.as<std::int32_t>()[0] == 42);
}

TEST_CASE("metadata are text by key") {
  NamedTensors tensors;
  tensors.metadata()["epoch"] = "3";
  CHECK(tensors.metadata("epoch") == "3");
  CHECK_FALSE(tensors.metadata("step").has_value());
}

}  // namespace
}  // namespace c3d
