// report.html as c3d_train leaves it, and the files it is made of, against each other and the metrics.
#include <algorithm>
#include <sstream>

#include "c3d/report.h"
#include "catch.h"
#include "engine/io/json.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;
using Json = nlohmann::json;

namespace {

Json data_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(start) + start.size();
  return parse_json(page.substr(from, page.find("</script>", from) - from));
}

}  // namespace

TEST_CASE("a run's page names the worst videos that its predictions and metrics have") {
  const Training training;
  Process process = training.start_new("run");
  REQUIRE(process.wait() == 0);
  const auto run = training.run("run");
  CHECK_THAT(process.output(), Catch::Contains("report: " + (run / "report.html").string()));
  const Json evaluation = last_evaluation(run);
  std::vector<Json> lines = json_lines(run / "predictions.jsonl");
  REQUIRE(lines.size() == evaluation["videos"].get<std::size_t>() + 1);
  CHECK(lines[0]["step"] == evaluation["step"]);
  CHECK(lines[0]["split"] == "validation");
  lines.erase(lines.begin());

  double loss = 0;
  std::int64_t right = 0;
  for (const Json& line : lines) {
    loss += line["loss"].get<double>() / static_cast<double>(lines.size());
    right += line["truth"][0]["index"] == line["labels"][0]["index"] ? 1 : 0;
    CHECK(line["clips"] == 2);
    CHECK(line["frames"] == 20);
  }
  CHECK(loss == Approx(evaluation["video_loss"].get<double>()));
  CHECK(static_cast<double>(right) / static_cast<double>(lines.size()) ==
        Approx(evaluation["top1"].get<double>()));

  std::ranges::stable_sort(lines, [](const Json& a, const Json& b) {
    return a["truth"][0]["probability"].get<double>() < b["truth"][0]["probability"].get<double>();
  });
  const Json data = data_of(read_text(run / "report.html"));
  const std::string root = data["root"].get<std::string>().substr(std::string("file://").size());
  REQUIRE(data["lists"]["worst"].size() == std::min<std::size_t>(12, lines.size()));
  for (std::size_t i = 0; i < data["lists"]["worst"].size(); ++i) {
    const Json& video = data["videos"][data["lists"]["worst"][i].get<std::size_t>()];
    CHECK(root + video["name"].get<std::string>() == lines[i]["file"]);
    CHECK(video.contains("strip"));
  }
}

TEST_CASE("the page is there from the first evaluation on") {
  const Training training;
  Process process = training.start_new("run", {"--set", "steps=4000", "--set", "validate_every=2"});
  const auto page = training.run("run") / "report.html";
  Training::wait_until(process, [&] { return std::filesystem::exists(page); });
  REQUIRE(process.running());
  CHECK_THAT(read_text(page), Catch::Contains("Worst and best videos") && Catch::EndsWith("</html>\n"));
  process.send(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
}

TEST_CASE("a run that is killed and resumed leaves the same predictions") {
  const Training training;
  REQUIRE(training.start_new("whole").wait() == 0);
  Process killed = training.start_new("killed");
  training.wait_for_lines(killed, "killed", 4);
  killed.send(SIGKILL);
  killed.wait();
  REQUIRE(training.start("killed", {"--resume"}).wait() == 0);
  for (const char* file : {"predictions.jsonl", "best_predictions.jsonl", "skipped.jsonl"}) {
    CHECK(read_text(training.run("killed") / file) == read_text(training.run("whole") / file));
  }
}

TEST_CASE("a page is about the evaluation whose weights are the best") {
  const Training training;
  REQUIRE(training.start_new("run").wait() == 0);
  const auto run = training.run("run");
  const auto page_of_step = [&](const std::string& step) {
    std::string predictions = read_text(run / "predictions.jsonl");
    const std::string last = "\"step\":9";
    REQUIRE(predictions.find(last) != std::string::npos);
    predictions.replace(predictions.find(last), last.size(), "\"step\":" + step);
    write_file(run / "best_predictions.jsonl", predictions);
    write_report(run);
    return read_text(run / "report.html");
  };
  CHECK_THAT(page_of_step("5"), Catch::Contains("After step 5, ordered"));
  CHECK_THAT(page_of_step("7"), Catch::Contains("After step 9, ordered"));  // what no evaluation is of
}

TEST_CASE("a run of one epoch without validation has a page") {
  const Training training;
  Process process = training.start_new("run", {"--set", "validation_share=0", "--set", "steps=2"});
  REQUIRE(process.wait() == 0);
  CHECK_THAT(read_text(training.run("run") / "report.html"), Catch::Contains("Nothing was evaluated"));
  CHECK_FALSE(std::filesystem::exists(training.run("run") / "predictions.jsonl"));
}

TEST_CASE("what a run went without stands in its page with the reason") {
  const Training training;
  training.scratch.write("videos/dark/broken.mp4", "no video");
  training.scratch.write("videos/dark/notes.txt", "no video by name");
  REQUIRE(training.start_new("run").wait() == 0);
  const std::vector<Json> lines = json_lines(training.run("run") / "skipped.jsonl");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["file"] == (training.scratch / "videos/dark/broken.mp4").string());
  CHECK(lines[0]["when"] == "before training");
  CHECK_FALSE(lines[0]["why"].get<std::string>().empty());
  CHECK_THAT(lines[1]["note"].get<std::string>(), Catch::Contains("no videos by name"));
  CHECK_THAT(read_text(training.run("run") / "report.html"), Catch::Contains("broken.mp4</a>"));
}

TEST_CASE("a page that cannot be written is one note and ends no run") {
  const Training training;
  for (const char* file : {"report.html", "predictions.jsonl"}) {
    std::filesystem::create_directories(training.run("run") / file);
  }
  Process process = training.start_new("run");
  const int status = process.wait();
  const std::string output = process.output();
  INFO(output);
  CHECK(status == 0);
  for (const std::string note :
       {"note: report.html was not written", "note: predictions.jsonl was not written"}) {
    const std::size_t first = output.find(note);
    REQUIRE(first != std::string::npos);
    CHECK(output.find(note, first + 1) == std::string::npos);
  }
  CHECK(output.find("\nreport: ") == std::string::npos);  // where there is none
}

TEST_CASE("a page is there where a file beside it cannot be written, and says the same") {
  const Training training;
  training.scratch.write("videos/dark/broken.mp4", "no video");
  for (const char* file : {"skipped.jsonl", ".thumbnails.jsonl"}) {
    std::filesystem::create_directories(training.run("run") / file);
  }
  Process process = training.start_new("run");
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("note: skipped.jsonl was not written") &&
                                   Catch::Contains("note: .thumbnails.jsonl was not written") &&
                                   !Catch::Contains("note: report.html was not written"));
  CHECK_THAT(read_text(training.run("run") / "report.html"), Catch::Contains("broken.mp4</a>"));
}

TEST_CASE("a run that an error ends has a page, which says the error") {
  const Training training;
  Process process = training.start_new("run", {"--set", "learning_rate=1e6", "--set", "clip_norm=0", "--set",
                                               "warmup_steps=0", "--set", "steps=60"});
  CHECK(process.wait() == 1);
  CHECK_THAT(read_text(training.run("run") / "report.html"),
             Catch::Contains("The run ended early.</strong> training stopped in step") &&
                 Catch::Contains("not finite") && Catch::Contains("id=\"curves\""));
}

TEST_CASE("a page is written anew of the folder alone, also where videos are gone") {
  const Training training;
  REQUIRE(training.start_new("run").wait() == 0);
  const auto run = training.run("run");
  const Json before = data_of(read_text(run / "report.html"));
  std::filesystem::remove_all(training.scratch / "videos");
  std::filesystem::remove(run / "report.html");
  CHECK(write_report(run) == run / "report.html");
  const Json after = data_of(read_text(run / "report.html"));
  CHECK(after["lists"] == before["lists"]);
  CHECK(after["strips"] == before["strips"]);

  std::filesystem::remove(run / ".thumbnails.jsonl");
  write_report(run);
  const Json without = data_of(read_text(run / "report.html"));
  CHECK(without["strips"].empty());
  CHECK_THAT(without["videos"][0]["why"].get<std::string>(), Catch::StartsWith("No picture: "));
  CHECK_THROWS_AS(write_report(training.scratch / "nothing"), Error);
}

TEST_CASE("a page shows where the best network looks in the worst video for each label that was at stake") {
  const Training training;
  Process process = training.start_new("run");
  REQUIRE(process.wait() == 0);
  INFO(process.output());
  const auto run = training.run("run");
  const auto worst = [](const Json& data) {
    return data["videos"][data["lists"]["worst"][0].get<std::size_t>()];
  };
  const Json data = data_of(read_text(run / "report.html"));
  const Json video = worst(data);
  std::vector<std::size_t> labels{video["seen"][0][0]};
  if (video["truth"][0][0] != video["seen"][0][0]) labels.push_back(video["truth"][0][0]);
  REQUIRE(video["heat"].size() == labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Json& heat = video["heat"][i];
    CHECK(heat["label"] == labels[i]);
    CHECK(heat["first"] == 2);
    CHECK(heat["last"] == 17);
    CHECK_FALSE(data["heat"][heat["picture"].get<std::size_t>()].get<std::string>().empty());
  }

  // Anew of the folder alone, and by a run that goes on, whose weights stay as they are.
  std::filesystem::remove(run / "report.html");
  write_report(run);
  CHECK(worst(data_of(read_text(run / "report.html"))) == video);
  const std::string best = read_text(run / "best.safetensors");
  REQUIRE(training.start("run", {"--resume"}).wait() == 0);
  const Json after = data_of(read_text(run / "report.html"));
  CHECK(worst(after)["heat"] == video["heat"]);
  CHECK(after["heat"][0] == data["heat"][0]);
  CHECK(read_text(run / "best.safetensors") == best);
}

TEST_CASE("heat that cannot be made or kept is a note and ends no run") {
  const Training training;
  std::filesystem::create_directories(training.run("run") / ".heat.jsonl");
  Process process = training.start_new("run");
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("note: .heat.jsonl was not written"));
  CHECK_THAT(read_text(training.run("run") / "report.html"), Catch::Contains("\"heat\":[{\"label\":"));
}

TEST_CASE("a video whose name is no UTF-8 stands in the page as text and leads to its file") {
  const Training training;
  for (int i = 0; i < 4; ++i) {
    for (const char* label : {"dark", "light"}) {
      const auto folder = training.scratch.path() / "videos" / label;
      const std::string name = "v" + std::to_string(i) + ".mp4";
      std::filesystem::rename(folder / name, folder / ("\xFF<b>" + name));
    }
  }
  REQUIRE(training.start_new("run").wait() == 0);
  const Json data = data_of(read_text(training.run("run") / "report.html"));
  REQUIRE_FALSE(data["videos"].empty());
  for (const Json& video : data["videos"]) {
    CHECK_THAT(video["name"].get<std::string>(), Catch::Contains("\xEF\xBF\xBD<b>v"));
    CHECK_THAT(video["url"].get<std::string>(), Catch::Contains("%FF%3Cb%3Ev"));
    CHECK(video.contains("strip"));
  }
}
