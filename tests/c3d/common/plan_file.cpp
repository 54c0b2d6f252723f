#include "c3d/common/plan_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "engine/core/cache_folder.h"
#include "kernels/make_backend.h"
#include "tests/support/array.h"
#include "tests/support/backend_or_skip.h"
#include "tests/support/environment.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

// With a cache folder of its own.
struct PlanFolder {
  // Null, and why, where this build has no CPU backend.
  static std::unique_ptr<Backend> backend(int threads = 1) {
    return backend_or_skip({.device = "cpu", .threads = threads, .plan = "measured"});
  }
  static void convolve(Backend& backend) {
    const Floats x({1, 2, 4, 4, 16}), filter({16, 3, 3, 3, 16}), bias({16});
    Floats y(x.shape);
    backend.conv3d_forward({}, Activation::none, x, filter, bias, y);
  }
  std::vector<std::filesystem::path> kept() const {
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::exists(folder / "c3d")) return files;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "c3d"))
      files.push_back(entry.path());
    return files;
  }

  ScratchFolder folder;
  EnvironmentVariable cache{"XDG_CACHE_HOME", folder.path().string()};
  std::ostringstream out;
};

}  // namespace

TEST_CASE_METHOD(PlanFolder, "what was measured is kept for the next run with as many threads") {
  const auto first = backend();
  if (!first) return;
  keep_plan(*first, "measured", out);
  convolve(*first);
  REQUIRE_FALSE(first->plan().empty());
  REQUIRE(kept().size() == 1);
  const auto second = backend(), other = backend(3);
  keep_plan(*second, "measured", out);
  CHECK(second->plan() == first->plan());
  keep_plan(*other, "measured", out);
  CHECK(other->plan().empty());
  CHECK(out.str().empty());
}

TEST_CASE_METHOD(PlanFolder, "a kept plan that is broken or foreign is said and ignored") {
  const auto first = backend();
  if (!first) return;
  keep_plan(*first, "measured", out);
  convolve(*first);
  const std::string good = read_text(kept().at(0));
  std::string foreign = good;
  foreign.insert(good.find('\n') + 1, "another processor, ");
  const std::string garbage("c3d plan 1\n\0\xff\x1b[31m\0\n\x80", 21), huge(2 << 20, 'x');
  for (const std::string& text :
       {std::string(), std::string("PNG"), good + "nonsense\n", foreign, garbage, huge}) {
    std::ofstream(kept().at(0)) << text;
    const auto second = backend();
    keep_plan(*second, "measured", out);
    CHECK(second->plan().empty());
    const std::string said = out.str();
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
    CHECK(said.find('\x1b') == std::string::npos);
    CHECK(said.size() < 2000);
    CHECK(said.starts_with("note: the plan " + kept().at(0).string() + " is ignored: "));
    out.str("");
    convolve(*second);
    CHECK(read_text(kept().at(0)).starts_with("c3d plan 1\n"));
  }
}

TEST_CASE_METHOD(PlanFolder, "a file pins the plan wherever it was measured") {
  const auto first = backend();
  if (!first) return;
  const auto file = folder / "pinned.plan";
  keep_plan(*first, file.string(), out);
  CHECK(std::filesystem::exists(file));
  convolve(*first);
  CHECK(kept().empty());
  const auto second = backend(3);
  keep_plan(*second, file.string(), out);
  CHECK(second->plan() == first->plan());

  std::ofstream(file) << "c3d plan 1\nhere\nnonsense\n";
  const auto third = backend();
  try {
    keep_plan(*third, file.string(), out);
    FAIL("nonsense was taken for a plan");
  } catch (const Error& error) {
    CHECK(std::string(error.message()).find("nonsense") != std::string::npos);
    CHECK(std::string(error.message()).find("pinned.plan") != std::string::npos);
  }
  std::ofstream(file) << "something else\n";
  CHECK_THROWS_AS(keep_plan(*third, file.string(), out), Error);
  CHECK_THROWS_AS(keep_plan(*third, (folder / "no/such/folder/plan").string(), out), Error);
}

TEST_CASE_METHOD(PlanFolder, "a cache that cannot be read or written ends nothing") {
  const auto first = backend();
  if (!first) return;
  keep_plan(*first, "measured", out);
  convolve(*first);
  const auto file = kept().at(0);
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);  // a folder in its place
  const auto second = backend();
  keep_plan(*second, "measured", out);
  convolve(*second);
  CHECK_THAT(out.str(), Catch::Contains("is ignored") && Catch::Contains("is not kept"));
  out.str("");

  folder.write("file");
  cache.set((folder / "file").string());  // no folder can be made there
  const auto third = backend();
  keep_plan(*third, "measured", out);
  convolve(*third);
  CHECK_THAT(out.str(), Catch::Contains("is not kept"));
  CHECK_FALSE(third->plan().empty());
}

TEST_CASE_METHOD(PlanFolder, "without a word the plan is the backend's own") {
  const auto measuring = backend();
  if (!measuring) return;
  keep_plan(*measuring, "", out);
  convolve(*measuring);
  REQUIRE(kept().size() == 1);
  std::ofstream(kept().at(0)) << "nonsense";
  const auto fixed = make_backend({.device = "cpu", .threads = 1, .plan = "fixed"});
  keep_plan(*fixed, "", out);
  convolve(*fixed);
  CHECK(out.str().empty());  // what is kept was not read
  CHECK(read_text(kept().at(0)) == "nonsense");
}

TEST_CASE_METHOD(PlanFolder, "lines of a gpu are one error on a cpu") {
  const auto first = backend();
  if (!first) return;
  const auto file = folder / "gpu.plan";
  std::ofstream(file) << "c3d plan 1\ncuda:0: NVIDIA H200\ncudnn-9.19.0/NVIDIA_H200 forward bf16 relu "
                         "32x16x56x56x64 to 128, taps 3x3x3, stride 1x1x1, pad 1x1x1 = eng41_k2=0_k27=1\n";
  CHECK_THROWS_WITH(keep_plan(*first, file.string(), out),
                    Catch::Contains("gpu.plan") && Catch::Contains("no convolution and its kernel") &&
                        Catch::Contains("cudnn-9.19.0/NVIDIA_H200"));
  CHECK(first->plan().empty());
}

TEST_CASE_METHOD(PlanFolder, "a pipe is no plan") {
  const auto first = backend();
  if (!first) return;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(keep_plan(*first, (folder / "pipe").string(), out),
                    Catch::Contains("pipe") && Catch::Contains("not a regular file"));
}

TEST_CASE_METHOD(PlanFolder, "a fixed plan leaves no file and the reference has none") {
  const auto reference = make_backend({.device = "reference"});
  keep_plan(*reference, "fixed", out);
  keep_plan(*reference, "measured", out);
  convolve(*reference);
  CHECK(kept().empty());
  CHECK_THROWS_AS(keep_plan(*reference, (folder / "pinned.plan").string(), out), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "pinned.plan"));
}

TEST_CASE("the cache folder is the user's") {
  EnvironmentVariable cache("XDG_CACHE_HOME", "/somewhere");
  CHECK(user_cache_folder() == "/somewhere/c3d");
  cache.remove();
  const char* home = std::getenv("HOME");
  if (home == nullptr) return skip("there is no HOME");
  CHECK(user_cache_folder() == std::filesystem::path(home) / ".cache/c3d");
}

TEST_CASE("a name of a plan that is a slip is refused unless such a file is there or meant") {
  CHECK_THROWS_WITH(check_plan_name("fxed"), Catch::Contains("did you mean fixed?"));
  CHECK_THROWS_WITH(check_plan_name("messured"), Catch::Contains("did you mean measured?"));
  CHECK_THROWS_WITH(check_plan_name("Fixed"), Catch::Contains("did you mean fixed?"));
  for (const char* name : {"", "fixed", "measured", "mine", "./fxed", "fixed.plan"}) {
    CHECK_NOTHROW(check_plan_name(name));
  }
}

}  // namespace c3d
