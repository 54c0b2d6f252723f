#include "c3d/report/pages/page_videos.h"

#include <fmt/format.h>

#include <cmath>

#include "c3d/report/html/text.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// As they are shown, a tenth of a percent: rounded once, as percent_text() rounds.
double rounded(double probability) { return std::round(probability * 1e3) / 1e3; }

Json pairs_json(const std::vector<std::pair<int, double>>& pairs) {
  Json json = Json::array();
  for (const auto& [label, probability] : pairs) json.push_back({label, rounded(probability)});
  return json;
}

// The folder that all files share, with its last slash; empty: there is none, or no file.
fs::path shared_folder(std::span<const PageVideo> videos) {
  std::optional<fs::path> shared;
  for (const PageVideo& video : videos) {
    if (video.path.empty()) continue;
    const fs::path folder = fs::absolute(video.path).lexically_normal().parent_path();
    if (!shared) shared = folder;
    while (*shared != folder && folder.native().rfind((*shared / "").native(), 0) != 0 &&
           shared->has_relative_path()) {
      shared = shared->parent_path();
    }
  }
  return shared ? *shared / "" : fs::path();
}

Json video_json(const PageVideo& video, const fs::path& root) {
  Json json;
  std::string bytes = video.name;
  if (!video.path.empty()) {
    const fs::path whole = fs::absolute(video.path).lexically_normal();
    bytes = whole.native().substr(root.native().size());
    json["name"] = shown_text(bytes);
    // A name that is shown otherwise than it is does not lead to its file.
    if (json["name"] != bytes) json["url"] = file_url(whole);
  } else {
    json["name"] = shown_text(bytes);
    json["url"] = nullptr;
  }
  if (video.truth) json["truth"] = pairs_json(*video.truth);
  json["seen"] = pairs_json(video.seen);
  if (!video.note.empty()) json["note"] = shown_text(video.note);
  return json;
}

// The pictures of a page: as many as there is room for.
class Pictures {
 public:
  // Where it stands among those of `list`; nothing: there is no room.
  std::optional<std::size_t> add(const std::string& picture, std::size_t most, Json& list) {
    if (picture.empty() || list.size() >= most || bytes_ + picture.size() > kMostStripBytes) return {};
    bytes_ += picture.size();
    list.push_back(picture);
    return list.size() - 1;
  }

 private:
  std::size_t bytes_ = 0;
};

void add_heat(const PageVideo& video, Pictures& pictures, Json& all, Json& json) {
  for (const LabelStrip& strip : video.heat) {
    const std::optional<std::size_t> place = pictures.add(strip.jpeg, kMostStrips, all);
    if (!place) continue;
    json["heat"].push_back({{"label", strip.label},
                            {"first", strip.first_frame},
                            {"last", strip.last_frame},
                            {"blank", strip.is_blank},
                            {"picture", *place}});
  }
  if (!video.no_heat.empty()) json["no_heat"] = "No heat: " + shown_text(video.no_heat);
}

}  // namespace

std::string percent_text(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string count_text(std::int64_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

ListedVideos add_videos(std::span<const PageVideo> videos, std::span<const std::size_t> listed,
                        const Thumbnails& thumbnails, Json& data) {
  ListedVideos result;
  result.place.assign(videos.size(), -1);
  const fs::path root = shared_folder(videos);
  data["root"] = root.empty() ? Json(nullptr) : Json(file_url(root));
  data["lists"] = Json::object();
  Json list = Json::array(), strips = Json::array(), heat = Json::array();
  Pictures pictures;
  std::size_t text_bytes = 0;
  for (const std::size_t index : listed) {
    const PageVideo& video = videos[index];
    if (result.place[index] >= 0) continue;
    if (text_bytes > kMostVideoTextBytes) {
      ++result.left_out;
      continue;
    }
    Json json = video_json(video, root);
    if (const auto strip = pictures.add(thumbnails.find(video.path), kMostStrips, strips)) {
      json["strip"] = *strip;
    } else if (const std::string why = thumbnails.why_not(video.path); !why.empty()) {
      json["why"] = "No picture: " + shown_text(why);
    }
    add_heat(video, pictures, heat, json);
    text_bytes += json_text(dump_json(json)).size();
    result.place[index] = static_cast<std::int64_t>(list.size());
    list.push_back(std::move(json));
  }
  data["videos"] = std::move(list);
  data["strips"] = std::move(strips);
  data["heat"] = std::move(heat);
  return result;
}

void add_list(const std::string& name, std::span<const std::size_t> chosen, const ListedVideos& listed,
              Json& data) {
  Json list = Json::array();
  for (const std::size_t index : chosen) {
    if (listed.place[index] >= 0) list.push_back(listed.place[index]);
  }
  data["lists"][name] = std::move(list);
}

std::string heat_html(const std::string& network) {
  return fmt::format(
      "<p class=\"quiet\">Some have eight more frames, of the clip in the middle of the video, with heat: it "
      "says where {} finds what speaks for a label (Grad-CAM), from violet, a little, to yellow, the most in "
      "this clip. What the network does not see is dark. Frames count from 0.</p>",
      html_text(network));
}

std::string dialog_html() {
  return "<dialog id=\"videos-dialog\" aria-labelledby=\"dialog-title\"><div class=\"dialog-head\">"
         "<h2 id=\"dialog-title\">Videos</h2><button type=\"button\" class=\"close\">Close</button></div>"
         "<p class=\"said quiet\"></p><ul class=\"strips\"></ul>"
         "<button type=\"button\" class=\"more\" hidden>Show more</button></dialog>";
}

std::string cards_html(const std::string& list) {
  return fmt::format("<ul class=\"strips\" data-videos=\"{}\"></ul>", list);
}

}  // namespace c3d
