// Event files, which TensorBoard shows: numbers by step, pictures, texts and hyperparameters. A file for each
// part of a run; TensorBoard reads the files of a folder as one run, in the order of their names.
//
// A record is written by one call of the system, so that a killed process leaves whole records and at most
// one that is cut off, before which TensorBoard stops. A record that cannot be written (disk full) is taken
// back, and the next may be tried. Errors name the file and the cause. One thread at a time.
//
// Format: TensorFlow's Event (proto/event.proto) in frames (records.h). Numbers and pictures are values of
// the first format (simple_value, image), which every reader of event files knows; numbers are float32 there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/io/file.h"

namespace c3d {

// Whether this build has protobuf: without it every function of this header throws.
bool can_write_events();

// Seconds since 1970, of which TensorBoard shows the times of events.
double wall_clock_seconds();

struct EventScalar {
  std::string tag;  // "train/loss": TensorBoard groups by what stands before the first '/'
  double value = 0;
};

struct HyperParameter {
  std::string name, description;
  std::variant<double, bool, std::string> value;
  bool differs = false;  // from its default
};

class EventWriter {
 public:
  // Makes the folder where it is not there, and a file whose name comes after those of all event files in it.
  // purge_from: the run goes on; of what earlier files say, TensorBoard forgets that step and those after it.
  explicit EventWriter(const std::filesystem::path& folder,
                       std::optional<std::int64_t> purge_from = std::nullopt);
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  const std::filesystem::path& path() const { return file_.path(); }
  void add_scalars(std::int64_t step, double wall_time, const std::vector<EventScalar>& scalars);
  void add_picture(std::int64_t step, const std::string& tag, std::string_view png);
  void add_text(std::int64_t step, const std::string& tag, const std::string& markdown);
  // For the tab HPARAMS: the settings of a run, and the scalars whose last values are its results.
  void add_hyperparameters(const std::vector<HyperParameter>& parameters,
                           const std::vector<std::string>& result_tags);
  void add_success();  // the run has ended as it should
  void sync();         // returns when all is on the disk

 private:
  template <typename Event>
  void write(const Event& event);

  File file_;
  std::uint64_t bytes_ = 0;  // of whole records
};

// The event files of a folder in the order in which they are read; none where it is not there.
std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder);

}  // namespace c3d
