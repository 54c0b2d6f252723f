#include "c3d/report/pages/run_page.h"

#include <algorithm>
#include <cmath>

#include "c3d/report/html/text.h"
#include "c3d/report/pages/page_videos.h"
#include "catch.h"
#include "engine/io/json.h"
#include "tests/c3d/report/pages/example_facts.h"

namespace c3d {
namespace {

using Json = nlohmann::json;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string page_of(const RunFacts& facts) { return run_page(facts, choose_videos(facts), Thumbnails()); }

Json data_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(start) + start.size();
  return parse_json(page.substr(from, page.find("</script>", from) - from));
}

EvaluatedVideo video(const std::string& name, int truth, double truth_probability, int seen,
                     double probability) {
  EvaluatedVideo video;
  video.path = "/videos/" + name;
  video.frames = 30;
  video.prediction.truth = {{truth, truth_probability}};
  video.prediction.predictions = {{seen, probability}};
  video.prediction.loss = -std::log(truth_probability);
  return video;
}

// Two classes: one video right and sure, one right, two taken for the other class.
RunFacts four_videos() {
  RunFacts facts = example_run({.videos = 1, .classes = 2});
  facts.videos = {video("a/sure.mp4", 0, 0.9, 0, 0.9), video("a/wrong.mp4", 0, 0.3, 1, 0.7),
                  video("a/worst.mp4", 0, 0.1, 1, 0.9), video("b/right.mp4", 1, 0.6, 1, 0.6)};
  return facts;
}

std::vector<std::string> names_of(const Json& data, const std::string& list) {
  std::vector<std::string> names;
  for (const Json& index : data["lists"][list])
    names.push_back(data["videos"][index.get<std::size_t>()]["name"]);
  return names;
}

TEST_CASE("a page lists videos by the probability of the class that they show", "[report]") {
  const Json data = data_of(page_of(four_videos()));
  CHECK(names_of(data, "worst") ==
        std::vector<std::string>{"a/worst.mp4", "a/wrong.mp4", "b/right.mp4", "a/sure.mp4"});
  CHECK(data["root"] == "file:///videos/");
}

TEST_CASE("a page rounds a probability once", "[report]") {
  RunFacts facts = four_videos();
  facts.videos.resize(1);
  facts.videos[0].prediction.truth[0].second = 0.77553;  // 77.6 %, and 77.5 % if first rounded to 0.7755
  CHECK(data_of(page_of(facts))["videos"][0]["truth"][0][1] == 0.776);
}

TEST_CASE("a page begins with how good the network is, what goes wrong and what to do next", "[report]") {
  const std::string page = page_of(four_videos());
  CHECK(holds(page, "<p class=\"score\">80.0 %</p>"));
  // Three of four videos show the first class.
  CHECK(holds(page, "Always naming the most frequent class would be right in 75.0 %"));
  CHECK(
      holds(page,
            "<bdi>class_000</bdi> is taken for <bdi>class_001</bdi>: <button type=\"button\" class=\"link\" "
            "data-cell=\"0,1\">2 of 3 videos</button>"));
  CHECK(holds(page, "<a href=\"#worst-and-best\">Look at the worst videos</a>"));
  CHECK_FALSE(holds(page, "never told right"));
}

TEST_CASE("videos with heat are the worst and the best, for what was seen and what they show", "[report]") {
  const RunFacts facts = four_videos();
  const std::vector<HeatChoice> chosen = choose_heat(facts, choose_videos(facts));
  REQUIRE(chosen.size() == 4);
  CHECK(chosen[0].video == 2);
  CHECK(chosen[0].labels == std::vector<std::size_t>{1, 0});
  CHECK(chosen[3].labels == std::vector<std::size_t>{0});
  const RunFacts many = example_run({.videos = 100});
  CHECK(choose_heat(many, choose_videos(many)).size() == kWorstWithHeat + kBestWithHeat);
  const RunFacts sets = example_label_sets();
  for (const HeatChoice& one : choose_heat(sets, choose_videos(sets))) {
    const VideoPrediction& prediction = sets.videos[one.video].prediction;
    const auto likelihood = [&](std::size_t label) {
      const auto found =
          std::ranges::find(prediction.truth, static_cast<int>(label), &std::pair<int, double>::first);
      return found == prediction.truth.end() ? -1 : found->second;
    };
    CHECK(one.labels[0] == static_cast<std::size_t>(prediction.predictions.front().first));
    // It shows the first one, or none, or the likeliest of what it shows comes second.
    const bool shows_first = likelihood(one.labels[0]) >= 0;
    REQUIRE(one.labels.size() == (shows_first || prediction.truth.empty() ? 1 : 2));
    if (one.labels.size() == 1) continue;
    for (const auto& [label, probability] : prediction.truth) CHECK(likelihood(one.labels[1]) >= probability);
  }
}

TEST_CASE("a page says of which label and frames heat is, or why there is none", "[report]") {
  RunFacts facts = four_videos();
  CHECK_FALSE(holds(page_of(facts), "Grad-CAM"));
  facts.videos[2].heat = {{1, 3, 18, false, "QUJD"}, {0, 3, 18, true, "REVG"}};
  facts.videos[1].no_heat = "it is <gone>";
  const std::string page = page_of(facts);
  CHECK(holds(page, "Grad-CAM"));
  const Json data = data_of(page);
  const Json& heat = data["videos"][data["lists"]["worst"][0].get<std::size_t>()]["heat"];
  CHECK(heat[0] == parse_json(R"({"label":1,"first":3,"last":18,"blank":false,"picture":0})"));
  CHECK(heat[1]["blank"] == true);
  CHECK(data["heat"] == parse_json(R"(["QUJD","REVG"])"));
  CHECK(data["videos"][data["lists"]["worst"][1].get<std::size_t>()]["no_heat"] == "No heat: it is <gone>");
}

TEST_CASE("a page names the classes that are never told right", "[report]") {
  RunFacts facts = four_videos();
  facts.videos.pop_back();
  facts.videos.push_back(video("b/wrong.mp4", 1, 0.2, 0, 0.8));
  CHECK(holds(page_of(facts), "<li>1 of 2 classes is never told right: <bdi>class_001</bdi>.</li>"));
}

TEST_CASE("a page says where a run stands, or why it ended early", "[report]") {
  RunFacts facts = four_videos();
  CHECK_FALSE(holds(page_of(facts), "The run is at step"));
  facts.total_steps = 1000;
  CHECK(holds(page_of(facts), "The run is at step 200 of 1000"));
  facts.trouble = "the <loss> is not finite";
  const std::string page = page_of(facts);
  CHECK(holds(page, "<strong>The run ended early.</strong> the &lt;loss&gt; is not finite</p>"));
  CHECK_FALSE(holds(page, "The run is at step"));
}

TEST_CASE("the best evaluation of a page is the one that the run keeps", "[report]") {
  RunFacts facts = four_videos();
  facts.evaluations.front().video_loss = 0.001;
  CHECK(holds(page_of(facts), "after step 200, the best of 8 evaluations."));
  facts.best_by = BestBy::loss;
  CHECK(holds(page_of(facts), "after step 25, the best of 8 evaluations, chosen by the loss of the videos."));
}

TEST_CASE("a page says that the loss of validation videos has risen", "[report]") {
  RunFacts facts = four_videos();
  CHECK_FALSE(holds(page_of(facts), "by heart"));
  facts.evaluations.back().video_loss = 5;
  CHECK(holds(page_of(facts), "after step 175 to 5: the network learns its training videos by heart"));
  // Training clips that are harder still, or augmented, are not known by heart.
  for (StepReport& step : facts.steps) step.loss = 6;
  CHECK(holds(page_of(facts), "after step 175 to 5.</li>"));
  facts.steps.clear();
  CHECK(holds(page_of(facts), "after step 175 to 5.</li>"));
}

TEST_CASE("no video stands among the worst and the best", "[report]") {
  const RunFacts facts = example_run({.videos = kWorstVideos + 2});
  const VideoChoice choice = choose_videos(facts);
  CHECK(choice.worst.size() == kWorstVideos);
  CHECK(choice.best.size() == 2);
  for (const std::size_t place : choice.best) {
    CHECK(std::ranges::find(choice.worst, place) == choice.worst.end());
  }
  CHECK(choice.listed.size() == facts.videos.size());
}

TEST_CASE("a page counts precision, recall and confusions of each class", "[report]") {
  const std::string page = page_of(four_videos());
  // Class 0: three videos, one told right, and nothing else taken for it. Class 1: three were taken for it.
  CHECK(holds(page,
              "data-value=\"3\">3</td><td class=\"number\" data-value=\"1\">100.0 %</td>"
              "<td class=\"number\" data-value=\"0.3333333333333333\">33.3 %</td>"));
  CHECK(holds(page,
              "data-value=\"1\">1</td><td class=\"number\" data-value=\"0.3333333333333333\">33.3 %</td>"
              "<td class=\"number\" data-value=\"1\">100.0 %</td>"));
  CHECK(holds(page, "data-cell=\"0,1\"><bdi>class_001</bdi> (2)</button>"));
  CHECK(data_of(page)["cells"] == parse_json("[[0,0,1],[0,1,2],[1,1,1]]"));
}

TEST_CASE("a page pictures the videos of the most frequent mistakes first", "[report]") {
  const RunFacts facts = example_run({.videos = 2000, .classes = 10});
  const VideoChoice choice = choose_videos(facts);
  CHECK(choice.pictured.size() == kMostStrips);
  const Confusions confusions = confusions_of(facts);
  const auto most = std::ranges::max_element(confusions, [](const auto& a, const auto& b) {
    const auto mistakes = [](const auto& cell) {
      return cell.first.first == cell.first.second ? 0 : cell.second;
    };
    return mistakes(a) < mistakes(b);
  });
  std::size_t pictured = 0;
  for (const std::size_t place : choice.pictured) {
    const VideoPrediction& prediction = facts.videos[place].prediction;
    if (std::pair(prediction.truth[0].first, prediction.predictions[0].first) == most->first) ++pictured;
  }
  CHECK(pictured >= kPicturesOfCell);
}

TEST_CASE("a run without validation has a page", "[report]") {
  const std::string page = page_of(without_validation());
  CHECK(holds(page, "Nothing was evaluated"));
  CHECK(holds(page, "id=\"curves\""));
  CHECK_FALSE(holds(page, "id=\"confusions\""));
  CHECK_FALSE(holds(page, "id=\"calibration\""));
  CHECK(holds(page, "Nothing was skipped"));
}

TEST_CASE("a run that has done nothing yet has a page", "[report]") {
  RunFacts facts;
  facts.name = "new";
  CHECK(holds(page_of(facts), "No step was reported yet"));
}

TEST_CASE("a page of label sets has average precisions and no confusion matrix", "[report]") {
  const std::string page = page_of(example_label_sets());
  CHECK(holds(page, "average precision"));
  CHECK(holds(page, "data-label=\"3\"><bdi>two people</bdi></button>"));
  CHECK_FALSE(holds(page, "id=\"matrix\""));
  CHECK(data_of(page)["cells"].empty());
}

TEST_CASE("settings that differ from their defaults are marked", "[report]") {
  const std::string page = page_of(example_run({}));
  CHECK(holds(page, "<code>width</code> <span class=\"tag\">changed</span>"));
  CHECK(holds(page, "<code>clip_frames</code></th>"));
}

TEST_CASE("names of any bytes are text in a page", "[report]") {
  const std::string page = page_of(hostile_run());
  const Json data = data_of(page);
  const std::vector<std::string> names = hostile_names();
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(data["labels"][i] == shown_text(names[i]));
  CHECK_FALSE(holds(page, "<img src=x"));
  CHECK_FALSE(holds(page, "<script>document"));
  CHECK(holds(page, "not \xEF\xBF\xBD\xEF\xBF\xBD utf \xEF\xBF\xBD( 8"));
}

TEST_CASE("a name that is not shown as it is leads to its file all the same", "[report]") {
  RunFacts facts = four_videos();
  facts.videos[2].path = "/videos/a/\xFF?.mp4";
  const Json data = data_of(page_of(facts));
  CHECK(data["videos"][data["lists"]["worst"][0].get<std::size_t>()]["url"] == "file:///videos/a/%FF%3F.mp4");
}

TEST_CASE("a page of very many videos is bounded, and says what it leaves out", "[report]") {
  RunFacts facts = example_run({.videos = 30'000, .classes = 500});
  for (EvaluatedVideo& one : facts.videos) one.path += std::string(180, 'x');
  const std::string page = page_of(facts);
  CHECK(page.size() < kMostPageBytes);
  CHECK(holds(page, "of 30000 videos are not listed"));
  CHECK(data_of(page)["videos"].size() < facts.videos.size());
}

TEST_CASE("a page stays bounded where names are markup, which takes more room in it", "[report]") {
  RunFacts facts = example_run({.videos = 30'000, .classes = 500});
  for (EvaluatedVideo& one : facts.videos) one.path += std::string(180, '<');
  CHECK(page_of(facts).size() < kMostPageBytes);
}

TEST_CASE("the matrix of very many classes is bounded: its cells with the most videos stay", "[report]") {
  RunFacts facts = four_videos();
  facts.labels.clear();
  for (int i = 0; i < 1000; ++i) facts.labels.push_back(std::to_string(i));
  for (int truth = 0; truth < 1000; ++truth) {
    for (int seen = 0; seen < 250; ++seen) facts.videos.push_back(video("v", truth, 0.1, seen, 0.5));
  }
  const Json data = data_of(page_of(facts));
  CHECK(data["cells"].size() == 200'000);
  CHECK(data["cells"][1] == parse_json("[0,1,3]"));
  CHECK(data["counts"][0] == 253);
}

TEST_CASE("the page of labelled videos begins with the least certain, and says what failed", "[report]") {
  const LabelFacts facts = example_labels();
  const std::string page = labels_page(facts, Thumbnails());
  const Json data = data_of(page);
  const std::size_t first = least_certain_first(facts).front();
  const std::string name = facts.videos[first].path.native();
  CHECK(name.ends_with(names_of(data, "least").front()));
  CHECK(holds(page, "it is a text file"));
  CHECK(data["videos"].size() == facts.videos.size() - 1);
}

TEST_CASE("labelled videos with heat are the least certain, for two labels, and the most certain",
          "[report]") {
  LabelFacts facts = example_labels();
  const std::vector<std::size_t> order = least_certain_first(facts);
  const auto label = [&](std::size_t place, std::size_t rank) {
    return static_cast<std::size_t>(facts.videos[place].labels[rank].first);
  };
  const std::vector<HeatVideo> chosen = choose_heat(facts);
  REQUIRE(chosen.size() == kUncertainWithHeat + kCertainWithHeat);
  CHECK(chosen.front().path == facts.videos[order.front()].path);
  CHECK(chosen.front().labels == std::vector{label(order.front(), 0), label(order.front(), 1)});
  CHECK(chosen[kUncertainWithHeat].path == facts.videos[order.back()].path);
  CHECK(chosen[kUncertainWithHeat].labels == std::vector{label(order.back(), 0)});
  // One label each, one of standard input, one video alone.
  for (LabelledVideo& video : facts.videos)
    video.labels.resize(std::min<std::size_t>(1, video.labels.size()));
  facts.videos[order.front()].path.clear();
  CHECK(choose_heat(facts).front().path == facts.videos[order[1]].path);
  CHECK(choose_heat(facts).front().labels.size() == 1);
  facts.videos = {facts.videos[order[1]]};
  CHECK(choose_heat(facts).size() == 1);
  facts.videos.clear();
  CHECK(choose_heat(facts).empty());
}

TEST_CASE("the page of labelled videos says of which label heat is, or why there is none", "[report]") {
  LabelFacts facts = example_labels();
  CHECK_FALSE(holds(labels_page(facts, Thumbnails()), "Grad-CAM"));
  const std::vector<std::size_t> order = least_certain_first(facts);
  facts.videos[order.front()].heat = {{1, 3, 18, false, "QUJD"}};
  facts.videos[order.back()].no_heat = "it is <gone>";
  const std::string page = labels_page(facts, Thumbnails());
  CHECK(holds(page, "Grad-CAM"));
  const Json data = data_of(page);
  CHECK(data["heat"][0] == "QUJD");
  const auto card = [&](const char* list) {
    return data["videos"][data["lists"][list][0].get<std::size_t>()];
  };
  CHECK(card("least")["heat"][0]["label"] == 1);
  CHECK(card("most")["no_heat"] == "No heat: it is <gone>");
}

}  // namespace
}  // namespace c3d
