// What an output was made from and how: kept with every output, and compared by --resume, which trusts no
// file name.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/inputs.h"

namespace c3d {

// All that decides the numbers of an output beyond rounding, by name: weights, layer, clips ...
using Recipe = std::vector<std::pair<std::string, std::string>>;

struct Source {
  std::string file;            // as it was given
  std::string path;            // absolute
  std::uint64_t bytes = 0;     // of a folder of frames: of all its files
  std::int64_t modified = -1;  // nanoseconds since 1970, of a folder the latest; -1: not known, as of a pipe
};
Source source_of(const Input& input);
// Adds the bytes and the time of a file, or of a folder and the files right in it.
void add_files(const std::filesystem::path& path, Source& source);

struct Origin {
  Recipe recipe;
  Source source;
  // Of features: the same in JSON, as --recipe takes it; said, and not compared.
  std::string recipe_file = {};
};

// Why what was made from `before` does not stand for `now`: "other settings (layer fc6, now fc7)", "the video
// has changed since". Empty: it does.
std::string difference(const Origin& before, const Origin& now);

nlohmann::ordered_json recipe_json(const Recipe& recipe);
nlohmann::ordered_json source_json(const Source& source);
// nullopt: it is none.
std::optional<Recipe> parse_recipe(const nlohmann::ordered_json& json);
std::optional<Source> parse_source(const nlohmann::ordered_json& json);

// The name that `field` holds, as json_name() spelled it. Empty: there is none.
std::string get_name(const nlohmann::ordered_json& object, const std::string& field);

}  // namespace c3d
