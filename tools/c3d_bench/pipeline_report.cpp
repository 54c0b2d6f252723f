#include <fmt/format.h>

#include "c3d/common/machine.h"
#include "engine/io/json.h"
#include "tools/c3d_bench/pipeline_bench.h"

namespace c3d {
namespace {

std::string line(const char* stage, const StageRate& rate) {
  return fmt::format("{:<11} {:>10.0f} {:>10.1f}\n", stage, rate.frames_per_second, rate.clips_per_second);
}

nlohmann::ordered_json to_json(const StageRate& rate) {
  return {{"frames_per_second", rate.frames_per_second}, {"clips_per_second", rate.clips_per_second}};
}

}  // namespace

std::string pipeline_table(const PipelineTimes& times) {
  const bool computes = times.readers_that_feed > 0;
  std::string text = fmt::format("{}\n", machine_name());
  if (computes) text += fmt::format("{}, {}, batch {}\n", times.device, times.precision, times.batch);
  text += fmt::format("{} videos, {} frames, {} clips", times.videos, times.frames, times.clips);
  if (!times.failed.empty()) text += fmt::format("; {} videos that fail are left out", times.failed.size());
  text += fmt::format("\n{:<11} {:>10} {:>10}\n", "", "frames/s", "clips/s");
  text += line("decode", times.decode) + line("resize", times.resize) + line("one reader", times.one_reader);
  if (computes) text += line("upload", times.upload) + line("network", times.network);
  text += line("whole", times.whole);
  text += fmt::format("the whole: {} reader{} (decoding: {}), {:.2f} s, {:.2f} times what one reader reads\n",
                      times.readers, times.readers == 1 ? "" : "s", times.decoder, times.whole_seconds,
                      times.whole.frames_per_second / times.one_reader.frames_per_second);
  if (computes) {
    text += fmt::format("{} reader{} on processors of their own feed the network\n", times.readers_that_feed,
                        times.readers_that_feed == 1 ? "" : "s");
    text += fmt::format(
        "waits of {} batches: {} for clips, {:.2f} s; {} of them while a batch of later videos was there\n",
        times.waits.batches, times.waits.waits, times.waits.wait_seconds, times.waits.waits_with_a_batch);
  }
  return text;
}

std::string pipeline_json(const PipelineTimes& times, const std::string& command) {
  nlohmann::ordered_json json{{"command", command}, {"machine", machine_name()}, {"commit", commit()}};
  const bool computes = times.readers_that_feed > 0;
  if (computes) {
    json["device"] = times.device;
    json["precision"] = times.precision;
  }
  json["decoder"] = times.decoder;
  json["batch"] = times.batch;
  json["readers"] = times.readers;
  json["videos"] = times.videos;
  json["frames"] = times.frames;
  json["clips"] = times.clips;
  json["failed"] = nlohmann::ordered_json::array();
  for (const std::filesystem::path& file : times.failed) json["failed"].push_back(file.string());
  json["decode"] = to_json(times.decode);
  json["resize"] = to_json(times.resize);
  json["one_reader"] = to_json(times.one_reader);
  if (computes) {
    json["upload"] = to_json(times.upload);
    json["network"] = to_json(times.network);
  }
  json["whole"] = to_json(times.whole);
  json["whole"]["seconds"] = times.whole_seconds;
  if (!computes) return dump_json(json, 1) + "\n";
  json["readers_that_feed_the_network"] = times.readers_that_feed;
  json["waits"] = {{"batches", times.waits.batches},
                   {"network_waits", times.waits.waits},
                   {"wait_seconds", times.waits.wait_seconds},
                   {"waits_with_a_batch_of_later_videos", times.waits.waits_with_a_batch}};
  return dump_json(json, 1) + "\n";
}

}  // namespace c3d
