#include "c3d/check/check_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "c3d/check/assets.h"
#include "c3d/check/check_charts.h"
#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "c3d/common/machine.h"
#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"

namespace c3d {
namespace {

// A page stays small however much there is to say: some 8 kB a picture.
constexpr std::size_t kMostPictures = 900, kMostOfFindings = 420, kMostOfSheets = 480;
constexpr std::size_t kMostCards = 40, kMostRows = 200;  // of a kind: with pictures, and the names alone
constexpr std::size_t kMostOthers = 3;                   // of a finding
constexpr std::size_t kMostOfClass = 12, kOpenClasses = 8;
constexpr std::size_t kMostFormats = 20;

using Kind = std::vector<const CheckFinding*>;

// In the order of the findings.
std::vector<Kind> by_kind(const CheckReport& report) {
  std::vector<Kind> kinds;
  for (const CheckFinding& one : report.findings) {
    if (one.weight == FindingWeight::stops_training) continue;  // which stand by themselves
    if (kinds.empty() || kinds.back().front()->kind != one.kind) kinds.emplace_back();
    kinds.back().push_back(&one);
  }
  return kinds;
}

// Some of each class, spread evenly.
std::vector<std::vector<const CheckedVideo*>> sheets_of(const CheckReport& report) {
  std::map<std::string, std::vector<const CheckedVideo*>> of_class;
  for (const CheckedVideo& one : report.videos) {
    for (const std::string& label : one.labels) of_class[label].push_back(&one);
  }
  const std::size_t classes = std::max<std::size_t>(report.classes.size(), 1);
  const std::size_t wanted = std::clamp<std::size_t>(kMostOfSheets / classes, 1, kMostOfClass);
  std::vector<std::vector<const CheckedVideo*>> sheets;
  for (const CheckedClass& one : report.classes) {
    const std::vector<const CheckedVideo*>& all = of_class[one.name];
    std::vector<const CheckedVideo*> sheet;
    const std::size_t count = std::min(wanted, all.size());
    for (std::size_t i = 0; i < count; ++i) sheet.push_back(all[i * all.size() / count]);
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

class CheckPage {
 public:
  CheckPage(const CheckReport& report, const FrameStrips& pictures)
      : report_(report), kinds_(by_kind(report)), sheets_(sheets_of(report)), pictures_(pictures) {}

  std::string text() {
    HtmlPage page;
    page.title = "Videos of " + report_.data.filename().native();
    if (!report_.data.has_filename())
      page.title = "Videos of " + report_.data.parent_path().filename().native();
    page.subtitle = fmt::format("Looked at before training: <span class=\"file\">{}</span>",
                                html_text(report_.data.native()));
    page.sections = {{"summary", "Summary", summary()},    {"stops", "Training would stop", stops()},
                     {"findings", "Findings", findings()}, {"classes", "Classes", class_table()},
                     {"numbers", "Numbers", numbers()},    {"sheets", "Contact sheets", contact_sheets()},
                     {"notes", "Notes", notes()}};
    page.footer = "c3d_check, commit " + html_text(commit());
    page.style = kCheckStyle;
    page.script = kCheckScript;
    page.data = picture_json();
    return page_text(page);
  }

 private:
  // Below the folder that was given, where it lies there.
  std::string link(const std::filesystem::path& file) const {
    const std::filesystem::path below = file.lexically_relative(report_.data);
    const bool is_below = !below.empty() && *below.begin() != ".." && below != ".";
    return fmt::format("<a class=\"file\" href=\"{}\">{}</a>", file_url(file),
                       html_text((is_below ? below : file).native()));
  }

  // Its bytes stand in the page's data, once however often it is shown.
  std::string image(const std::filesystem::path& file) {
    const auto picture = pictures_.find(file);
    if (picture == pictures_.end() || picture->second.jpeg.empty()) return "";
    const auto [number, is_new] = numbers_.try_emplace(file, numbers_.size());
    if (is_new) shown_.push_back(&picture->second.jpeg);
    return fmt::format("<img data-picture=\"{}\" width=\"{}\" height=\"{}\" alt=\"Three frames of {}\">",
                       number->second, picture->second.width, picture->second.height,
                       html_text(file.filename().native()));
  }

  std::string picture_json() const {
    std::string json = "{\"pictures\":[";
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      json += (i == 0 ? "\"" : ",\"") + base64(*shown_[i]) + "\"";
    }
    return shown_.empty() ? "" : json + "]}";
  }

  static std::string tile(const std::string& name, const std::string& value, const std::string& small) {
    return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>", name, value, html_text(small));
  }

  std::string summary() const {
    const CheckedClass& all = report_.overall;
    const bool stops = !report_.stops.empty();
    const bool found = !report_.findings.empty();
    std::string html = fmt::format(
        "<p class=\"verdict {}\">{}{}</p>\n<dl class=\"tiles\">", stops ? "bad" : "good",
        stops ? "Training would stop" : "Training would start", found ? "" : "; nothing was found");
    html += tile("Videos", fmt::format("{}", report_.videos.size()),
                 fmt::format("{} train, {} validate", all.training, all.validation));
    html += tile("Classes", fmt::format("{}", report_.classes.size()),
                 fmt::format("{} group{}", all.groups, all.groups == 1 ? "" : "s"));
    html += tile("Do not decode", fmt::format("{}", report_.unreadable), "left out");
    if (!report_.videos.empty()) {
      html += tile("Frames", fmt::format("{:.0f}", all.frames.median),
                   fmt::format("{:.0f} to {:.0f}", all.frames.least, all.frames.most));
      html += tile("Frames/s", fmt::format("{:.4g}", all.rate.median),
                   fmt::format("{:.4g} to {:.4g}", all.rate.least, all.rate.most));
      html +=
          tile("Pixels", fmt::format("{:.0f}&thinsp;×&thinsp;{:.0f}", all.width.median, all.height.median),
               fmt::format("{:.0f}×{:.0f} to {:.0f}×{:.0f}", all.width.least, all.height.least,
                           all.width.most, all.height.most));
    }
    if (report_.labelled > 0) {
      html += tile("Seen by the network", fmt::format("{}", report_.labelled),
                   "by " + report_.weights.filename().native());
    }
    return html + "</dl>";
  }

  std::string stops() const {
    if (report_.stops.empty()) return "";
    std::string html = "<ol class=\"stops\">";
    for (const std::string& stop : report_.stops) {
      // Line by line, as a line end is a control character.
      std::string lines;
      for (std::size_t begin = 0; begin <= stop.size();) {
        const std::size_t end = std::min(stop.find('\n', begin), stop.size());
        lines += (lines.empty() ? "" : "\n") + html_text(stop.substr(begin, end - begin));
        begin = end + 1;
      }
      html += "<li>" + lines + "</li>";
    }
    return html + "</ol>";
  }

  std::string findings() {
    if (kinds_.empty()) return "<p>Nothing was found in the videos.</p>";
    std::string html = "<ul class=\"kinds\">";
    for (const Kind& kind : kinds_) {
      html += fmt::format("<li><a href=\"#{}\">{} <b>{}</b></a></li>", kind[0]->kind,
                          finding_kind(kind[0]->kind).title, kind.size());
    }
    html += "</ul>\n";
    for (const Kind& kind : kinds_) html += kind_html(kind);
    return html;
  }

  std::string kind_html(const Kind& kind) {
    const FindingKind& facts = finding_kind(kind[0]->kind);
    const bool share_action =
        std::ranges::all_of(kind, [&](const CheckFinding* one) { return one->action == kind[0]->action; });
    std::string html = fmt::format(
        "<div class=\"finding\" id=\"{0}\" role=\"group\" aria-labelledby=\"{0}-title\"><h3 "
        "id=\"{0}-title\">{1} "
        "({2})<span class=\"tag\">{3}</span></h3>",
        facts.name, facts.title, kind.size(), weight_text(facts.weight));
    if (share_action) html += "<p>" + html_text(sentence(kind[0]->action)) + "</p>";
    html += "<ul class=\"strips\">\n";
    const std::size_t cards = std::min(kind.size(), kMostCards);
    for (std::size_t i = 0; i < cards; ++i) html += card(*kind[i], !share_action);
    html += "</ul>";
    if (kind.size() > cards) {
      const std::size_t rows = std::min(kind.size() - cards, kMostRows);
      html += fmt::format("<details class=\"more\"><summary>{} more</summary><ul class=\"rows\">",
                          kind.size() - cards);
      for (std::size_t i = cards; i < cards + rows; ++i) {
        html += "<li>" + link(kind[i]->file) + ": " + html_text(kind[i]->text) + "</li>\n";
      }
      html += "</ul>";
      if (kind.size() > cards + rows) {
        html +=
            fmt::format("<p>And {} more, which <code>--json</code> lists.</p>", kind.size() - cards - rows);
      }
      html += "</details>";
    }
    return html + "</div>\n";
  }

  std::string card(const CheckFinding& one, bool with_action) {
    std::string html = "<li class=\"strip\">" + image(one.file);
    html += fmt::format("<p>{}</p><p>{}</p>", link(one.file), html_text(one.text));
    if (with_action) html += "<p class=\"do\">" + html_text(sentence(one.action)) + "</p>";
    if (!one.command.empty()) html += command_html(one.command);
    const std::size_t shown = std::min(one.others.size(), kMostOthers);
    for (std::size_t i = 0; i < shown; ++i) {
      html += (i == 0 ? "<ul class=\"others\">" : "") + ("<li>" + link(one.others[i]));
      html += image(one.others[i]) + "</li>";
    }
    if (shown > 0) html += "</ul>";
    if (one.others.size() > shown) html += fmt::format("<p>and {} more</p>", one.others.size() - shown);
    return html + "</li>\n";
  }

  static HtmlCell median(const CheckSpread& spread) {
    if (spread.most == 0) return {"–", {}};
    return {fmt::format("{:.4g}", spread.median), spread.median};
  }
  static HtmlCell count(std::int64_t value) { return {fmt::format("{}", value), static_cast<double>(value)}; }

  std::string class_table() const {
    if (report_.classes.empty()) return "";
    HtmlTable table{.caption = "Videos of each class; what follows the groups are medians",
                    .sortable = true,
                    .columns = {{"class"},
                                {"train", true},
                                {"validate", true},
                                {"groups", true, "of videos that stay on one side"},
                                {"frames", true},
                                {"seconds", true},
                                {"frames/s", true},
                                {"width", true},
                                {"height", true},
                                {"brightness", true, "mean grey, 0 to 255"},
                                {"motion", true, "levels of grey by which cells of the picture change"}},
                    .rows = {}};
    for (const CheckedClass& one : report_.classes) {
      table.rows.push_back({{html_text(one.name), {}},
                            count(one.training),
                            count(one.validation),
                            count(one.groups),
                            median(one.frames),
                            median(one.seconds),
                            median(one.rate),
                            median(one.width),
                            median(one.height),
                            median(one.brightness),
                            median(one.motion)});
    }
    return table_html(table);
  }

  std::string numbers() const {
    std::map<std::array<std::string, 3>, std::int64_t> formats;
    for (const CheckedVideo& one : report_.videos) {
      ++formats[{one.width > 0 ? fmt::format("{}×{}", one.width, one.height) : "–",
                 one.rate > 0 ? fmt::format("{:.4g}", one.rate) : "–", one.codec.empty() ? "–" : one.codec}];
    }
    std::vector<std::pair<std::int64_t, std::array<std::string, 3>>> ordered;
    ordered.reserve(formats.size());
    for (const auto& [format, videos] : formats) ordered.emplace_back(-videos, format);
    std::ranges::sort(ordered);
    if (ordered.empty()) return "";
    HtmlTable table{.caption = "Pixels, rates and codecs, the commonest first",
                    .sortable = false,
                    .columns = {{"pixels"}, {"frames/s", true}, {"codec"}, {"videos", true}},
                    .rows = {}};
    for (std::size_t i = 0; i < std::min(ordered.size(), kMostFormats); ++i) {
      const auto& [videos, format] = ordered[i];
      table.rows.push_back({{format[0], {}}, {format[1], {}}, {html_text(format[2]), {}}, count(-videos)});
    }
    std::string html = check_charts(report_) + "\n<h3>Formats</h3>" + table_html(table);
    if (ordered.size() > kMostFormats)
      html += fmt::format("<p>and {} rarer ones</p>", ordered.size() - kMostFormats);
    return html;
  }

  std::string contact_sheets() {
    std::string html;
    for (std::size_t i = 0; i < sheets_.size(); ++i) {
      const CheckedClass& one = report_.classes[i];
      if (sheets_[i].empty()) continue;
      html += fmt::format(
          "<details{}><summary>{} <span class=\"quiet\">{} of {}</span></summary><ul class=\"strips\">",
          sheets_.size() <= kOpenClasses ? " open" : "", html_text(one.name), sheets_[i].size(),
          one.training + one.validation);
      for (const CheckedVideo* video : sheets_[i]) {
        html += "<li class=\"strip\">" + image(video->file) + "<p>" + link(video->file) + "</p>";
        html += fmt::format("<p class=\"facts\">{} frames, {}</p></li>\n", video->frames,
                            video->validates ? "validates" : "trains");
      }
      html += "</ul></details>\n";
    }
    return html;
  }

  std::string notes() const {
    if (report_.notes.empty()) return "";
    std::string html = "<ul class=\"rows\">";
    for (const std::string& note : report_.notes) html += "<li>" + html_text(note) + "</li>";
    return html + "</ul>";
  }

  const CheckReport& report_;
  const std::vector<Kind> kinds_;
  const std::vector<std::vector<const CheckedVideo*>> sheets_;  // of each class
  const FrameStrips& pictures_;
  std::map<std::filesystem::path, std::size_t> numbers_;  // of pictures that are shown
  std::vector<const std::string*> shown_;
};

}  // namespace

std::vector<std::filesystem::path> pictured_videos(const CheckReport& report) {
  std::vector<std::filesystem::path> files;
  const auto add = [&](const std::filesystem::path& file) {
    if (files.size() < kMostOfFindings) files.push_back(file);
  };
  for (const Kind& kind : by_kind(report)) {
    for (std::size_t i = 0; i < std::min(kind.size(), kMostCards); ++i) {
      add(kind[i]->file);
      const std::size_t others = std::min(kind[i]->others.size(), kMostOthers);
      for (std::size_t k = 0; k < others; ++k) add(kind[i]->others[k]);
    }
  }
  const auto sheets = sheets_of(report);
  for (std::size_t place = 0; place < kMostOfClass; ++place) {
    for (const auto& sheet : sheets) {
      if (place < sheet.size() && files.size() < kMostPictures) files.push_back(sheet[place]->file);
    }
  }
  return files;
}

std::string check_page(const CheckReport& report, const FrameStrips& pictures) {
  return CheckPage(report, pictures).text();
}

}  // namespace c3d
