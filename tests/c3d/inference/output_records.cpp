#include "c3d/inference/output_records.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "catch.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct RecordsFixture {
  ScratchFolder folder;
  fs::path video = folder.write("v/x.mp4", "a video");
  fs::path out = folder / "out";
  Origin origin{{{"weights", "12ab"}, {"layer", "fc6"}}, source_of({video.string(), video, "x.mp4", ""})};

  fs::path make(const std::string& name) const { return folder.write("out/" + name, "features"); }
};

TEST_CASE_METHOD(RecordsFixture, "an output stands for the same file and recipe only") {
  const fs::path output = make("a/x.npy");
  {
    OutputRecords records(out, true);
    records.forget({output});
    CHECK(!records.complaint(output, origin).empty());
    records.add(output, origin);
  }
  const OutputRecords records(out, true);
  CHECK(records.complaint(output, origin).empty());
  Origin other = origin;
  other.recipe[1].second = "fc7";
  CHECK(records.complaint(output, other) == "other settings (layer fc6, now fc7)");
  other = origin;
  other.source.path = other.source.file = "/elsewhere/x.mp4";
  CHECK(records.complaint(output, other).find("another video") == 0);
  other = origin;
  ++other.source.modified;
  CHECK(records.complaint(output, other) == "the video has changed since");
  CHECK(!records.complaint(make("b.npy"), origin).empty());
  folder.write("out/a/x.npy", "feat");
  CHECK(!records.complaint(output, origin).empty());
}

TEST_CASE_METHOD(RecordsFixture, "what is to be made anew is forgotten before it is") {
  const fs::path a = make("a.npy"), b = make("b.npy");
  OutputRecords records(out, true);
  records.forget({});
  records.add(a, origin);
  records.add(b, origin);
  OutputRecords(out, true).forget({a});
  const OutputRecords after(out, true);
  CHECK(!after.complaint(a, origin).empty());
  CHECK(after.complaint(b, origin).empty());
}

TEST_CASE_METHOD(RecordsFixture, "a line that was cut off costs its own output only") {
  const fs::path a = make("a.npy"), b = make("b.npy");
  OutputRecords records(out, true);
  records.forget({});
  records.add(a, origin);
  records.add(b, origin);
  const std::string text = read_text(out / ".c3d_infer.jsonl");
  folder.write("out/.c3d_infer.jsonl", "{\n[]\nnonsense\n" + text.substr(0, text.size() - 20));
  OutputRecords cut(out, true);
  CHECK(cut.complaint(a, origin).empty());
  CHECK(!cut.complaint(b, origin).empty());
  cut.forget({});
  cut.add(b, origin);
  CHECK(OutputRecords(out, true).complaint(b, origin).empty());
}

TEST_CASE_METHOD(RecordsFixture, "a folder of outputs may be moved") {
  OutputRecords records(out, true);
  const fs::path output = make("a.npy");
  records.forget({});
  records.add(output, origin);
  fs::rename(out, folder / "moved");
  CHECK(OutputRecords(folder / "moved", true).complaint(folder / "moved/a.npy", origin).empty());
}

TEST_CASE_METHOD(RecordsFixture, "a single output has its record beside it") {
  const fs::path output = make("a.npy");
  OutputRecords records(output, false);
  records.forget({output});
  records.add(output, origin);
  CHECK(fs::exists(out / ".a.npy.c3d_infer.jsonl"));
  CHECK(OutputRecords(output, false).complaint(output, origin).empty());
}

TEST_CASE("a folder of frames has changed when a picture has") {
  const ScratchFolder folder;
  const fs::path picture = folder.write("f/1.jpg", "one");
  folder.write("f/2.jpg", "two");
  const Input input{"f", folder / "f", "f", ""};
  const Source before = source_of(input);
  CHECK(before.bytes == 6);
  const timespec times[] = {{1, 0}, {4'000'000'000, 7}};
  REQUIRE(utimensat(AT_FDCWD, picture.c_str(), times, 0) == 0);
  CHECK(difference({{}, before}, {{}, source_of(input)}) == "the video has changed since");
}

TEST_CASE("standard input stands for nothing that was made before") {
  const Source source = source_of({"-", "/proc/self/fd/0", "stdin", ""});
  CHECK(!difference({{}, source}, {{}, source}).empty());
}

}  // namespace
}  // namespace c3d
