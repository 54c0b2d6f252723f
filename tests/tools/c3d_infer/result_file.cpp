#include "tools/c3d_infer/result_file.h"

#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

const std::vector<std::string> kVideos{"a.mp4", "b.mp4", "c.mp4"};

std::string line(const std::string& name, const std::string& status = "ok") {
  return R"({"file":")" + name + R"(","status":")" + status + R"("})";
}
bool all_there(std::size_t /*video*/) { return true; }

TEST_CASE("lines_are_under_the_final_name_only_when_all_are_there") {
  const ScratchFolder folder;
  ResultFile file(folder / "r.jsonl");
  file.add(0, line("a.mp4"));
  CHECK(!std::filesystem::exists(folder / "r.jsonl"));
  CHECK(read_text(folder / "r.jsonl.part") == line("a.mp4") + "\n");
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("a.mp4") + "\n");
  CHECK(!std::filesystem::exists(folder / "r.jsonl.part"));
}

TEST_CASE("a_resumed_file_keeps_finished_lines_and_ends_in_the_order_of_the_videos") {
  const ScratchFolder folder;
  folder.write("r.jsonl.part",
               line("c.mp4") + "\n" + line("b.mp4", "failed") + "\n" + line("a.mp4").substr(0, 9));
  ResultFile file(folder / "r.jsonl", kVideos, all_there);
  CHECK(file.holds(2));
  CHECK(!file.holds(0));
  CHECK(!file.holds(1));
  file.add(0, line("a.mp4"));
  file.add(1, line("b.mp4"));
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("a.mp4") + "\n" + line("b.mp4") + "\n" + line("c.mp4") + "\n");
}

TEST_CASE("a_finished_file_is_resumed_too_and_a_video_without_its_outputs_is_done_again") {
  const ScratchFolder folder;
  folder.write("r.jsonl", line("a.mp4") + "\n" + line("b.mp4") + "\n" + line("other.mp4") + "\n");
  ResultFile file(folder / "r.jsonl", kVideos, [](std::size_t video) { return video != 1; });
  CHECK(file.holds(0));
  CHECK(!file.holds(1));
  file.finish();
  CHECK(read_text(folder / "r.jsonl") == line("a.mp4") + "\n");
}

}  // namespace
}  // namespace c3d
