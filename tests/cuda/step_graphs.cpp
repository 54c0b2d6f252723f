// When steps are run, recorded and launched, seen through a recorder that only writes down what it is told.
#include "kernels/cuda/step_graphs.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d::cuda {
namespace {

class FakeRecorder final : public StepRecorder {
 public:
  void begin() override { log.emplace_back("begin"); }
  std::shared_ptr<void> end() override {
    log.emplace_back("end");
    return std::make_shared<int>(++records);
  }
  void abandon() override { log.emplace_back("abandon"); }
  void launch(const std::shared_ptr<void>& record) override {
    log.push_back("launch " + std::to_string(*static_cast<int*>(record.get())));
  }
  std::uint64_t memory_generation() const override { return generation; }

  std::vector<std::string> log;
  std::uint64_t generation = 0;
  int records = 0;
};

using Log = std::vector<std::string>;

TEST_CASE("a step runs plainly once, is recorded the second time and only launched after that") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  for (int i = 0; i < 4; ++i) {
    graphs.run(1, [&] { recorder.log.push_back(graphs.recording() ? "recorded" : "run"); });
  }
  CHECK(recorder.log == Log{"run", "begin", "recorded", "end", "launch 1", "launch 1", "launch 1"});
}

TEST_CASE("each program has its own record") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  for (int i = 0; i < 3; ++i) {
    for (const std::uint64_t program : {1U, 2U}) {
      graphs.run(program, [&] { recorder.log.push_back("step " + std::to_string(program)); });
    }
  }
  CHECK(recorder.log == Log{"step 1", "step 2", "begin", "step 1", "end", "launch 1", "begin", "step 2",
                            "end", "launch 2", "launch 1", "launch 2"});
}

TEST_CASE("memory that came or went makes a step run plainly and be recorded anew") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  const auto run = [&] { graphs.run(1, [&] { recorder.log.emplace_back("step"); }); };
  const Log first{"step", "begin", "step", "end", "launch 1"},
      again{"step", "begin", "step", "end", "launch 2"};
  run();
  run();
  CHECK(recorder.log == first);
  SECTION("because a buffer was freed") { graphs.forget(); }
  SECTION("because scratch memory grew") { ++recorder.generation; }
  recorder.log.clear();
  run();
  run();
  CHECK(recorder.log == again);
}

TEST_CASE("scratch memory that grows in the first run does not hinder the second") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  graphs.run(1, [&] { ++recorder.generation; });
  graphs.run(1, [] {});
  CHECK(recorder.log == Log{"begin", "end", "launch 1"});
}

TEST_CASE("a step that wants memory while it is recorded runs plainly and is recorded the next time") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  bool wants_memory = false;
  const auto run = [&] {
    graphs.run(1, [&] {
      recorder.log.emplace_back("step");
      if (!wants_memory) return;
      if (graphs.recording()) throw NotRecordable("more memory");
      ++recorder.generation;
      wants_memory = false;
    });
  };
  run();
  wants_memory = true;
  recorder.log.clear();
  run();
  CHECK(recorder.log == Log{"begin", "step", "abandon", "step"});
  recorder.log.clear();
  run();
  run();
  CHECK(recorder.log == Log{"begin", "step", "end", "launch 1", "launch 1"});
}

TEST_CASE("a buffer that goes while a step is recorded makes its record worthless") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  int forgets = 0;
  const auto run = [&] {
    graphs.run(1, [&] {
      recorder.log.emplace_back("step");
      if (graphs.recording() && forgets++ == 0) graphs.forget();
    });
  };
  run();
  run();
  CHECK(recorder.log == Log{"step", "begin", "step", "end", "step"});
  recorder.log.clear();
  run();
  CHECK(recorder.log == Log{"begin", "step", "end", "launch 2"});
}

TEST_CASE("a step that wants memory each time it runs is not recorded again and again") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  int runs = 0;
  for (int i = 0; i < 20; ++i) {
    graphs.run(1, [&] {
      if (graphs.recording()) throw NotRecordable("memory of its own");
      ++runs;
    });
  }
  CHECK(runs == 20);
  CHECK(recorder.log.size() == 8);  // four times begun and abandoned
}

TEST_CASE("a program that forgets all others while it runs stands") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  for (std::uint64_t program = 0; program < 8; ++program) graphs.run(program, [] {});
  graphs.run(3, [] {});
  graphs.forget();
  graphs.run(3, [&] { graphs.forget(); });
  recorder.log.clear();
  graphs.run(3, [] {});
  CHECK(recorder.log == Log{"begin", "end", "launch 2"});
}

TEST_CASE("a step that fails while it is recorded gives the stream back and can be recorded later") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  graphs.run(1, [] {});
  CHECK_THROWS_AS(graphs.run(1, [] { throw std::runtime_error("no"); }), std::runtime_error);
  CHECK(recorder.log == Log{"begin", "abandon"});
  CHECK_FALSE(graphs.recording());
  graphs.run(1, [] {});
  CHECK(recorder.log == Log{"begin", "abandon", "begin", "end", "launch 1"});
}

TEST_CASE("switched off, every step runs as it stands") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, false);
  int runs = 0;
  for (int i = 0; i < 3; ++i) graphs.run(1, [&] { ++runs; });
  CHECK(runs == 3);
  CHECK(recorder.log.empty());
}

TEST_CASE("a step cannot be replayed inside another") {
  FakeRecorder recorder;
  StepGraphs graphs(recorder, true);
  graphs.run(1, [] {});
  CHECK_THROWS_AS(graphs.run(1, [&] { graphs.run(2, [] {}); }), Error);
}

}  // namespace
}  // namespace c3d::cuda
