#include "tools/c3d_bench/chart.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "c3d/report/pictures.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/io/json.h"
#include "engine/io/reading.h"
#include "engine/io/whole_file.h"

namespace c3d {
namespace {

using Json = nlohmann::json;

// A value of the file, with its place for errors: "chart.groups[0].rows".
class Value {
 public:
  Value(const Json& json, std::string place) : json_(&json), place_(std::move(place)) {}

  Value member(const char* name) const {
    want(json_->is_object(), "an object");
    const auto found = json_->find(name);
    expect(found != json_->end(), "{}.{} is missing", place_, name);
    return {*found, place_ + "." + name};
  }
  bool has(const char* name) const { return json_->is_object() && json_->contains(name); }
  bool is_null() const { return json_->is_null(); }
  std::string text() const {
    want(json_->is_string(), "a text");
    return json_->get<std::string>();
  }
  double number() const {
    want(json_->is_number(), "a number, or null");
    return json_->get<double>();
  }
  std::vector<Value> items() const {
    want(json_->is_array(), "a list");
    std::vector<Value> items;
    for (const Json& item : *json_) items.emplace_back(item, fmt::format("{}[{}]", place_, items.size()));
    return items;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const Value& item : items()) texts.push_back(item.text());
    return texts;
  }
  const std::string& place() const { return place_; }

 private:
  void want(bool is_so, const char* kind) const {
    expect(is_so, "{} must be {}; it is {}", place_, kind, json_->type_name());
  }

  const Json* json_;
  std::string place_;
};

BarKind parse_kind(const Value& value) {
  const std::string text = value.text();
  if (text == "ours") return BarKind::ours;
  if (text == "other") return BarKind::other;
  if (text == "yardstick") return BarKind::baseline;
  const std::vector<std::string> words = {"ours", "other", "yardstick"};
  fail("{} is '{}', but must be one of {}; the nearest is '{}'", value.place(), text, fmt::join(words, ", "),
       nearest(text, words));
}

Bar parse_bar(const Value& json) {
  Bar bar{{}, json.member("text").text(), json.has("note") ? json.member("note").text() : ""};
  if (const Value value = json.member("value"); !value.is_null()) bar.value = value.number();
  return bar;
}

BarRow parse_row(const Value& json, std::size_t columns) {
  BarRow row{json.member("name").text(), parse_kind(json.member("kind")), {}};
  const Value bars = json.member("bars");
  for (const Value& bar : bars.items()) row.bars.push_back(parse_bar(bar));
  expect(row.bars.size() == columns, "{} has {} bars for {} columns", bars.place(), row.bars.size(), columns);
  return row;
}

BarTable parse_table(const Value& json) {
  BarTable table{json.member("title").text(),
                 json.member("subtitle").text(),
                 json.member("columns").texts(),
                 {},
                 json.member("footer").texts()};
  for (const Value& group : json.member("groups").items()) {
    BarGroup& made = table.groups.emplace_back(BarGroup{group.member("name").text(), {}});
    for (const Value& row : group.member("rows").items()) {
      made.rows.push_back(parse_row(row, table.columns.size()));
    }
  }
  return table;
}

Json parse_file(const std::filesystem::path& file) {
  return reading(file, "the chart", [&] {
    const WholeFile whole(file);
    const std::string_view text(reinterpret_cast<const char*>(whole.bytes().data()), whole.bytes().size());
    try {
      return parse_json(text);
    } catch (const Json::parse_error& error) {
      const std::string_view before = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
      fail("{}, line {}: this is not JSON", file, 1 + std::ranges::count(before, '\n'));
    } catch (const Json::out_of_range&) {
      fail("{}: it holds a number beyond all that computers count with", file);
    }
  });
}

}  // namespace

void draw_chart_of(const std::filesystem::path& json, const std::filesystem::path& png) {
  const Json file = parse_file(json);
  expect(file.is_object() && file.contains("chart"), "{} holds no chart: `chart` is missing", json);
  BarTable table;
  try {
    table = parse_table({file.at("chart"), "chart"});
  } catch (const Error& error) {
    fail("{} holds no chart: {}", json, error.message());
  }
  draw_bars(png, table);
}

}  // namespace c3d
