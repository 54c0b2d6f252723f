#include "catch.h"
#include "engine/train/clip_program.h"

namespace c3d {
namespace {

TEST_CASE("a batch that does not fit is told which one would and how to accumulate") {
  const std::string advice = batch_advice(32, 4000, 2000);
  CHECK(advice.find("about 14 would fit") != std::string::npos);
  CHECK(advice.find("batch 14 with accumulate 3") != std::string::npos);
  // What was refused is never advised, however little is missing.
  CHECK(batch_advice(8, 1000, 990).find("about 7 would fit") != std::string::npos);
  CHECK(batch_advice(8, 1000, 1200).find("about 7 would fit") != std::string::npos);
}

TEST_CASE("where not even one clip fits the advice is another") {
  CHECK(batch_advice(8, 8000, 1000).find("not even one clip") != std::string::npos);
}

}  // namespace
}  // namespace c3d
