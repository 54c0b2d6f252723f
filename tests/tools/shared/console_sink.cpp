#include <sstream>

#include "catch.h"
#include "tools/shared/console_sink.h"

namespace c3d {
namespace {

// A clock that moves when it is told to.
struct HandClock {
  double now = 100;
  Clock clock() {
    return [this] { return now; };
  }
};

TEST_CASE("duration text names the unit") {
  CHECK(duration_text(4) == "4.0 s");
  CHECK(duration_text(59.4) == "59 s");
  CHECK(duration_text(125) == "2:05 min");
  CHECK(duration_text(3600 + 120) == "1:02 h");
  CHECK(duration_text(-1) == "?");
}

TEST_CASE("a status line off a terminal is written seldom and plain") {
  std::ostringstream out;
  HandClock clock;
  StatusLine line(out, false, clock.clock());
  line.show("one");
  clock.now += 1;
  line.show("two");
  clock.now += 20;
  line.show("three");
  line.show("end", true);
  CHECK(out.str() == "one\nthree\nend\n");
}

TEST_CASE("a status line on a terminal is written over") {
  std::ostringstream out;
  HandClock clock;
  {
    StatusLine line(out, true, clock.clock());
    line.show("one");
    clock.now += 1;
    line.show("two");
    line.print("kept");
    clock.now += 1;
    line.show("three");
  }
  CHECK(out.str() == "one\r\033[Ktwo\r\033[Kkept\nthree\n");
}

TEST_CASE("progress says rate and time left") {
  std::ostringstream out;
  HandClock clock;
  Progress progress(out, false, "decoding", "videos", 100, clock.clock());
  clock.now += 10;
  progress.update(20);
  clock.now += 40;
  progress.update(100);
  progress.finish();
  CHECK(out.str() ==
        "decoding: 20 of 100 (20 %), 2 videos/s, 40 s left\n"
        "decoding: 100 of 100 (100 %), 2 videos/s\n"
        "decoding: 100 videos in 50 s (2 videos/s)\n");
}

TEST_CASE("progress that is made as its first piece is done says no rate of no time") {
  std::ostringstream out;
  HandClock clock;
  Progress progress(out, false, "writing", "videos", 100, clock.clock());
  clock.now += 1e-6;
  progress.update(1);
  clock.now += 10;
  progress.update(21);
  CHECK(out.str() == "writing: 1 of 100 (1 %)\nwriting: 21 of 100 (21 %), 2 videos/s, 40 s left\n");
}

TEST_CASE("progress that is over at once says no rate at its end") {
  std::ostringstream out;
  HandClock clock;
  Progress progress(out, false, "reading", "videos", 1, clock.clock());
  progress.update(1);
  clock.now += 1e-6;
  progress.finish();
  CHECK(out.str() == "reading: 1 of 1 (100 %)\nreading: 1 videos in 0.0 s\n");
}

TEST_CASE("progress of unknown length says no time left") {
  std::ostringstream out;
  HandClock clock;
  Progress progress(out, false, "reading", "clips", 0, clock.clock());
  clock.now += 10;
  progress.update(20);
  CHECK(out.str() == "reading: 20, 2 clips/s\n");
}

TEST_CASE("the console sink shows steps and keeps evaluations") {
  std::ostringstream out;
  HandClock clock;
  ConsoleSink sink(out, false, clock.clock());
  StepReport step;
  step.epoch = 1;
  step.step = 30;
  step.total_steps = 60;
  step.loss = 1.5;
  step.accuracy = 0.25;
  step.learning_rate = 0.01;
  step.clips_per_second = 12;
  step.seconds_left = 65;
  sink.on_step(step);
  EvaluationReport evaluation;
  evaluation.split = "validation";
  evaluation.epoch = 1;
  evaluation.videos = 8;
  evaluation.top1 = 0.5;
  evaluation.top5 = 1;
  evaluation.clips = 80;
  evaluation.clip_accuracy = 0.375;
  sink.on_evaluation(evaluation);
  const std::string text = out.str();
  CHECK(text.find(
            "epoch 2 step 30/60  loss 1.5000  accuracy 25.0 %  rate 0.01  12.0 clips/s  1:05 min left\n") ==
        0);
  CHECK(text.find("epoch 2 validation: 8 videos, top-1 50.0 %, top-5 100.0 %") != std::string::npos);
}

}  // namespace
}  // namespace c3d
