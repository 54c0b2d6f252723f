// Ctrl-C and SIGTERM as something to ask about between two steps. Blocks both in the thread that makes it, so
// in every thread it starts later too; make it before any other thread exists. No handler, hence no global.
#pragma once

namespace c3d {

class StopSignals {
 public:
  StopSignals();
  // The signal that came, from then on; 0: none.
  int received();

 private:
  int received_ = 0;
};

}  // namespace c3d
