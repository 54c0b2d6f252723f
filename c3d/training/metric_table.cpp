#include "c3d/training/metric_table.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kStep = "step";
constexpr std::size_t kBlockBytes = 1 << 20;

// A line's column for a key; empty: it has none, as the column's name says what the key does.
std::string column_of(const Json& line, const std::string& key) {
  if (key == kStep) return kStep;
  if (key == "event" || key == "split") return "";
  const auto split = line.find("split");
  const bool has_split = split != line.end() && split->is_string();
  return has_split ? split->get<std::string>() + "_" + key : key;
}

void for_each_line(const fs::path& metrics, const std::function<void(std::int64_t, const Json&)>& use) {
  std::ifstream file(metrics);
  for (std::string text; std::getline(file, text);) {
    const Json line = try_parse_ordered_json(text);
    if (!line.is_object()) continue;
    const auto step = line.find(kStep);
    if (step != line.end() && step->is_number_integer()) use(step->get<std::int64_t>(), line);
  }
}

std::string field(const Json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    quoted += letter;
    if (letter == '"') quoted += '"';
  }
  return quoted + "\"";
}

class Table {
 public:
  Table(const fs::path& csv, const std::vector<std::string>& columns) : file_(csv), row_(columns.size()) {
    for (std::size_t i = 0; i < columns.size(); ++i) places_[columns[i]] = i;
    for (std::size_t i = 0; i < columns.size(); ++i) row_[i] = field(columns[i]);
    end_row();
  }

  // Lines of one step follow each other.
  void add(std::int64_t step, const Json& line) {
    if (has_row_ && step != step_) end_row();
    has_row_ = true;
    step_ = step;
    for (const auto& [key, value] : line.items()) {
      const std::string column = column_of(line, key);
      if (!column.empty()) row_[places_.at(column)] = field(value);
    }
  }
  void commit() {
    if (has_row_) end_row();
    file_.write(text_);
    file_.commit();
  }

 private:
  void end_row() {
    for (std::size_t i = 0; i < row_.size(); ++i) text_ += (i == 0 ? "" : ",") + row_[i];
    text_ += "\r\n";
    std::ranges::fill(row_, "");
    if (text_.size() < kBlockBytes) return;
    file_.write(text_);
    text_.clear();
  }

  AtomicFile file_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::string> row_;
  bool has_row_ = false;
  std::int64_t step_ = 0;
  std::string text_;
};

}  // namespace

void write_metric_table(const fs::path& metrics, const fs::path& csv) {
  expect(file_identity(metrics).has_value(), "{}: there is no such file of metrics", metrics);
  std::vector<std::string> columns = {kStep};
  std::int64_t lines = 0;
  for_each_line(metrics, [&](std::int64_t, const Json& line) {
    ++lines;
    for (const auto& item : line.items()) {
      const std::string column = column_of(line, item.key());
      if (!column.empty() && std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
    }
  });
  expect(lines > 0, "{}: it holds no metrics: nothing was reported yet", metrics);
  Table table(csv, columns);
  // A run that goes on may have added lines with other keys meanwhile: what was counted is written.
  for_each_line(metrics, [&](std::int64_t step, const Json& line) {
    if (lines-- > 0) table.add(step, line);
  });
  table.commit();
}

}  // namespace c3d
