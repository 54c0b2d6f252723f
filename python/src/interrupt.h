// Ctrl-C while C++ computes. Python notes the signal and acts on it when its own code runs next, which may be
// hours later; an InterruptWatch sees it at once.
#pragma once

#include <csignal>

namespace c3d::python {

// For the time that it lives, on the main thread; on others it sees nothing, as Python's signals are the main
// thread's. One may be made while another one lives, by a callback. Made and destroyed with the GIL.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  static bool pressed();  // any thread may ask, without the GIL
  // With the GIL: what Python's handler raises, or KeyboardInterrupt where it raises nothing; nothing where
  // nobody pressed.
  static void raise_if_pressed();

 private:
  bool is_outermost_ = false;
  struct sigaction before_ {};
};

}  // namespace c3d::python
