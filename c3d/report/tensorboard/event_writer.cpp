#include "c3d/report/tensorboard/event_writer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <exception>
#include <system_error>

#include "c3d/report/tensorboard/proto/event.pb.h"
#include "c3d/report/tensorboard/records.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
namespace tb = tensorboard;

constexpr const char* kVersion = "brain.Event:2";  // with it TensorBoard heeds SessionLog
constexpr std::string_view kPrefix = "events.out.tfevents.";
constexpr const char* kSuffix = ".c3d";
constexpr int kAttempts = 1000;

tb::Event event_at(std::int64_t step, double wall_time) {
  tb::Event event;
  event.set_wall_time(wall_time);
  event.set_step(step);
  return event;
}

// The seconds in the name of an event file; 0 of another program's unusual name.
std::int64_t seconds_of(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!name.starts_with(kPrefix)) return 0;
  std::int64_t seconds = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), seconds);
  return seconds;
}

// By the clock, which may have been set back since the last file was made.
File new_file(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  expect(!failure, "{}: the folder of event files cannot be made: {}", folder, failure.message());
  auto seconds = static_cast<std::int64_t>(wall_clock_seconds());
  for (const fs::path& file : event_files(folder)) seconds = std::max(seconds, seconds_of(file) + 1);
  for (int attempt = 0;; ++attempt, ++seconds) {
    const fs::path path = folder / fmt::format("{}{:010}{}", kPrefix, seconds, kSuffix);
    std::optional<File> file = File::try_open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL);
    if (file) return std::move(*file);
    if (errno != EEXIST || attempt == kAttempts) fail_to_write(path, errno);
  }
}

tb::Summary::Value& add_value(tb::Event& event, const std::string& tag, const char* plugin) {
  tb::Summary::Value& value = *event.mutable_summary()->add_value();
  value.set_tag(tag);
  value.mutable_metadata()->mutable_plugin_data()->set_plugin_name(plugin);
  return value;
}

// Read by its tag; the tensor stands there because a value must have one.
void add_hparams(tb::Event& event, const std::string& tag, const tb::HParamsPluginData& data) {
  tb::Summary::Value& value = add_value(event, tag, "hparams");
  value.mutable_metadata()->mutable_plugin_data()->set_content(data.SerializeAsString());
  value.mutable_metadata()->set_data_class(tb::DATA_CLASS_TENSOR);
  value.mutable_tensor()->set_dtype(tb::DT_FLOAT);
  value.mutable_tensor()->mutable_tensor_shape();
  value.mutable_tensor()->add_float_val(0);
}

void describe(const HyperParameter& parameter, tb::HParamInfo& info, tb::Value& value) {
  info.set_name(parameter.name);
  info.set_description(parameter.description);
  info.set_differs(parameter.differs);
  if (const auto* number = std::get_if<double>(&parameter.value)) {
    info.set_type(tb::HParamInfo::DATA_TYPE_FLOAT64);
    value.set_number_value(*number);
  } else if (const auto* truth = std::get_if<bool>(&parameter.value)) {
    info.set_type(tb::HParamInfo::DATA_TYPE_BOOL);
    value.set_bool_value(*truth);
  } else {
    info.set_type(tb::HParamInfo::DATA_TYPE_STRING);
    value.set_string_value(std::get<std::string>(parameter.value));
  }
}

// Of a PNG's first chunk; the highest byte first.
std::int32_t png_number(std::string_view png, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | static_cast<unsigned char>(png[at + i]);
  return static_cast<std::int32_t>(number);
}

}  // namespace

bool can_write_events() { return true; }

double wall_clock_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code absent;
  for (fs::directory_iterator entry(folder, absent), end; !absent && entry != end; entry.increment(absent)) {
    const bool is_one = entry->path().filename().string().find("tfevents") != std::string::npos;
    std::error_code unknown;
    if (is_one && entry->is_regular_file(unknown)) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

EventWriter::EventWriter(const fs::path& folder, std::optional<std::int64_t> purge_from)
    : file_(new_file(folder)) {
  try {
    tb::Event first = event_at(0, wall_clock_seconds());
    first.set_file_version(kVersion);
    write(first);
    if (!purge_from) return;
    tb::Event start = event_at(*purge_from, wall_clock_seconds());
    start.mutable_session_log()->set_status(tb::SessionLog::START);
    write(start);
  } catch (const Error&) {
    std::error_code ignored;
    fs::remove(file_.path(), ignored);
    throw;
  }
}

template <typename Event>
void EventWriter::write(const Event& event) {
  const std::string frame = framed(event.SerializeAsString());
  try {
    file_.write(frame);
  } catch (const Error&) {
    // What a cut record is followed by would never be read.
    file_.truncate(bytes_);
    throw;
  }
  bytes_ += frame.size();
}

void EventWriter::add_scalars(std::int64_t step, double wall_time, const std::vector<EventScalar>& scalars) {
  tb::Event event = event_at(step, wall_time);
  for (const EventScalar& scalar : scalars) {
    tb::Summary::Value& value = *event.mutable_summary()->add_value();
    value.set_tag(scalar.tag);
    value.set_simple_value(static_cast<float>(scalar.value));
  }
  write(event);
}

void EventWriter::add_picture(std::int64_t step, const std::string& tag, std::string_view png) {
  constexpr std::size_t kWidthAt = 16, kHeightAt = 20;
  expect(png.size() > kHeightAt + 4 && png.starts_with("\x89PNG"), "the picture `{}` is no PNG", tag);
  tb::Event event = event_at(step, wall_clock_seconds());
  tb::Summary::Value& value = *event.mutable_summary()->add_value();
  value.set_tag(tag);
  tb::Summary::Image& image = *value.mutable_image();
  image.set_width(png_number(png, kWidthAt));
  image.set_height(png_number(png, kHeightAt));
  image.set_colorspace(3);
  image.set_encoded_image_string(std::string(png));
  write(event);
}

void EventWriter::add_text(std::int64_t step, const std::string& tag, const std::string& markdown) {
  tb::Event event = event_at(step, wall_clock_seconds());
  tb::Summary::Value& value = add_value(event, tag, "text");
  value.mutable_metadata()->set_data_class(tb::DATA_CLASS_TENSOR);
  value.mutable_tensor()->set_dtype(tb::DT_STRING);
  value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(1);
  value.mutable_tensor()->add_string_val(markdown);
  write(event);
}

void EventWriter::add_hyperparameters(const std::vector<HyperParameter>& parameters,
                                      const std::vector<std::string>& result_tags) {
  const double now = wall_clock_seconds();
  tb::HParamsPluginData experiment, start;
  experiment.mutable_experiment()->set_time_created_secs(now);
  start.mutable_session_start_info()->set_start_time_secs(now);
  auto& values = *start.mutable_session_start_info()->mutable_hparams();
  for (const HyperParameter& parameter : parameters) {
    describe(parameter, *experiment.mutable_experiment()->add_hparam_infos(), values[parameter.name]);
  }
  for (const std::string& tag : result_tags) {
    experiment.mutable_experiment()->add_metric_infos()->mutable_name()->set_tag(tag);
  }
  tb::Event event = event_at(0, now);
  add_hparams(event, "_hparams_/experiment", experiment);
  add_hparams(event, "_hparams_/session_start_info", start);
  write(event);
}

void EventWriter::add_success() {
  const double now = wall_clock_seconds();
  tb::HParamsPluginData end;
  end.mutable_session_end_info()->set_status(tb::SessionEndInfo::STATUS_SUCCESS);
  end.mutable_session_end_info()->set_end_time_secs(now);
  tb::Event event = event_at(0, now);
  add_hparams(event, "_hparams_/session_end_info", end);
  write(event);
}

void EventWriter::sync() { file_.sync(); }

}  // namespace c3d
