// JSON text, read and written in one source: nlohmann's parser and writer take seconds to compile in each that has them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace c3d {

// nlohmann's parse_error, with the byte where it stands, or out_of_range for a number that no double holds.
nlohmann::json parse_json(std::string_view text);
nlohmann::ordered_json parse_ordered_json(std::string_view text);
// Text that is no JSON gives a value that is_discarded().
nlohmann::json try_parse_json(std::string_view text);
nlohmann::ordered_json try_parse_ordered_json(std::string_view text);

// On one line, or indented by so many spaces. Bytes of texts that are no UTF-8 become U+FFFD.
std::string dump_json(const nlohmann::json& json, int indent = -1);
std::string dump_json(const nlohmann::ordered_json& json, int indent = -1);

}  // namespace c3d
