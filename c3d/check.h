// Looks at a collection of videos before a network is trained on it: what does not decode or was cut off,
// what is odd, what stands there twice, within a class, across classes and across the split, what may bear a
// wrong label, and what the classes are like.
//
//   c3d::CheckOptions options{.settings = {{"data", "videos"}}, .page = "check.html"};
//   const c3d::CheckReport report = c3d::check_videos(options);
//   std::cout << c3d::check_text(report);
//
// Videos are read as train() reads them: with the same settings, split and cache, so that a training after it
// begins at once. Nothing but that cache and the page is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/training.h"
#include "c3d/video_classifier.h"

namespace c3d {

struct CheckOptions {
  // As those of TrainingOptions: `data` says which videos, and val, root, classes, group_regex,
  // validation_share, seed ... how they are read and split.
  std::filesystem::path config = {};
  std::vector<SettingValue> settings = {};
  std::int64_t folds = 0;              // for a cross-validation of so many; 0: for one run
  std::filesystem::path weights = {};  // whose network looks for wrong labels; empty: none does
  NetworkOptions network = {};         // of these weights
  ClipOptions clips = {.clips = 3};    // of each video that the network sees
  std::filesystem::path page = {};     // an HTML page to write; empty: none
};

// Heaviest first.
enum class FindingWeight : std::uint8_t { stops_training, spoils_results, may_harm, to_know };

struct CheckFinding {
  FindingWeight weight = FindingWeight::to_know;
  std::string kind;                                // "unreadable"; docs/check.md lists them
  std::filesystem::path file;                      // to open: a video, or the folder or list that was given
  std::string text;                                // what is found, to be read after the file's name
  std::string action;                              // what to do about it
  std::string command = {};                        // for a shell, that does it; empty: a person must
  std::vector<std::filesystem::path> others = {};  // to open beside it
  double score = 0;  // orders findings of a kind: likeness, probability, share; 0: it has none
};

struct CheckedVideo {
  std::filesystem::path file;
  std::vector<std::string> labels;
  bool validates = false;  // with folds: in the first of them
  std::int64_t frames = 0;
  int width = 0, height = 0;     // as shown; 0: not known, as of a folder of pictures the two after it
  double rate = 0, seconds = 0;  // frames/s by its header; by time stamps, or else by that rate
  std::string codec;
  double brightness = 0, contrast = 0;  // levels of grey, 0 to 255
  double motion = 0;  // root of the mean square of what moves in cells of an eighth of a side, levels of grey
};

// Of the videos that have the value.
struct CheckSpread {
  double least = 0, median = 0, most = 0;
};

struct CheckedClass {
  std::string name;
  std::int64_t training = 0, validation = 0;  // videos
  std::int64_t groups = 0;                    // of videos that stay together
  CheckSpread frames{}, seconds{}, rate{}, width{}, height{}, brightness{}, contrast{}, motion{};
};

struct CheckReport {
  std::filesystem::path data;
  std::vector<std::string> stops;      // why training would stop, in sentences; empty: it would start
  std::vector<CheckFinding> findings;  // heaviest first
  std::vector<CheckedClass> classes;   // in the network's order
  CheckedClass overall;                // named "all"
  std::vector<CheckedVideo> videos;    // those that decode
  std::vector<std::string> notes;      // of how folders and lists were read, for people
  std::int64_t unreadable = 0;         // videos
  std::int64_t labelled = 0;           // videos that the network of `weights` saw
  std::filesystem::path weights;
  std::string page_error;  // not empty: the page could not be written in the end, and this is why
};

// Each may be left empty. `reading` and `stop_requested` come from the threads that read videos, one at a
// time. What one throws ends the check and comes through.
struct CheckCallbacks {
  std::function<void(std::int64_t done, std::int64_t total)> reading;
  std::function<void(std::int64_t done, std::int64_t total)> comparing;  // files, by their bytes
  std::function<void(std::int64_t done, std::int64_t total)> labelling;  // with weights
  std::function<void(std::int64_t done, std::int64_t total)> drawing;    // the page's pictures
  std::function<bool()> stop_requested;  // true ends the check: an Error says that it was stopped
};

// May be called from any thread; `loader_threads` of the settings read, by default one for each core. What
// would stop a training is no Error but said in the report, also where no video can be found. Error: settings
// that are wrong, weights that cannot be used or know none of the classes, a page that can be seen not to
// be writable before the work, or it was asked to stop.
C3D_API CheckReport check_videos(const CheckOptions& options, const CheckCallbacks& callbacks = {});

// For a terminal: a summary, then the findings by weight, of each kind so many that one can read them, then
// the classes. Ends with a line end.
C3D_API std::string check_text(const CheckReport& report);
// For programs: one object with everything, in lines; docs/check.md lists its fields. Names that are not
// UTF-8 are spelled "percent-encoded:" and their bytes.
C3D_API std::string check_json(const CheckReport& report);

}  // namespace c3d
