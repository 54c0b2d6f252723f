// Videos in the data of a page, for videos.js, which makes cards of them. Bounded: a page opens at once
// however many videos there are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "c3d/report/thumbnails/heat_strips.h"
#include "c3d/report/thumbnails/thumbnails.h"

namespace c3d {

// A page of so many strips and so much text stays below 15 MB, and opens in less than two seconds.
inline constexpr std::size_t kMostStrips = 360;
inline constexpr std::size_t kMostStripBytes = 8'000'000;      // base64
inline constexpr std::size_t kMostVideoTextBytes = 4'000'000;  // names and numbers

struct PageVideo {
  std::filesystem::path path;  // empty: it is no file, `name` says what it is
  std::string name;
  std::optional<std::vector<std::pair<int, double>>> truth;  // none: what it shows is not known
  std::vector<std::pair<int, double>> seen;                  // the likeliest first
  std::string note;
  std::vector<LabelStrip> heat = {};
  std::string no_heat = {};  // why there is none; empty: none was tried
};

// The members "root", "videos", "strips" and "heat" of a page's data. `place` of each of `videos` in the
// page's list, or -1: it is not listed. Videos are taken in the order of `listed` while there is room.
struct ListedVideos {
  std::vector<std::int64_t> place;
  std::size_t left_out = 0;
};
ListedVideos add_videos(std::span<const PageVideo> videos, std::span<const std::size_t> listed,
                        const Thumbnails& thumbnails, nlohmann::ordered_json& data);
// The member NAME of "lists": those of `chosen` that are listed.
void add_list(const std::string& name, std::span<const std::size_t> chosen, const ListedVideos& listed,
              nlohmann::ordered_json& data);

// What the strips of heat show, a paragraph. network: whose they are, any bytes.
std::string heat_html(const std::string& network);

// The element that videos.js opens, and a list of cards.
std::string dialog_html();
std::string cards_html(const std::string& list);

// A share as people read it: "87.3 %".
std::string percent_text(double share);
// "1 video", "2 videos"
std::string count_text(std::int64_t count, const std::string& word);

}  // namespace c3d
