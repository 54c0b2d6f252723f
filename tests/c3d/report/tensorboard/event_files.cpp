// What is written comes back through the messages, and what TensorBoard would show of several files.
#include <signal.h>
#include <sys/resource.h>

#include <cmath>
#include <limits>

#include "c3d/report/tensorboard/event_writer.h"
#include "c3d/report/tensorboard/proto/event.pb.h"
#include "c3d/report/tensorboard/records.h"
#include "c3d/report/tensorboard/shown_events.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;
namespace tb = c3d::tensorboard;

namespace {

std::vector<tb::Event> events_of(const std::filesystem::path& file) {
  std::vector<tb::Event> events;
  RecordReader reader(file);
  while (const auto record = reader.next()) REQUIRE(events.emplace_back().ParseFromString(*record));
  CHECK(reader.whole_bytes() == read_text(file).size());
  return events;
}

tb::HParamsPluginData hparams_of(const tb::Summary::Value& value) {
  CHECK(value.metadata().plugin_data().plugin_name() == "hparams");
  CHECK(value.metadata().data_class() == tb::DATA_CLASS_TENSOR);
  tb::HParamsPluginData data;
  REQUIRE(data.ParseFromString(value.metadata().plugin_data().content()));
  return data;
}

// Files of this process may have no more bytes, until the end of the scope.
class SmallFiles {
 public:
  explicit SmallFiles(std::uint64_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    struct rlimit small = before_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  void (*handler_)(int);
  struct rlimit before_ {};
};

}  // namespace

TEST_CASE("numbers, pictures and texts come back with their steps and tags") {
  const ScratchFolder folder;
  EventWriter writer(folder / "a/b");
  writer.add_scalars(7, 1234.5, {{"train/loss", 0.1}, {"train/accuracy", 0}, {"odd", std::nan("")}});
  const std::string png("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\1\2\0\0\0\3rest", 28);
  writer.add_picture(8, "picture", png);
  writer.add_text(0, "settings", "    {}\n");
  CHECK_THROWS_AS(writer.add_picture(8, "picture", "no PNG"), Error);
  writer.sync();

  const std::vector<tb::Event> events = events_of(writer.path());
  REQUIRE(events.size() == 4);
  CHECK(events[0].file_version() == "brain.Event:2");
  CHECK(std::abs(events[0].wall_time() - wall_clock_seconds()) < 3600);
  CHECK(events[1].step() == 7);
  CHECK(events[1].wall_time() == 1234.5);
  REQUIRE(events[1].summary().value_size() == 3);
  CHECK(events[1].summary().value(0).tag() == "train/loss");
  CHECK(events[1].summary().value(0).simple_value() == 0.1F);
  CHECK(events[1].summary().value(1).has_simple_value());  // a zero is a value
  CHECK(std::isnan(events[1].summary().value(2).simple_value()));
  const tb::Summary::Image& image = events[2].summary().value(0).image();
  CHECK(image.width() == 258);
  CHECK(image.height() == 3);
  CHECK(image.encoded_image_string() == png);
  CHECK(events[3].summary().value(0).metadata().plugin_data().plugin_name() == "text");
  CHECK(events[3].summary().value(0).tensor().string_val(0) == "    {}\n");
}

TEST_CASE("hyperparameters keep their kinds, and name the scalars that are results") {
  const ScratchFolder folder;
  EventWriter writer(folder.path());
  writer.add_hyperparameters({{.name = "rate", .description = "of learning", .value = 0.01, .differs = true},
                              {.name = "graphs", .description = "", .value = false},
                              {.name = "data", .description = "", .value = std::string("/videos")}},
                             {"validation/top1"});
  writer.add_success();
  const std::vector<tb::Event> events = events_of(writer.path());
  REQUIRE(events.size() == 3);
  CHECK(events[1].summary().value(0).tag() == "_hparams_/experiment");
  const tb::HParamsPluginData told = hparams_of(events[1].summary().value(0));
  const tb::Experiment& experiment = told.experiment();
  REQUIRE(experiment.hparam_infos_size() == 3);
  CHECK(experiment.hparam_infos(0).name() == "rate");
  CHECK(experiment.hparam_infos(0).type() == tb::HParamInfo::DATA_TYPE_FLOAT64);
  CHECK(experiment.hparam_infos(0).differs());
  CHECK(experiment.hparam_infos(1).type() == tb::HParamInfo::DATA_TYPE_BOOL);
  CHECK(experiment.hparam_infos(2).type() == tb::HParamInfo::DATA_TYPE_STRING);
  CHECK(experiment.metric_infos(0).name().tag() == "validation/top1");
  CHECK(events[1].summary().value(1).tag() == "_hparams_/session_start_info");
  const tb::HParamsPluginData start = hparams_of(events[1].summary().value(1));
  const auto& values = start.session_start_info().hparams();
  CHECK(values.at("rate").number_value() == 0.01);
  CHECK(values.at("graphs").kind_case() == tb::Value::kBoolValue);
  CHECK(values.at("data").string_value() == "/videos");
  CHECK(events[2].summary().value(0).tag() == "_hparams_/session_end_info");
  CHECK(hparams_of(events[2].summary().value(0)).session_end_info().status() ==
        tb::SessionEndInfo::STATUS_SUCCESS);
}

TEST_CASE("files of later parts come after earlier ones and take back what they write again") {
  const ScratchFolder folder;
  CHECK_FALSE(read_events(folder / "none").has_files);
  // Of a clock that was ahead, and another program's.
  folder.write("events.out.tfevents.9999999990.host.1.0");
  folder.write("events.out.tfevents.odd");
  folder.write("metrics.jsonl");
  EventWriter first(folder.path());
  for (std::int64_t step = 1; step <= 5; ++step) {
    first.add_scalars(step, 0, {{"loss", static_cast<double>(step)}});
  }
  first.add_text(0, "settings", "");
  EventWriter second(folder.path(), 4);
  second.add_scalars(4, 0, {{"loss", 40.0}});
  CHECK(event_files(folder.path()).size() == 4);
  CHECK(first.path() < second.path());
  CHECK(first.path().filename() == "events.out.tfevents.9999999991.c3d");
  const ShownEvents shown = read_events(folder.path());
  CHECK(shown.has_files);
  CHECK(shown.scalars.at("loss") == std::map<std::int64_t, float>{{1, 1}, {2, 2}, {3, 3}, {4, 40}});
  CHECK(shown.other_tags.contains("settings"));
}

TEST_CASE("a file that was cut in a record shows what stands before it, and the next file all of its own") {
  const ScratchFolder folder;
  EventWriter first(folder.path());
  for (std::int64_t step = 1; step <= 3; ++step) first.add_scalars(step, 0, {{"loss", 1.0}});
  std::filesystem::resize_file(first.path(), std::filesystem::file_size(first.path()) - 3);
  EventWriter second(folder.path(), 3);
  second.add_scalars(3, 0, {{"loss", 3.0}});
  CHECK(read_events(folder.path()).scalars.at("loss") ==
        std::map<std::int64_t, float>{{1, 1}, {2, 1}, {3, 3}});
}

TEST_CASE("a record for which the disk has no room is taken back, and the next is read") {
  const ScratchFolder folder;
  EventWriter writer(folder.path());
  writer.add_scalars(1, 0, {{"loss", 1.0}});
  {
    const SmallFiles small(std::filesystem::file_size(writer.path()) + 10);
    CHECK_THROWS_WITH(writer.add_scalars(2, 0, {{"loss", 2.0}}), Catch::Contains(writer.path().string()));
  }
  writer.add_scalars(3, 0, {{"loss", 3.0}});
  CHECK(events_of(writer.path()).size() == 3);
  CHECK(read_events(folder.path()).scalars.at("loss") == std::map<std::int64_t, float>{{1, 1}, {3, 3}});
}

TEST_CASE("a folder that cannot be made, and a disk without room, are errors that leave nothing behind") {
  const ScratchFolder folder;
  const auto file = folder.write("file");
  CHECK_THROWS_WITH(EventWriter(file / "events"), Catch::Contains((file / "events").string()));
  {
    const SmallFiles small(10);
    CHECK_THROWS_AS(EventWriter(folder / "events"), Error);
  }
  CHECK(event_files(folder / "events").empty());
}
