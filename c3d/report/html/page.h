// The skeleton of every page that the tools write: one file with its style, its script and its data in it,
// which asks nothing of any other place (its own security policy forbids it). Pure functions.
//
// What scripts of pages find: sortable tables work by themselves (page.js). Pictures whose bytes stand in the
// page's data are set by the page's own script.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace c3d {

struct HtmlSection {
  std::string id;     // a word of ours, for links
  std::string title;  // any bytes
  std::string body;   // HTML; empty: the section is left out
};

struct HtmlPage {
  std::string title;     // any bytes
  std::string subtitle;  // HTML of one paragraph; may be empty
  std::vector<HtmlSection> sections;
  std::string dialogs;  // HTML: elements that scripts open; may be empty
  std::string footer;   // HTML of one paragraph; may be empty
  std::string style;    // CSS beside page.css
  std::string script;   // JavaScript after page.js
  std::string data;     // JSON, in the element "data"; empty: there is none
};
std::string page_text(const HtmlPage& page);

struct HtmlColumn {
  std::string title;  // any bytes
  bool is_number = false;
  std::string note = {};  // what the column means, for the mouse and screen readers
};
struct HtmlCell {
  std::string html;
  std::optional<double> value = {};  // what it is sorted by; none: its text
};
// In a frame that scrolls sideways where it is too wide, and downwards where it has many rows. Its columns'
// heads are buttons that sort it, where `sortable`. The first cell of a row names it.
struct HtmlTable {
  std::string caption;  // any bytes
  bool sortable = false;
  std::vector<HtmlColumn> columns;
  std::vector<std::vector<HtmlCell>> rows;
};
std::string table_html(const HtmlTable& table);

// A command with a button that copies it. `command`: any bytes, as a shell takes them.
std::string command_html(const std::string& command);

}  // namespace c3d
