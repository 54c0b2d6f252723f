// report.html in a run's folder, and the files beside it that it is made of: predictions.jsonl, skipped.jsonl
// and, to make it again at little cost, the strips of frames in .thumbnails.jsonl and those with heat in
// .heat.jsonl. Written while the run goes on and at its end; report.html can be made again of the folder
// alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "c3d/report/thumbnails/heat_strips.h"
#include "c3d/report/thumbnails/thumbnails.h"
#include "c3d/training/prepared_data.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/skipped_file.h"
#include "engine/train/report.h"

namespace c3d {

// What its pictures may cost: at the end of a run or where a page was asked for, in seconds; while the run
// goes on, as a share of its time, and in seconds for one renewal.
inline constexpr double kLastPictureSeconds = 10;
inline constexpr double kPictureShare = 0.02, kMostRenewalSeconds = 1;
// And what strips of heat may cost, at the end of a run: as a share of all its time, and in seconds.
inline constexpr double kHeatShare = 0.02, kMostHeatSeconds = 20;

// Of a run that goes on. Borrows settings and data. One thread.
class RunReporter {
 public:
  RunReporter(const RunFolder& folder, const TrainSettings& settings, const PreparedData& data,
              std::int64_t total_steps);

  // Of the evaluation that is over.
  void write_predictions(const EvaluationReport& evaluation, bool best) const;
  // `failures`: videos that decoded before and fail now. What is skipped stands in the next page.
  void write_skipped(const std::vector<BrokenVideo>& failures);
  // The page, with pictures while there is time for them.
  void renew(const std::function<bool()>& stopped);
  // The last page. `trouble`: why the run ends before its last step, lines of any bytes; empty: it does not.
  void finish(const std::string& trouble, double picture_seconds, const std::function<bool()>& stopped);
  // Strips of heat for the next page, made with the run's best weights. Returns whether that page will be
  // another than the last. Error: those weights cannot be asked.
  bool make_heat(double seconds, const std::function<bool()>& stopped);
  // Of how many videos it failed, and why of one of them; empty: of none.
  std::string heat_trouble() const { return heat_.trouble(); }
  // After the page: pictures that cannot be kept hold back no page.
  void save_pictures();
  void save_heat();

 private:
  void write(const std::string& trouble, double seconds, const std::function<bool()>& stopped);

  RunFolder folder_;
  const TrainSettings& settings_;
  const PreparedData& data_;
  std::int64_t total_steps_;
  Skipped skipped_;
  Thumbnails thumbnails_;
  HeatStrips heat_;
  bool has_new_pictures_ = false, has_new_heat_ = false;
  double started_, spent_ = 0;  // seconds
};

// Of any run's folder. Returns its path. Error: the folder holds no run, or cannot be written to.
std::filesystem::path write_run_report(const RunFolder& folder);

}  // namespace c3d
