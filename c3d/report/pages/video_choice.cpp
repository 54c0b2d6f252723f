#include "c3d/report/pages/video_choice.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "c3d/report/pages/page_videos.h"

namespace c3d {
namespace {

std::pair<int, int> cell_of(const EvaluatedVideo& video) {
  return {video.prediction.truth.front().first, video.prediction.predictions.front().first};
}

// Takes each place once, up to `most`.
class Places {
 public:
  explicit Places(std::size_t most) : most_(most) {}
  void add(std::size_t place) {
    if (places_.size() < most_ && seen_.insert(place).second) places_.push_back(place);
  }
  std::vector<std::size_t> take() && { return std::move(places_); }

 private:
  std::size_t most_;
  std::vector<std::size_t> places_;
  std::set<std::size_t> seen_;
};

// The videos of the matrix's cells, those of the cells with the most mistakes first.
void add_cells(const RunFacts& facts, const std::vector<std::size_t>& by_loss, Places& places) {
  std::map<std::pair<int, int>, std::vector<std::size_t>> cells;
  for (const std::size_t place : by_loss) cells[cell_of(facts.videos[place])].push_back(place);
  std::vector<std::pair<std::pair<int, int>, std::vector<std::size_t>>> order(cells.begin(), cells.end());
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) {
    const bool a_right = a.first.first == a.first.second, b_right = b.first.first == b.first.second;
    return a_right != b_right ? b_right : a.second.size() > b.second.size();
  });
  for (const auto& [cell, videos] : order) {
    const std::size_t most = cell.first == cell.second ? kPicturesOfClass : kPicturesOfCell;
    for (std::size_t i = 0; i < std::min(most, videos.size()); ++i) places.add(videos[i]);
  }
}

}  // namespace

VideoChoice choose_videos(const RunFacts& facts) {
  VideoChoice choice;
  // The loss of a video with one label falls as its class's probability rises.
  std::vector<std::size_t> by_loss(facts.videos.size());
  std::iota(by_loss.begin(), by_loss.end(), 0);
  std::ranges::stable_sort(by_loss, [&](std::size_t a, std::size_t b) {
    return facts.videos[a].prediction.loss > facts.videos[b].prediction.loss;
  });
  const std::size_t worst = std::min(kWorstVideos, by_loss.size());
  choice.worst.assign(by_loss.begin(), by_loss.begin() + static_cast<std::ptrdiff_t>(worst));
  const std::size_t best = std::min(kBestVideos, by_loss.size() - worst);
  choice.best.assign(by_loss.rbegin(), by_loss.rbegin() + static_cast<std::ptrdiff_t>(best));
  Places pictured(kMostStrips);
  for (const auto& places : {choice.worst, choice.best}) {
    for (const std::size_t place : places) pictured.add(place);
  }
  if (!facts.has_label_sets) add_cells(facts, by_loss, pictured);
  for (const std::size_t place : by_loss) pictured.add(place);
  choice.pictured = std::move(pictured).take();
  Places listed(by_loss.size());
  for (const auto& places : {choice.pictured, by_loss}) {
    for (const std::size_t place : places) listed.add(place);
  }
  choice.listed = std::move(listed).take();
  return choice;
}

std::vector<HeatChoice> choose_heat(const RunFacts& facts, const VideoChoice& choice) {
  std::vector<HeatChoice> chosen;
  const auto add = [&](const std::vector<std::size_t>& places, std::size_t most) {
    for (std::size_t i = 0; i < std::min(most, places.size()); ++i) {
      const VideoPrediction& prediction = facts.videos[places[i]].prediction;
      const auto& truth = prediction.truth;
      const int seen = prediction.predictions.front().first;
      HeatChoice& video = chosen.emplace_back(HeatChoice{places[i], {static_cast<std::size_t>(seen)}});
      const auto shown = std::ranges::max_element(truth, {}, &std::pair<int, double>::second);
      if (shown != truth.end() &&
          std::ranges::find(truth, seen, &std::pair<int, double>::first) == truth.end()) {
        video.labels.push_back(static_cast<std::size_t>(shown->first));
      }
    }
  };
  add(choice.worst, kWorstWithHeat);
  add(choice.best, kBestWithHeat);
  return chosen;
}

Confusions confusions_of(const RunFacts& facts) {
  Confusions confusions;
  if (facts.has_label_sets) return confusions;
  for (const EvaluatedVideo& video : facts.videos) ++confusions[cell_of(video)];
  return confusions;
}

std::vector<std::int64_t> videos_of_labels(const RunFacts& facts) {
  std::vector<std::int64_t> counts(facts.labels.size(), 0);
  for (const EvaluatedVideo& video : facts.videos) {
    for (const auto& shown : video.prediction.truth) ++counts.at(static_cast<std::size_t>(shown.first));
  }
  return counts;
}

std::vector<Mistake> mistakes_of(const Confusions& confusions) {
  std::vector<Mistake> mistakes;
  for (const auto& [cell, count] : confusions) {
    if (cell.first != cell.second) mistakes.emplace_back(cell, count);
  }
  std::ranges::stable_sort(mistakes, [](const Mistake& a, const Mistake& b) { return a.second > b.second; });
  return mistakes;
}

}  // namespace c3d
