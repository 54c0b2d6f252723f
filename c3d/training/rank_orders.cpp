#include "c3d/training/rank_orders.h"

#include "engine/core/error.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

constexpr const char* kStopped = "stopped";

}  // namespace

std::optional<RankOrders> share_orders(Communicator& ranks, const std::optional<RankOrders>& of_lead) {
  if (ranks.is_alone()) return of_lead;
  std::string text;
  if (ranks.leads() && of_lead) {
    text = dump_json(nlohmann::json{{"settings", settings_json(of_lead->settings)},
                                    {"mean", fmt::format("{}", fmt::join(of_lead->mean, ","))},
                                    {"videos", of_lead->videos}});
  }
  text = broadcast_text(ranks, text);
  if (ranks.leads() || text.empty()) return of_lead;
  const auto json = parse_json(text);
  RankOrders orders;
  for (const Assignment& assignment :
       parse_settings(json.at("settings").get<std::string>(), "the lead's settings")) {
    assign(orders.settings, assignment);
  }
  orders.mean = parse_mean(json.at("mean").get<std::string>());
  orders.videos = json.at("videos").get<std::string>();
  return orders;
}

bool agree_on_videos(Communicator& ranks, const std::string& fingerprint, bool stopped) {
  const std::vector<std::string> all = ranks.all_gather(stopped ? kStopped : fingerprint);
  for (const std::string& one : all) {
    if (one == kStopped) return false;
  }
  for (int rank = 0; rank < ranks.size(); ++rank) {
    expect(all[static_cast<std::size_t>(rank)] == all.front(),
           "{} sees other videos than {}: their names, sizes or frames differ; see that both read the same "
           "folder, and that none of it is missing there",
           ranks.name_of(rank), ranks.name_of(0));
  }
  return true;
}

std::string device_of(const Communicator& ranks, const std::string& device, int cards) {
  const bool chooses = device == "auto" || device == "cuda";
  if (ranks.is_alone() || !chooses || cards == 0) return device;
  return fmt::format("cuda:{}", ranks.local_rank() % cards);
}

}  // namespace c3d
