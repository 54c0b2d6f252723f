// The report of a check for a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "c3d/check.h"
#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::size_t kMostOfKind = 20;
constexpr std::size_t kMostClasses = 100;

std::string counted(std::int64_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

// "25", or "25 to 30, median 29.97".
std::string spread_text(const CheckSpread& spread) {
  if (spread.least == spread.most) return fmt::format("{:.4g}", spread.median);
  return fmt::format("{:.4g} to {:.4g}, median {:.4g}", spread.least, spread.most, spread.median);
}

std::string summary_lines(const CheckReport& report) {
  const CheckedClass& all = report.overall;
  std::string text =
      fmt::format("{}: {} of {}, {} to train and {} to validate", printable(report.data.native()),
                  counted(std::ssize(report.videos), "video", "videos"),
                  counted(std::ssize(report.classes), "class", "classes"), all.training, all.validation);
  if (report.unreadable > 0) text += fmt::format("; {} more do not decode", report.unreadable);
  text += "\n";
  if (!report.videos.empty()) {
    text += fmt::format("frames: {}", spread_text(all.frames));
    if (all.seconds.most > 0) text += fmt::format("; seconds: {}", spread_text(all.seconds));
    if (all.rate.most > 0) text += fmt::format("; frames/s: {}", spread_text(all.rate));
    text += "\n";
    if (all.width.most > 0) {
      text +=
          fmt::format("pixels: {:.0f}x{:.0f} to {:.0f}x{:.0f}, median {:.0f}x{:.0f}\n", all.width.least,
                      all.height.least, all.width.most, all.height.most, all.width.median, all.height.median);
    }
    text += fmt::format("grey: brightness {}; contrast {}; motion {}\n", spread_text(all.brightness),
                        spread_text(all.contrast), spread_text(all.motion));
  }
  if (report.labelled > 0) {
    text += fmt::format("the network of {} looked at {}\n", printable(report.weights.native()),
                        counted(report.labelled, "video", "videos"));
  }
  return text;
}

std::string verdict(const CheckReport& report) {
  std::map<FindingWeight, std::int64_t> counts;
  for (const CheckFinding& one : report.findings) ++counts[one.weight];
  std::string text = report.stops.empty() ? "training would start" : "training would stop";
  if (counts.empty()) return text + "; nothing was found\n";
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [weight, count] : counts) {
    parts.push_back(weight_count(count, weight));
  }
  return fmt::format("{}; findings: {}\n", text, fmt::join(parts, ", "));
}

// What there is to do stands above the findings of a kind where it is the same for all of them.
std::string finding_line(const CheckFinding& one, bool with_action) {
  // The sentence of a stop names its files itself.
  if (one.weight == FindingWeight::stops_training) return "  " + printable_lines(one.text) + "\n";
  std::string line = fmt::format("  {}: {}", printable(one.file.native()), one.text);
  if (with_action) line += ". " + sentence(one.action);
  return line + "\n";
}

// The title of a stop says how heavy it is.
std::string heading(const FindingKind& kind, std::size_t count) {
  if (kind.weight == FindingWeight::stops_training) return fmt::format("\n{}", kind.title);
  return fmt::format("\n{} ({}, {})", kind.title, count, weight_text(kind.weight));
}

std::string finding_lines(const std::vector<CheckFinding>& findings) {
  std::string text;
  for (auto begin = findings.begin(); begin != findings.end();) {
    const auto end =
        std::find_if(begin, findings.end(), [&](const CheckFinding& one) { return one.kind != begin->kind; });
    const bool share_action =
        std::all_of(begin, end, [&](const CheckFinding& one) { return one.action == begin->action; });
    const FindingKind& kind = finding_kind(begin->kind);
    const bool stops = kind.weight == FindingWeight::stops_training;
    const auto count = static_cast<std::size_t>(end - begin);
    text += heading(kind, count);
    text += (share_action && !stops ? ". " + sentence(begin->action) : "") + "\n";
    const std::size_t shown = std::min(count, kMostOfKind);
    for (std::size_t i = 0; i < shown; ++i) {
      text += finding_line(begin[static_cast<std::ptrdiff_t>(i)], !share_action);
    }
    if (!begin->command.empty()) text += "  of the first: " + begin->command + "\n";
    if (count > shown) text += fmt::format("  and {} more, which --json lists\n", count - shown);
    begin = end;
  }
  return text;
}

std::string class_row(const CheckedClass& one, std::size_t width) {
  const std::string name = printable(one.name);
  return fmt::format("{}{} {:>7} {:>10} {:>7} {:>8.4g} {:>9.4g} {:>9.3g} {:>11.3g} {:>8.3g}\n", name,
                     std::string(width - std::min(width, name.size()), ' '), one.training, one.validation,
                     one.groups, one.frames.median, one.seconds.median, one.rate.median,
                     one.brightness.median, one.motion.median);
}

std::string class_table(const CheckReport& report) {
  if (report.classes.empty()) return "";
  std::size_t width = 5;
  const std::size_t shown = std::min(report.classes.size(), kMostClasses);
  for (std::size_t i = 0; i < shown; ++i) {
    width = std::clamp(printable(report.classes[i].name).size(), width, std::size_t{40});
  }
  std::string text =
      fmt::format("\n{:<{}} {:>7} {:>10} {:>7} {:>8} {:>9} {:>9} {:>11} {:>8}\n", "class", width, "train",
                  "validate", "groups", "frames", "seconds", "frames/s", "brightness", "motion");
  for (std::size_t i = 0; i < shown; ++i) text += class_row(report.classes[i], width);
  if (report.classes.size() > shown) {
    text += fmt::format("and {} more classes\n", report.classes.size() - shown);
  }
  return text + class_row(report.overall, width) + "(frames and what follows: medians)\n";
}

}  // namespace

std::string check_text(const CheckReport& report) {
  std::string text = summary_lines(report) + verdict(report);
  text += finding_lines(report.findings);
  text += class_table(report);
  for (const std::string& note : report.notes) text += "note: " + printable_lines(note) + "\n";
  return text;
}

}  // namespace c3d
