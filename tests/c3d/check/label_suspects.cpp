#include "c3d/check/label_suspects.h"

#include <vector>

#include "catch.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

// Of three classes, with one label.
NetworkOpinion judged(std::int32_t label, double a, double b, double c) {
  return {.labels = {label}, .probabilities = {a, b, c}};
}

}  // namespace

TEST_CASE("a label is suspect where the network is surer of another than it is of that one's own videos") {
  std::vector<NetworkOpinion> videos;
  for (int i = 0; i < 5; ++i) {
    videos.push_back(judged(0, 0.9, 0.05, 0.05));
    videos.push_back(judged(1, 0.1, 0.8, 0.1));
    videos.push_back(judged(2, 0.2, 0.2, 0.6));
  }
  CHECK(label_suspects(videos, 3).empty());
  videos.push_back(judged(0, 0.02, 0.96, 0.02));
  const std::vector<LabelSuspect> suspects = label_suspects(videos, 3);
  REQUIRE(suspects.size() == 1);
  CHECK(suspects[0].video == 15);
  CHECK(suspects[0].label == 0);
  CHECK(suspects[0].seen == 1);
  CHECK(suspects[0].doubt == Approx(0.94));
}

TEST_CASE("a network that is sure of nothing accuses nobody") {
  std::vector<NetworkOpinion> videos;
  for (int i = 0; i < 6; ++i) videos.push_back(judged(i % 3, 0.3, 0.36, 0.34));
  CHECK(label_suspects(videos, 3).empty());
  videos.push_back(judged(0, 0.1, 0.45, 0.45));
  CHECK(label_suspects(videos, 3).empty());
}

TEST_CASE("a class that the network does not know is neither accused nor accuser") {
  std::vector<NetworkOpinion> videos;
  for (int i = 0; i < 4; ++i) {
    videos.push_back(judged(0, 0.9, 0.1, -1));
    videos.push_back(judged(1, 0.1, 0.9, -1));
  }
  videos.push_back(judged(2, 0.99, 0.01, -1));
  CHECK(label_suspects(videos, 3).empty());
}

TEST_CASE("of label sets a label that is missing and one too many are suspect") {
  std::vector<NetworkOpinion> videos;
  for (int i = 0; i < 5; ++i) {
    videos.push_back({.labels = {0}, .probabilities = {0.9, 0.1}});
    videos.push_back({.labels = {0, 1}, .probabilities = {0.85, 0.9}});
    videos.push_back({.labels = {}, .probabilities = {0.1, 0.05}});
  }
  const std::vector<double> thresholds = {0.5, 0.5};
  CHECK(label_set_suspects(videos, thresholds).empty());
  videos.push_back({.labels = {0}, .probabilities = {0.8, 0.97}});
  videos.push_back({.labels = {1}, .probabilities = {0.2, 0.02}});
  const std::vector<LabelSuspect> suspects = label_set_suspects(videos, thresholds);
  REQUIRE(suspects.size() == 2);
  CHECK(suspects[0].video == 15);
  CHECK(suspects[0].label == -1);
  CHECK(suspects[0].seen == 1);
  CHECK(suspects[1].video == 16);
  CHECK(suspects[1].label == 1);
  CHECK(suspects[1].seen == -1);
}
