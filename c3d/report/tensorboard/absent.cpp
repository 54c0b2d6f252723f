// Compiled in place of the folder when C3D_WITH_WEIGHTS is off, and with it protobuf.
#include "c3d/report/tensorboard/event_writer.h"
#include "c3d/report/tensorboard/shown_events.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

[[noreturn]] void refuse() {
  fail("this build writes no event files for TensorBoard: configure it with -DC3D_WITH_WEIGHTS=ON");
}

}  // namespace

bool can_write_events() { return false; }

double wall_clock_seconds() { refuse(); }

std::vector<std::filesystem::path> event_files(const std::filesystem::path&) { refuse(); }

EventWriter::EventWriter(const std::filesystem::path&, std::optional<std::int64_t>) { refuse(); }

void EventWriter::add_scalars(std::int64_t, double, const std::vector<EventScalar>&) { refuse(); }

void EventWriter::add_picture(std::int64_t, const std::string&, std::string_view) { refuse(); }

void EventWriter::add_text(std::int64_t, const std::string&, const std::string&) { refuse(); }

void EventWriter::add_hyperparameters(const std::vector<HyperParameter>&, const std::vector<std::string>&) {
  refuse();
}

void EventWriter::add_success() { refuse(); }

void EventWriter::sync() { refuse(); }

ShownEvents read_events(const std::filesystem::path&) { refuse(); }

}  // namespace c3d
