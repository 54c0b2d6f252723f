// Names of files in JSON, which holds UTF-8 only, while a name may be any bytes. A name that is UTF-8 stands
// as it is. Another is spelled "percent-encoded:" and its bytes, of which '%' and those that are not UTF-8
// become %XX; so does a name that itself begins with that marker. Two names never share a spelling.
#pragma once

#include <string>
#include <string_view>

namespace c3d {

std::string json_name(std::string_view bytes);
// The bytes that json_name() spelled. Of a spelling that it never gives, what is not %XX stands for itself.
std::string name_of_json(std::string_view spelling);

}  // namespace c3d
