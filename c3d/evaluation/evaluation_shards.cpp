#include "c3d/evaluation/evaluation_shards.h"

#include <memory>
#include <utility>

#include "c3d/common/bad_request.h"
#include "c3d/inference/result_file.h"
#include "c3d/inference/shards/merge.h"
#include "c3d/inference/shards/shard_file.h"
#include "engine/io/file_lock.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::string judged_line(const VideoResult& result) {
  ordered_json line;
  line["file"] = json_name(result.file);
  line["status"] = result.ok() ? "ok" : "failed";
  if (!result.ok()) line["error"] = result.error;
  line["frames"] = result.frames;
  line["probabilities"] = result.clip_probabilities;
  return dump_json(line);
}

VideoResult judged_video(const fs::path& whole, const ordered_json& line) try {
  VideoResult result;
  result.file = get_name(line, "file");
  result.error = line.value("error", "");
  result.frames = line.at("frames").get<std::int64_t>();
  result.clip_probabilities = line.at("probabilities").get<std::vector<std::vector<float>>>();
  return result;
} catch (const ordered_json::exception& error) {
  refuse("{}: a line of its shards is none of this version's: {}", whole, error.what());
}

std::string list_of(const std::vector<Input>& inputs) {
  NameList list;
  for (const Input& input : inputs) list.add(input.name);
  return list.text();
}

}  // namespace

class JudgedShard::Implementation {
 public:
  Implementation(const EvaluationRequest& request, const std::vector<Input>& inputs, const Recipe& recipe)
      : path_(shard_path(request.json, *request.shard)),
        plan_(plan_shard({.videos = inputs, .several = true, .standard_input = {}}, *request.shard,
                         request.division, [](std::int64_t, std::int64_t) {})),
        recipe_(recipe),
        lock_(lock_file_of(path_), printable(path_.native())),
        file_(path_) {}

  const fs::path& path() const { return path_; }
  const ShardPlan& plan() const { return plan_; }
  void add(const VideoResult& result) { file_.add(next_++, judged_line(result)); }
  void finish() {
    file_.finish([&](std::uint32_t sum) {
      return shard_line(plan_, {.labels = recipe_, .features = {}, .explanation = {}}, sum);
    });
  }

 private:
  fs::path path_;
  ShardPlan plan_;
  Recipe recipe_;
  FileLock lock_;
  ResultFile file_;
  std::size_t next_ = 0;
};

JudgedShard::JudgedShard(const EvaluationRequest& request, const std::vector<Input>& inputs,
                         const Recipe& recipe)
    : implementation_(std::make_unique<Implementation>(request, inputs, recipe)) {}
JudgedShard::~JudgedShard() = default;
const fs::path& JudgedShard::path() const { return implementation_->path(); }
const ShardPlan& JudgedShard::plan() const { return implementation_->plan(); }
void JudgedShard::add(const VideoResult& result) { implementation_->add(result); }
void JudgedShard::finish() { implementation_->finish(); }

void read_judged(const EvaluationRequest& request, const std::vector<Input>& inputs, const Recipe& recipe,
                 const std::function<void(const VideoResult&)>& video) {
  const auto check = [&](const ShardFacts& facts) {
    expect_request(facts.plan.list == list_of(inputs),
                   "{}: its shards are of another list ({} videos) than {} ({}): give the list that they had",
                   request.json, facts.plan.videos, request.data, inputs.size());
    if (facts.recipes.labels == recipe) return;
    refuse("{}: its shards were judged in another way: {}: give the options that they had", request.json,
           difference({.recipe = facts.recipes.labels, .source = {}}, {.recipe = recipe, .source = {}}));
  };
  read_shards(request.json, check,
              [&](const ordered_json& line) { video(judged_video(request.json, line)); });
}

}  // namespace c3d
