// docs/many_machines.md: its scripts are those that stand beside it, and what can be run on any machine is run. The
// clusters themselves: tests/tools/many_machines/launchers.py.
#include <fmt/format.h>

#include <sstream>

#include "catch.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

fs::path docs() { return fs::path(C3D_SOURCE_DIR) / "docs"; }

std::string first_shell_block() {
  const std::string page = read_text(docs() / "many_machines.md"), start = "```sh\n";
  const std::size_t from = page.find(start) + start.size();
  return page.substr(from, page.find("```", from) - from);
}

// A list of videos, what one run says of them, and the scripts of the page.
struct ManyMachines {
  ScratchFolder folder;

  ManyMachines() {
    write_small_model(folder / "best.safetensors");
    std::string list;
    for (int i = 0; i < 5; ++i) {
      const std::string name = fmt::format("video {}.mp4", i);
      write_tiny_video(folder / name, 20 + i);
      list += name + "\n";
    }
    folder.write("videos.txt", list);
    run("c3d_infer --weights best.safetensors --list videos.txt --plan fixed --json whole.jsonl");
  }

  void run(const std::string& command) const {
    INFO(command);
    const int code =
        run_command(folder.path(), "export XDG_CACHE_HOME=$PWD/cache PATH=" C3D_BINARY_DIR "/bin:$PATH D=" +
                                       docs().string() + "/many_machines && { " + command + "\n}");
    INFO(read_text(folder / "err"));
    REQUIRE(code == 0);
  }
  void check_merged() const { CHECK(read_text(folder / "part.jsonl") == read_text(folder / "whole.jsonl")); }
};

TEST_CASE("the page about many machines shows its scripts as they are") {
  const std::string page = read_text(docs() / "many_machines.md");
  int scripts = 0;
  for (const auto& entry : fs::directory_iterator(docs() / "many_machines")) {
    const std::string kind = entry.path().extension() == ".py" ? "python" : "sh";
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK_THAT(page, Catch::Contains("```" + kind + "\n" + read_text(entry.path()) + "```\n"));
    CHECK_THAT(page, Catch::Contains(fmt::format("[{}](many_machines/{})", name, name)));
    ++scripts;
  }
  CHECK(scripts == 5);
}

TEST_CASE_METHOD(ManyMachines, "the page's loop gives the bytes of one run") {
  run(first_shell_block());
  check_merged();
}

TEST_CASE_METHOD(ManyMachines, "the page's script for Slurm gives the bytes of one run, run by a loop") {
  run("for i in 0 1 2 3 4 5; do SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_COUNT=1 sh $D/slurm.sh || exit 1; "
      "done; "
      "c3d_infer merge part.jsonl");
  check_merged();
}

}  // namespace
}  // namespace c3d
