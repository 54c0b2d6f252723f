#include <atomic>

#include "c3d/invalid_argument.h"
#include "python/src/bindings.h"

namespace c3d::python {
namespace {

void raise(const char* name, const Error& error) {
  const nb::object type = nb::module_::import_("c3d._errors").attr(name);
  PyErr_SetString(type.ptr(), error.message().c_str());
}

void translate(const std::exception_ptr& thrown, void* /*unused*/) {
  try {
    std::rethrow_exception(thrown);
  } catch (const InvalidArgument& error) {
    raise("ArgumentError", error);
  } catch (const Error& error) {
    raise("Error", error);
  }
}

}  // namespace

void bind_errors(nb::module_& /*m*/) { nb::register_exception_translator(translate); }

void expect_not_forked() {
  static std::atomic<pid_t> first = 0;
  pid_t none = 0;
  if (first.compare_exchange_strong(none, ::getpid()) || none == ::getpid()) return;
  throw Error(
      "this process was forked from one that had computed with c3d, and has none of its threads: start "
      "processes "
      "by multiprocessing's method `spawn`, or compute only in the new ones");
}

}  // namespace c3d::python
