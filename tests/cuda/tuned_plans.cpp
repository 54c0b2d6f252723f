#include "kernels/cuda/tuned_plans.h"

#include <fstream>

#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d::cuda {
namespace {

TEST_CASE("a timed choice is found again by the next run") {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "cache" / "plans.json";
  {
    TunedPlans plans(file);
    CHECK_FALSE(plans.find("a"));
    plans.remember("a", "eng1_k2=3");
    plans.remember("b", "eng2");
    plans.remember("a", "eng3");
  }
  const TunedPlans plans(file);
  CHECK(plans.find("a") == "eng3");
  CHECK(plans.find("b") == "eng2");
  CHECK_FALSE(plans.find("c"));
}

TEST_CASE("a file of timed choices that cannot be read counts as empty") {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "plans.json";
  for (const char* text : {"", "{", "[1]", "{\"a\": 7}"}) {
    std::ofstream(file) << text;
    CHECK_FALSE(TunedPlans(file).find("a"));
  }
}

TEST_CASE("where no file can be written choices are still kept for this run") {
  TunedPlans plans("/proc/no/such/folder/plans.json");
  plans.remember("a", "eng1");
  CHECK(plans.find("a") == "eng1");
}

}  // namespace
}  // namespace c3d::cuda
