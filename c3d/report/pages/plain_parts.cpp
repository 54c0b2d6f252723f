// Sections that are text and tables alone.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"

namespace c3d {
namespace {

constexpr std::size_t kMostSkipped = 500;   // that are listed
constexpr std::size_t kLongestValue = 400;  // bytes of a setting that are shown

std::string value_html(const std::string& value) {
  if (value.empty()) return "<span class=\"quiet\">none</span>";
  const std::string shown = shown_text(value);
  if (shown.size() <= kLongestValue) return html_text(shown);
  return html_text(value.substr(0, kLongestValue)) + " …";
}

// Those at their defaults say no default. marks: which are not, where both kinds stand in the table.
std::string settings_table(const std::string& caption, const std::vector<ReportSetting>& settings,
                           bool marks) {
  HtmlTable table{.caption = caption,
                  .sortable = false,
                  .columns = {{"setting"}, {"value"}, {"default"}, {"meaning"}},
                  .rows = {}};
  for (const ReportSetting& setting : settings) {
    const std::string mark = setting.is_default() || !marks ? "" : " <span class=\"tag\">changed</span>";
    const std::string unit = setting.unit.empty() ? "" : fmt::format(" ({})", setting.unit);
    table.rows.push_back({{"<code>" + html_text(setting.name) + "</code>" + mark},
                          {value_html(setting.value)},
                          {setting.is_default() ? "" : value_html(setting.default_value)},
                          {"<span class=\"quiet\">" + html_text(setting.help + unit) + "</span>"}});
  }
  return table_html(table);
}

}  // namespace

std::string tiles_html(const std::vector<Tile>& tiles) {
  std::string html = "<dl class=\"tiles\">";
  for (const Tile& tile : tiles) {
    html += fmt::format("<div><dt>{}</dt><dd>{}", html_text(tile.name), html_text(tile.value));
    if (!tile.note.empty()) html += "<small>" + html_text(tile.note) + "</small>";
    html += "</dd></div>";
  }
  return html + "</dl>";
}

std::string settings_html(const std::vector<ReportSetting>& settings) {
  if (settings.empty()) return "";
  std::vector<ReportSetting> changed;
  std::ranges::copy_if(settings, std::back_inserter(changed),
                       [](const ReportSetting& setting) { return !setting.is_default(); });
  std::string html = changed.empty() ? "<p>All settings have their defaults.</p>"
                                     : settings_table("What differs from the defaults", changed, false);
  html += fmt::format("<details><summary>All {} settings</summary>", settings.size());
  for (auto first = settings.begin(); first != settings.end();) {
    const auto end = std::find_if(
        first, settings.end(), [&](const ReportSetting& setting) { return setting.group != first->group; });
    const std::string group = first->group.empty() ? "Others" : first->group;
    html += "<h3>" + html_text(group) + "</h3>" + settings_table("Settings: " + group, {first, end}, true);
    first = end;
  }
  return html + "</details>";
}

std::string commands_html(const std::vector<ReportCommand>& commands) {
  std::string html;
  for (const ReportCommand& command : commands) {
    html += "<p>" + html_text(command.what) + "</p>" + command_html(command.command);
  }
  return html;
}

std::string skipped_html(const RunFacts& facts) {
  if (facts.skipped.empty() && facts.passed_over.empty()) {
    return "<p>Nothing was skipped: every video was read.</p>";
  }
  std::string html;
  HtmlTable table{.caption = count_text(static_cast<std::int64_t>(facts.skipped.size()), "video"),
                  .sortable = true,
                  .columns = {{"video"}, {"when"}, {"why"}},
                  .rows = {}};
  for (const SkippedVideo& video : facts.skipped) {
    if (table.rows.size() == kMostSkipped) break;
    table.rows.push_back({{fmt::format("<a class=\"file\" href=\"{}\">{}</a>", file_url(video.path),
                                       html_text(video.path.native()))},
                          {html_text(video.when)},
                          {html_text(video.why)}});
  }
  if (!facts.skipped.empty()) html += table_html(table);
  if (facts.skipped.size() > kMostSkipped) {
    html += fmt::format("<p class=\"quiet\">{} more are not listed here.</p>",
                        facts.skipped.size() - kMostSkipped);
  }
  if (facts.passed_over.empty()) return html;
  html += "<h3>Passed over, as it is no video</h3><ul>";
  for (const std::string& line : facts.passed_over) html += "<li>" + html_text(line) + "</li>";
  return html + "</ul>";
}

}  // namespace c3d
