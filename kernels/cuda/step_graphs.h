// When a step is run as it stands, when it is recorded, and when its record is launched. The first run of a
// program is plain: it builds plans and sizes scratch memory, which no recording may do. The second is
// recorded and launched, every later one only launched. A recording holds addresses: forget() is called
// when memory comes or goes. A step that turns out to want memory while it is recorded runs plainly once more
// and is recorded the next time; one that does so again and again is never recorded. Knows no CUDA: a
// StepRecorder does the work, and tests put one of their own here. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "engine/core/error.h"

namespace c3d::cuda {

// Thrown within a step by what cannot be done while it is recorded (memory that grows, a plan that is to be made):
// StepGraphs runs the step plainly then.
class NotRecordable : public Error {
 public:
  using Error::Error;
};

class StepRecorder {
 public:
  virtual ~StepRecorder() = default;
  virtual void begin() = 0;                 // what is enqueued from here on is only recorded
  virtual std::shared_ptr<void> end() = 0;  // a record that launch() takes
  virtual void abandon() = 0;               // ends a recording that failed
  virtual void launch(const std::shared_ptr<void>& record) = 0;
  virtual std::uint64_t memory_generation() const = 0;  // changes when recorded addresses may be stale
};

class StepGraphs {
 public:
  // recorder is borrowed. enabled: false runs every step as it stands.
  StepGraphs(StepRecorder& recorder, bool enabled) : recorder_(recorder), enabled_(enabled) {}

  void run(std::uint64_t program, const std::function<void()>& step);
  bool recording() const { return recording_; }
  // Also within a step that is recorded: what is being recorded is then not launched.
  void forget();

 private:
  struct Program {
    std::uint64_t generation = 0, forgotten = 0;
    int failed_recordings = 0;
    std::shared_ptr<void> record;  // null: run once, not yet recorded
  };
  bool is_fresh(const Program& program) const;
  void run_plainly(Program& program, const std::function<void()>& step);
  // Null where the step cannot be recorded as it is.
  std::shared_ptr<void> record(const std::function<void()>& step);

  StepRecorder& recorder_;
  bool enabled_;
  bool recording_ = false;
  std::uint64_t forgotten_ = 1;
  std::map<std::uint64_t, Program> programs_;
};

}  // namespace c3d::cuda
