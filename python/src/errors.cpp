#include <algorithm>
#include <atomic>
#include <cctype>
#include <string>

#include "c3d/invalid_argument.h"
#include "python/src/bindings.h"

namespace c3d::python {
namespace {

// An option of the command line, `--group-regex`, is an argument here: `group_regex`; `resume=True` for one without a value. What
// follows the name of a tool is a command, and stays one.
std::string in_python(const std::string& message) {
  constexpr std::string_view kDashes = "--";
  std::string text;
  std::size_t done = 0;
  for (std::size_t at = 0; (at = message.find(kDashes, at)) != std::string::npos;) {
    const auto* const begin = message.data() + at + kDashes.size();
    const auto* const end = std::find_if_not(begin, message.data() + message.size(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-';
    });
    std::string word(begin, end);
    const bool is_option = (at == 0 || message[at - 1] == ' ' || message[at - 1] == '`') && !word.empty() &&
                           std::isalpha(static_cast<unsigned char>(word.front())) != 0 &&
                           message.rfind("c3d_", at) == std::string::npos;
    if (is_option) {
      std::ranges::replace(word, '-', '_');
      text.append(message, done, at - done).append(word == "resume" ? "resume=True" : word);
      done = static_cast<std::size_t>(end - message.data());
    }
    at = static_cast<std::size_t>(end - message.data());
  }
  return text.append(message, done);
}

void raise(const char* name, const Error& error) {
  const nb::object type = nb::module_::import_("c3d._errors").attr(name);
  PyErr_SetString(type.ptr(), in_python(error.message()).c_str());
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
