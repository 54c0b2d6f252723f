// What c3d_infer writes, as a user runs it: nothing it reads, nothing another run writes, and only what is
// not there already.
#include <sys/stat.h>
#include <unistd.h>

#include "c3d/report/pictures.h"
#include "catch.h"
#include "engine/io/file_lock.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Fixture = CommandFixture;
using nlohmann::json;

const std::string kQuick = kWeights + "--clips 1 ";

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE_METHOD(Fixture, "no output is an input") {
  const std::string video = read_text(folder / "v/a.mp4"), weights = read_text(folder / "w.safetensors");
  folder.write("list.txt", "v/a.mp4\n");
  for (const char* arguments :
       {"v/a.mp4 --overlay v/a.mp4", "v/a.mp4 --timeline v/a.mp4", "v/a.mp4 --json v/a.mp4",
        "v/a.mp4 --features fc6 --features-out v/a.mp4", "v --overlay v", "v/a.mp4 --json w.safetensors",
        "--list list.txt --json list.txt", "v/a.mp4 --json x --timeline x", "v/a.mp4 --plan v/a.mp4"}) {
    INFO(arguments);
    CHECK(run(kQuick + arguments) == 2);
    CHECK(out().empty());
    CHECK((holds(err(), "would overwrite") || holds(err(), "are one file")));
  }
  CHECK(read_text(folder / "v/a.mp4") == video);
  CHECK(read_text(folder / "w.safetensors") == weights);
  CHECK(read_text(folder / "list.txt") == "v/a.mp4\n");
  CHECK(!fs::exists(folder / "x"));
}

TEST_CASE_METHOD(Fixture, "no output is the file behind standard input") {
  const std::string video = read_text(folder / "v/a.mp4");
  for (const char* input : {"-", "/dev/stdin"}) {
    CHECK(run(kQuick + input + " --overlay v/a.mp4 <v/a.mp4") == 2);
    CHECK(holds(err(), "would overwrite"));
    CHECK(read_text(folder / "v/a.mp4") == video);
  }
}

TEST_CASE_METHOD(Fixture, "a pipe gets the lines and a video cannot go into one") {
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(run(kQuick + "v/a.mp4 --json pipe", "(cat pipe >seen &) ;") == 0);
  CHECK(fs::is_fifo(folder / "pipe"));
  CHECK(run(kQuick + "v/a.mp4 --overlay pipe") == 1);
  CHECK(holds(err(), "a video cannot be written to a pipe"));
  REQUIRE(run(kQuick + "v/a.mp4 --json /dev/stdout") == 0);
  CHECK(lines(out()).at(0)["file"] == "v/a.mp4");
}

// Locks and records are files of ours under names that a user may have taken.
TEST_CASE_METHOD(Fixture, "files of the user's under the names of ours are left alone") {
  const std::string out_folder = "v/a.mp4 v/b.mp4 --features fc6 --features-out o ";
  fs::create_directory(folder / "o");
  folder.write("o/.lock", "precious");
  CHECK(run(kQuick + out_folder) == 1);
  CHECK(holds(err(), "move it away"));
  CHECK(read_text(folder / "o/.lock") == "precious");
  const std::string weights = read_text(folder / "w.safetensors");
  for (const char* name : {"o/.lock", "o/.c3d_infer.jsonl"}) {
    fs::remove(folder / "o/.lock");
    fs::create_symlink("../w.safetensors", folder / name);
    CHECK(run(kQuick + out_folder) == 2);
    CHECK(read_text(folder / "w.safetensors") == weights);
    fs::remove(folder / name);
  }
  fs::create_hard_link(folder / "v/a.mp4", folder / ".r.jsonl.lock");
  const std::string video = read_text(folder / "v/a.mp4");
  CHECK(run(kQuick + "v/a.mp4 --json r.jsonl") == 2);
  CHECK(read_text(folder / "v/a.mp4") == video);
  folder.write("o/.c3d_infer.jsonl", "v/a.mp4\n");
  CHECK(run(kQuick + out_folder) == 1);
  CHECK(run(kQuick + "--list o/.c3d_infer.jsonl --features fc6 --features-out o") == 2);
  CHECK(read_text(folder / "o/.c3d_infer.jsonl") == "v/a.mp4\n");
  fs::remove(folder / "o/.c3d_infer.jsonl");
  REQUIRE(mkfifo((folder / "o/.c3d_infer.jsonl").c_str(), 0600) == 0);
  CHECK(run(kQuick + out_folder) == 1);
}

TEST_CASE_METHOD(Fixture, "what a descriptor leads to is written to behind what it holds") {
  const std::string csv = kQuick + "v/a.mp4 --features fc8 --feature-format csv --features-out /dev/fd/3";
  folder.write("all.csv", "old\n");
  REQUIRE(run(csv, "exec 3>>all.csv;") == 0);
  CHECK(read_text(folder / "all.csv").starts_with("old\n"));
  CHECK(read_text(folder / "all.csv").size() > 8);
  REQUIRE(run(kQuick + "v/a.mp4 --json /dev/fd/3", "exec 3>fresh; echo head >&3;") == 0);
  CHECK(read_text(folder / "fresh").starts_with("head\n{"));
}

TEST_CASE_METHOD(Fixture, "an output is no frame of its input and not where another waits") {
  fs::create_directory(folder / "frames");
  folder.write("frames/1.jpg", "x");
  CHECK(run(kQuick + "frames --json frames/2.jpg") == 2);
  CHECK(holds(err(), "become a frame of"));
  CHECK(run(kQuick + "v/a.mp4 --json r --features fc6 --features-out .r.part") == 2);
  CHECK(holds(err(), "are one file"));
}

TEST_CASE_METHOD(Fixture, "resume keeps the lines of videos that it is not given") {
  REQUIRE(run(kQuick + "v/a.mp4 --json r.jsonl") == 0);
  REQUIRE(run(kQuick + "v/b.mp4 --json r.jsonl --resume") == 0);
  const std::vector<json> all = lines(read_text(folder / "r.jsonl"));
  REQUIRE(all.size() == 2);
  CHECK(all[0]["file"] == "v/a.mp4");
  CHECK(all[1]["file"] == "v/b.mp4");
}

TEST_CASE_METHOD(Fixture, "clips of an earlier run do not stay between new ones") {
  const std::string caffe =
      kWeights + "v/a.mp4 --window 16 --features fc6 --feature-format caffe --features-out c ";
  REQUIRE(run(caffe + "--step 4") == 0);
  REQUIRE(fs::exists(folder / "c/a/000004.fc6-1"));
  REQUIRE(run(caffe + "--step 8 --resume") == 0);
  CHECK_FALSE(fs::exists(folder / "c/a/000004.fc6-1"));
  fs::remove(folder / "c/a/000008.fc6-1");
  REQUIRE(run(caffe + "--step 8 --resume") == 0);
  CHECK(fs::exists(folder / "c/a/000008.fc6-1"));
}

TEST_CASE_METHOD(Fixture, "resume sees that another run has replaced an output") {
  const std::string all = kQuick + "v/a.mp4 v/b.mp4 --features fc6 --features-out o ";
  REQUIRE(run(all) == 0);
  const std::string right = read_text(folder / "o/v/b.npy");
  fs::copy_file(folder / "o/v/a.npy", folder / "o/v/b.npy", fs::copy_options::overwrite_existing);
  REQUIRE(run(all + "--resume") == 0);
  CHECK(holds(err(), "the output has changed since"));
  CHECK(read_text(folder / "o/v/b.npy") == right);
}

TEST_CASE_METHOD(Fixture, "weights of no use and absent folders leave nothing behind") {
  folder.write("bad.safetensors", "x");
  const std::string outputs = "v/a.mp4 v/b.mp4 --features fc6 --features-out o/f ";
  CHECK(run("--device reference --weights bad.safetensors " + outputs) == 1);
  CHECK(run(kWeights + outputs + "--json absent/r.jsonl") == 1);
  CHECK(holds(err(), "absent/r.jsonl: there is no folder"));
  CHECK(!fs::exists(folder / "o"));
}

TEST_CASE_METHOD(Fixture, "two kinds of outputs in one folder are known again however it is called") {
  fs::create_directory_symlink("o", folder / "link");
  for (const char* name : {"$PWD/o", "o/.", "link", "./o/"}) {
    INFO(name);
    const std::string all =
        kQuick + "v/a.mp4 v/b.mp4 --features fc6 --features-out o --overlay " + name + " --resume";
    REQUIRE(run(all) == 0);
    REQUIRE(run(all) == 0);
    CHECK(holds(err(), "2 of 2 videos were done before"));
    fs::remove_all(folder / "o");
  }
}

TEST_CASE_METHOD(Fixture, "resume takes no features for those of another video") {
  fs::create_directory(folder / "A");
  fs::rename(folder / "v/a.mp4", folder / "A/x.mp4");
  fs::rename(folder / "v/b.mp4", folder / "v/x.mp4");
  REQUIRE(run(kQuick + "v/x.mp4 --features fc6 --features-out one.npy") == 0);
  REQUIRE(run(kQuick + "A/x.mp4 --features fc6 --features-out one.npy --resume") == 0);
  CHECK(holds(err(), "another video"));
  CHECK(holds(err(), "1 labelled"));
  folder.write("list.txt", "A/x.mp4\nv/x.mp4\n");
  REQUIRE(run(kQuick + "--list list.txt --features fc6 --features-out f --resume") == 0);
  CHECK(read_text(folder / "f/A/x.npy") == read_text(folder / "one.npy"));
  CHECK(read_text(folder / "f/v/x.npy") != read_text(folder / "one.npy"));
}

TEST_CASE_METHOD(Fixture, "resume makes anew what was made in another way and says in which") {
  const std::string all = "v/a.mp4 --features fc7 --features-out f.npy --json r.jsonl --resume ";
  REQUIRE(run(kQuick + all) == 0);
  REQUIRE(run(kQuick + all) == 0);
  CHECK(holds(err(), "1 of 1 videos were done before"));
  const std::string before = read_text(folder / "f.npy");
  SECTION("another layer") {
    REQUIRE(run(kQuick + "v/a.mp4 --features fc6 --features-out f.npy --json r.jsonl --resume") == 0);
    CHECK(holds(err(), "v/a.mp4: done anew: other settings (layer fc7, now fc6)"));
    CHECK(read_text(folder / "f.npy") != before);
  }
  SECTION("other clips, pooling and labels") {
    REQUIRE(run(kWeights + "--clips 2 --pool mean --top 2 " + all) == 0);
    CHECK(holds(err(), "clips 16 frames at stride 1, 1 spread evenly, now 16 frames at stride 1, 2 spread"));
    CHECK(lines(read_text(folder / "r.jsonl")).at(0)["labels"].size() == 2);
  }
  SECTION("other weights") {
    write_small_model(folder / "w.safetensors", {.with_pool5_rule = false});
    REQUIRE(run(kQuick + all) == 0);
    CHECK(holds(err(), "other settings (weights "));
  }
  SECTION("a video that has changed") {
    write_tiny_video(folder / "v/a.mp4", 30);
    REQUIRE(run(kQuick + all) == 0);
    CHECK(holds(err(), "the video has changed since"));
    CHECK(lines(read_text(folder / "r.jsonl")).at(0)["frames"] == 30);
  }
  SECTION("files without a record") {
    fs::remove(folder / ".f.npy.c3d_infer.jsonl");
    REQUIRE(run(kQuick + all) == 0);
    CHECK(holds(err(), "nothing says how it was made"));
  }
}

TEST_CASE_METHOD(Fixture, "resume recognizes names that are not UTF-8") {
  fs::rename(folder / "v/a.mp4", folder / "v/caf\xe9.mp4");
  const std::string all = kQuick + "v --json r.jsonl --resume";
  CHECK(run(all) == 1);
  CHECK(run(all) == 1);
  CHECK(holds(err(), "2 of 3 videos were done before"));
}

TEST_CASE_METHOD(Fixture, "a second run on an output stops and says who has it") {
  fs::create_directory(folder / "f");
  const FileLock lines_lock(lock_file_of(folder / "r.jsonl"), "r");
  CHECK(run(kQuick + "v/a.mp4 --json r.jsonl") == 1);
  CHECK(holds(err(), "r.jsonl is in use by process " + std::to_string(::getpid())));
  const FileLock folder_lock(lock_file_of(folder / "f"), "f");
  CHECK(run(kQuick + "v/a.mp4 v/b.mp4 --features fc6 --features-out f") == 1);
  CHECK(holds(err(), "is in use by process"));
  // Two kinds of outputs in one folder are one run's.
  const std::string pictures = can_draw() ? "--timeline ./g" : "";
  CHECK(run(kQuick + "v/a.mp4 v/b.mp4 --features fc6 --features-out g --json s " + pictures) == 0);
}

TEST_CASE_METHOD(Fixture, "names of files are never rewritten") {
  fs::create_directory(folder / "[Group] Show [1080p]");
  fs::copy_file(folder / "v/a.mp4", folder / "[Group] Show [1080p]/[a,b].mp4");
  fs::copy_file(folder / "v/a.mp4", folder / "-x.mp4");
  CHECK(run(kQuick + "'[Group] Show [1080p]'") == 0);
  CHECK(out().find("[Group] Show [1080p]/[a,b].mp4: ") == 0);
  CHECK(run(kQuick + "-- -x.mp4") == 0);
  CHECK(out().find("-x.mp4: ") == 0);
}

TEST_CASE_METHOD(Fixture, "a closed or full standard output is an error and never a file") {
  const auto closed = [&](const std::string& streams) {
    return run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_infer " + kQuick + "v/a.mp4 --json s.jsonl",
                       streams);
  };
  CHECK(closed(">&- 2>err") == 1);
  CHECK(holds(err(), "standard output cannot be written"));
  CHECK(closed(">/dev/full 2>err") == 1);
  CHECK(holds(err(), "the disk is full"));
  CHECK(closed(">out 2>&-") == 0);
  CHECK(lines(read_text(folder / "s.jsonl")).size() == 1);
}

TEST_CASE_METHOD(Fixture, "too many threads are a wrong command line") {
  CHECK(run(kQuick + "v/a.mp4 --threads 99999") == 2);
  CHECK(holds(err(), "--threads"));
}

TEST_CASE_METHOD(Fixture, "Ctrl-C is answered and keeps what is done") {
  std::string list;
  for (int i = 0; i < 20'000; ++i) list += "v/a.mp4\n";
  folder.write("list.txt", list);
  const std::string before =
      "{ (for i in $(seq 20000); do grep -q v/a.mp4 out 2>/dev/null && break; done; kill -INT $(cat pid)) & "
      "}; "
      "sh -c 'echo $$ >pid; exec \"$@\"' sh";
  CHECK(run(kQuick + "--list list.txt --json r.jsonl --batch 1", before) == 130);
  CHECK(holds(err(), "of 20000 videos are done and kept; the same command with --resume goes on from there"));
  const std::size_t done = lines(read_text(folder / ".r.jsonl.part")).size();
  CHECK(done >= 1);
  CHECK(done < 20'000);
}

TEST_CASE_METHOD(Fixture, "the list of failures is bounded") {
  std::string list = "v/a.mp4\n";
  for (int i = 0; i < 50; ++i) list += "absent" + std::to_string(i) + ".mp4\n";
  folder.write("list.txt", list);
  CHECK(run(kQuick + "--list list.txt") == 1);
  CHECK(holds(err(), "and 30 more\n"));
  CHECK(!holds(err(), "absent40"));
  CHECK(run(kQuick + "--list list.txt --json r.jsonl") == 1);
  CHECK(holds(err(), "and 30 more: their lines in --json say why\n"));
}

}  // namespace
}  // namespace c3d
