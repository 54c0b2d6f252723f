#include "c3d/report/html/page.h"

#include <cmath>

#include "catch.h"

namespace c3d {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

HtmlPage small_page() {
  HtmlPage page;
  page.title = "A <b>run</b>";
  page.sections = {{"one", "First & last", "<p>body</p>"}, {"two", "Empty", ""}};
  page.data = R"({"name":"</script>"})";
  page.style = ".own { color: inherit; }\n";
  page.script = "ownScript();\n";
  return page;
}

TEST_CASE("a page has its language, its names as text, its own style, script and data", "[html]") {
  const std::string text = page_text(small_page());
  CHECK(text.starts_with("<!doctype html>\n<html lang=\"en\">"));
  CHECK(holds(text, "<title>A &lt;b&gt;run&lt;/b&gt;</title>"));
  CHECK(holds(text, "<h2 id=\"one-title\">First &amp; last</h2>"));
  CHECK(holds(text, "<a href=\"#one\">"));
  CHECK(holds(text, ".own { color: inherit; }"));
  CHECK(holds(text, "ownScript();"));
  CHECK(holds(text, "\\u003c/script\\u003e"));
}

TEST_CASE("a page forbids itself to load anything", "[html]") {
  const std::string text = page_text(small_page());
  CHECK(holds(text, "default-src 'none'"));
  CHECK_FALSE(holds(text, "http:"));
  CHECK_FALSE(holds(text, "https:"));
}

TEST_CASE("a section without a body is left out, and no link leads to it", "[html]") {
  const std::string text = page_text(small_page());
  CHECK_FALSE(holds(text, "Empty"));
  CHECK_FALSE(holds(text, "#two"));
}

TEST_CASE("a table names its rows, and says the numbers that it is sorted by", "[html]") {
  const HtmlTable table{.caption = "Classes",
                        .sortable = true,
                        .columns = {{"class"}, {"right", true, "share of its videos"}},
                        .rows = {{{"walk"}, {"50 %", 0.5}}}};
  const std::string html = table_html(table);
  CHECK(holds(html, "<th scope=\"row\">walk</th><td class=\"number\" data-value=\"0.5\">50 %</td>"));
  CHECK(holds(html, "<button type=\"button\">right</button>"));
  CHECK(holds(html, "title=\"share of its videos\""));
}

TEST_CASE("what is no number is not sorted as one", "[html]") {
  const HtmlTable table{.caption = "Losses",
                        .sortable = true,
                        .columns = {{"step"}, {"loss", true}},
                        .rows = {{{"1"}, {"nan", std::nan("")}}}};
  CHECK(holds(table_html(table), "<td class=\"number\">nan</td>"));
}

TEST_CASE("a table of many rows scrolls in a frame of its own", "[html]") {
  HtmlTable table{.caption = "Rows", .sortable = false, .columns = {{"row"}}, .rows = {{{"1"}}}};
  CHECK_FALSE(holds(table_html(table), "tall"));
  table.rows.assign(30, {{"1"}});
  CHECK(holds(table_html(table), "<div class=\"scroll tall\" tabindex=\"0\""));
}

TEST_CASE("a command is text", "[html]") {
  CHECK(holds(command_html("c3d_infer --weights 'a b' <x>"), "c3d_infer --weights &#39;a b&#39; &lt;x&gt;"));
}

}  // namespace
}  // namespace c3d
