#include "python/src/interrupt.h"

#include <unistd.h>

#include <atomic>

#include "python/src/bindings.h"

namespace c3d::python {
namespace {

// A signal's handler has nothing but what is static.
struct Interrupts {
  std::atomic<bool> watched = false, pressed = false;
  void (*python)(int) = nullptr;  // the handler that was there before
};
Interrupts& interrupts() {
  static Interrupts all;
  return all;
}

void on_interrupt(int signal) {
  interrupts().pressed = true;
  interrupts().python(signal);
}

}  // namespace

InterruptWatch::InterruptWatch() {
  Interrupts& all = interrupts();
  if (::gettid() != ::getpid() || all.watched) return;
  ::sigaction(SIGINT, nullptr, &before_);
  const bool is_plain = (before_.sa_flags & SA_SIGINFO) == 0;
  // Who ignores interrupts, or lets them end the process, means it.
  if (!is_plain || before_.sa_handler == SIG_IGN || before_.sa_handler == SIG_DFL) return;
  is_outermost_ = true;
  all.python = before_.sa_handler;
  all.pressed = false;
  all.watched = true;
  struct sigaction ours = before_;
  ours.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &ours, nullptr);
}

InterruptWatch::~InterruptWatch() {
  if (!is_outermost_) return;
  ::sigaction(SIGINT, &before_, nullptr);
  interrupts().watched = false;
  interrupts().pressed = false;
}

bool InterruptWatch::pressed() { return interrupts().watched && interrupts().pressed; }

void InterruptWatch::raise_if_pressed() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  if (!pressed()) return;
  PyErr_SetNone(PyExc_KeyboardInterrupt);  // a callback has had it, or a handler of the user's raised nothing
  throw nb::python_error();
}

}  // namespace c3d::python
