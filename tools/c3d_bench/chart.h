// The picture of a table of measurements: what stands under `chart` in a JSON file, drawn as bars.
//   {"title": "", "subtitle": "", "columns": [""], "footer": [""], "groups": [{"name": "", "rows": [
//     {"name": "", "kind": "ours" | "other" | "yardstick",
//      "bars": [{"value": 1.5, "text": "", "note": ""}]}]}]}
// A row has a bar for each column; its value may be null.
#pragma once

#include <filesystem>

namespace c3d {

// Error: no such file, no `chart` of this form in it, a build without Cairo.
void draw_chart_of(const std::filesystem::path& json, const std::filesystem::path& png);

}  // namespace c3d
