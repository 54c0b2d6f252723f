#include "tools/c3d_bench/chart.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

using Json = nlohmann::json;

BarKind parse_kind(const std::string& text) {
  if (text == "ours") return BarKind::ours;
  if (text == "other") return BarKind::other;
  if (text == "yardstick") return BarKind::baseline;
  fail("there is no kind of bar '{}'; there are ours, other, yardstick", text);
}

Bar parse_bar(const Json& json) {
  Bar bar{{}, json.at("text"), json.value("note", "")};
  if (const Json& value = json.at("value"); !value.is_null()) bar.value = value.get<double>();
  return bar;
}

BarTable parse_table(const Json& json) {
  BarTable table{json.at("title"), json.at("subtitle"), json.at("columns"), {}, json.at("footer")};
  for (const Json& group : json.at("groups")) {
    BarGroup& made = table.groups.emplace_back(BarGroup{group.at("name"), {}});
    for (const Json& row : group.at("rows")) {
      BarRow& bars = made.rows.emplace_back(BarRow{row.at("name"), parse_kind(row.at("kind")), {}});
      for (const Json& bar : row.at("bars")) bars.bars.push_back(parse_bar(bar));
    }
  }
  return table;
}

}  // namespace

void draw_chart_of(const std::filesystem::path& json, const std::filesystem::path& png) {
  std::ifstream file(json);
  expect(file.good(), "{} cannot be read", json.string());
  BarTable table;
  try {
    table = parse_table(Json::parse(file).at("chart"));
  } catch (const Json::exception& error) {
    fail("{} holds no chart: {}", json.string(), error.what());
  }
  draw_bars(png, table);
}

}  // namespace c3d
