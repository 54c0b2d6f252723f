#include "c3d/report/html/page.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "c3d/report/html/assets.h"
#include "c3d/report/html/text.h"

namespace c3d {
namespace {

// Nothing is loaded but what stands in the page itself.
constexpr std::string_view kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'";

constexpr std::size_t kTallFrom = 20;  // rows: what follows a table is not pushed out of reach

std::string navigation(const HtmlPage& page) {
  std::string html = "<nav aria-label=\"Sections\"><ul>";
  for (const HtmlSection& section : page.sections) {
    if (section.body.empty()) continue;
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, html_text(section.title));
  }
  return html + "</ul></nav>";
}

std::string head_cell(const HtmlColumn& column, bool sortable) {
  std::string cell = fmt::format("<th scope=\"col\"{}", column.is_number ? " class=\"number\"" : "");
  if (!column.note.empty()) cell += fmt::format(" title=\"{}\"", html_text(column.note));
  const std::string title = html_text(column.title);
  return cell + (sortable ? ">" + fmt::format("<button type=\"button\">{}</button>", title) : ">" + title) +
         "</th>";
}

std::string body_cell(const HtmlCell& cell, const HtmlColumn& column, bool names_row) {
  const char* const tag = names_row ? "th scope=\"row\"" : "td";
  std::string html = fmt::format("<{}{}", tag, column.is_number ? " class=\"number\"" : "");
  // What is no number has no place among numbers: it is sorted by its text.
  if (cell.value && std::isfinite(*cell.value)) html += fmt::format(" data-value=\"{}\"", *cell.value);
  return html + ">" + cell.html + (names_row ? "</th>" : "</td>");
}

}  // namespace

std::string page_text(const HtmlPage& page) {
  const std::string title = html_text(page.title);
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{}{}</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header class=\"top\"><h1>{}</h1>",
      kPolicy, title, kPageStyle, page.style, title);
  if (!page.subtitle.empty()) html += "<p>" + page.subtitle + "</p>";
  html += navigation(page) + "</header>\n<main id=\"content\" tabindex=\"-1\">\n";
  for (const HtmlSection& section : page.sections) {
    if (section.body.empty()) continue;
    html += fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\"><h2 id=\"{0}-title\">{1}</h2>\n",
                        section.id, html_text(section.title));
    html += section.body + "\n</section>\n";
  }
  html += "</main>\n" + page.dialogs;
  if (!page.footer.empty()) html += "<footer><p>" + page.footer + "</p></footer>\n";
  if (!page.data.empty()) html += json_element("data", page.data) + "\n";
  return html + fmt::format("<script>\n{}{}</script>\n</body>\n</html>\n", kPageScript, page.script);
}

std::string table_html(const HtmlTable& table) {
  const std::string caption = html_text(table.caption);
  std::string html = fmt::format(
      "<div class=\"scroll{2}\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table{1}>"
      "<caption>{0}</caption><thead><tr>",
      caption, table.sortable ? " class=\"sortable\"" : "", table.rows.size() > kTallFrom ? " tall" : "");
  for (const HtmlColumn& column : table.columns) html += head_cell(column, table.sortable);
  html += "</tr></thead><tbody>\n";
  for (const std::vector<HtmlCell>& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) html += body_cell(row[i], table.columns.at(i), i == 0);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>";
}

std::string command_html(const std::string& command) {
  return fmt::format(
      "<div class=\"command\"><pre tabindex=\"0\"><code>{}</code></pre>"
      "<button type=\"button\" class=\"copy\">Copy</button></div>",
      html_text(command));
}

}  // namespace c3d
