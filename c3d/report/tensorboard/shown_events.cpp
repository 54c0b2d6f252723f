#include "c3d/report/tensorboard/shown_events.h"

#include "c3d/report/tensorboard/event_writer.h"
#include "c3d/report/tensorboard/proto/event.pb.h"
#include "c3d/report/tensorboard/records.h"

namespace c3d {
namespace {

namespace tb = tensorboard;

void take(const tb::Event& event, ShownEvents& shown) {
  if (event.has_session_log() && event.session_log().status() == tb::SessionLog::START) {
    for (auto& [tag, steps] : shown.scalars) steps.erase(steps.lower_bound(event.step()), steps.end());
    return;
  }
  for (const tb::Summary::Value& value : event.summary().value()) {
    if (value.has_simple_value()) {
      shown.scalars[value.tag()][event.step()] = value.simple_value();
    } else {
      shown.other_tags.insert(value.tag());
    }
  }
}

}  // namespace

ShownEvents read_events(const std::filesystem::path& folder) {
  ShownEvents shown;
  for (const std::filesystem::path& file : event_files(folder)) {
    shown.has_files = true;
    RecordReader reader(file);
    while (true) {
      const std::optional<std::string> record = reader.next();
      if (!record) break;
      tb::Event event;
      if (event.ParseFromString(*record)) take(event, shown);
    }
  }
  return shown;
}

}  // namespace c3d
