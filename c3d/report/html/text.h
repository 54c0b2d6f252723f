// Any bytes as text of a page: names come from files, and a file may be named anything. Each function is for
// one place; what it returns is fit for that place alone. Pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace c3d {

// As a person should read it: bytes that are not UTF-8 become U+FFFD, and what would move or turn the text
// around it is spelled as printable() spells it. Not yet fit for HTML.
std::string shown_text(std::string_view bytes);

// For the text of an element, and for the value of an attribute between double quotes.
std::string html_text(std::string_view bytes);

// For the attribute `href`: file:// and the absolute path, whose bytes outside RFC 3986's unreserved ones
// are %XX. So are those that are not UTF-8, so that the address leads to the file.
std::string file_url(const std::filesystem::path& path);

// For the attribute `src`: data:TYPE;base64,... of these bytes (RFC 2397, RFC 4648).
std::string data_uri(std::string_view media_type, std::string_view bytes);
std::string base64(std::string_view bytes);
bool is_base64(std::string_view text);  // holds no other letter

// For the text of an element <script>: the same JSON, in which what would end the element, or begin a comment
// in it, is spelled \u003c.
std::string json_text(std::string_view json);
// An element <script type="application/json" id="ID"> with json_text(). `id` is a word of ours.
std::string json_element(std::string_view id, std::string_view json);

}  // namespace c3d
