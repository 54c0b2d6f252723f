#include "c3d/common/plan_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdint>
#include <ostream>
#include <span>
#include <sstream>
#include <system_error>

#include "c3d/common/machine.h"
#include "engine/core/cache_folder.h"
#include "engine/core/fingerprint.h"
#include "engine/core/nearest.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file.h"
#include "engine/io/reading.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "c3d plan 1";
constexpr std::uint64_t kMaxPlanBytes = 1 << 20;  // some hundred lines are usual

std::string origin_of(const Backend& backend) {
  return fmt::format("{}; {}; {}", processor_name(), backend.description(), commit());
}

fs::path cache_file(const fs::path& folder, const std::string& origin) {
  Fingerprint name;
  name.add_line(origin);
  return folder / fmt::format("convolutions-{}.plan", name.text());
}

// Error where it is no plan of the backend's, or of another origin than this one; empty: any.
void read_plan(const fs::path& file, Backend& backend, const std::string& origin) {
  reading(file, "the plan", [&] {
    const File opened(file, O_RDONLY | O_NONBLOCK);  // a pipe must not block
    std::error_code error;
    expect(fs::is_regular_file(file, error), "{}: not a regular file", file);
    const std::uint64_t bytes = opened.size();
    expect(bytes <= kMaxPlanBytes, "this is no plan: it has {} bytes, a plan at most {}", bytes,
           kMaxPlanBytes);
    std::string text(bytes, '\0');
    expect(opened.read_at(0, std::as_writable_bytes(std::span(text))), "it was cut while it was read");
    std::istringstream in(text);
    std::string format, where;
    std::getline(in, format);
    std::getline(in, where);
    expect(format == kFormat, "this is no plan; its first line would be `{}`", kFormat);
    expect(origin.empty() || where == origin, "it was measured elsewhere: {:.200}", where);
    std::ostringstream lines;
    lines << in.rdbuf();
    backend.add_plan(lines.str());
  });
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

void write_plan(const fs::path& file, const Backend& backend) {
  write_file(file, fmt::format("{}\n{}\n{}", kFormat, origin_of(backend), backend.plan()));
}

// Says at most once a second how far it is.
class MeasuringLines {
 public:
  explicit MeasuringLines(std::ostream& out) : out_(out) {}
  void update(std::int64_t ops, double seconds) {
    if (seconds < said_at_ + 1) return;
    said_at_ = seconds;
    out_ << fmt::format("measuring the convolutions: {} so far, {:.0f} s", ops, seconds) << std::endl;
  }

 private:
  std::ostream& out_;
  double said_at_ = 0;
};

void keep_in_cache(Backend& backend, std::ostream& out) {
  const fs::path folder = user_cache_folder();
  MeasuringLines lines(out);
  if (folder.empty()) {
    backend.on_measured([lines](std::int64_t ops, double seconds) mutable { lines.update(ops, seconds); });
    return;
  }
  const std::string origin = origin_of(backend);
  const fs::path file = cache_file(folder, origin);
  try {
    if (is_there(file)) read_plan(file, backend, origin);
  } catch (const Error& error) {
    const std::string& why = error.message();  // its first line: the others say where
    out << "note: the plan " << printable(file.native()) << " is ignored: " << why.substr(0, why.find('\n'))
        << std::endl;
  }
  bool writes = true;
  backend.on_measured([=, &backend, &out](std::int64_t ops, double seconds) mutable {
    lines.update(ops, seconds);
    if (!writes) return;
    try {
      std::error_code ignored;
      fs::create_directories(folder, ignored);
      write_plan(file, backend);
    } catch (const Error& error) {
      writes = false;  // said once: it only saves time
      out << "note: what was measured is not kept: " << error.message() << std::endl;
    }
  });
}

}  // namespace

void check_plan_name(const std::string& plan) {
  if (!is_plan_file(plan) || plan.find_first_of("./") != std::string::npos || is_there(plan)) return;
  for (const char* word : {"measured", "fixed"}) {
    expect(
        !is_near(plan, word),
        "`{0}` is neither measured nor fixed, nor a file that is there; did you mean {1}? A file to be made "
        "of that name is ./{0}",
        plan, word);
  }
}

void keep_plan(Backend& backend, const std::string& plan, std::ostream& out, const PlanKeeping& keeping) {
  if (!is_plan_file(plan) && !backend.measures()) return;
  MeasuringLines lines(out);
  if (is_plan_file(plan)) {
    if (is_there(plan)) {
      read_plan(plan, backend, "");
    } else {
      backend.add_plan("");  // an Error where there is nothing to pin
      if (keeping.writes_file) write_plan(plan, backend);
    }
    backend.on_measured(
        [=, &backend, writes = keeping.writes_file](std::int64_t ops, double seconds) mutable {
          lines.update(ops, seconds);
          if (writes) write_plan(plan, backend);
        });
  } else if (keeping.uses_cache) {
    keep_in_cache(backend, out);
  } else {
    backend.on_measured([lines](std::int64_t ops, double seconds) mutable { lines.update(ops, seconds); });
  }
}

}  // namespace c3d
