#include "kernels/cuda/tuned_plans.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/core/cache_folder.h"

namespace c3d::cuda {

std::filesystem::path TunedPlans::default_file() {
  const std::filesystem::path folder = user_cache_folder();
  return folder.empty() ? folder : folder / "cudnn_plans.json";
}

TunedPlans::TunedPlans(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream in(file_);
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) return;
  for (const auto& [key, plan] : json.items()) {
    if (plan.is_string()) plans_[key] = plan.get<std::string>();
  }
}

std::optional<std::string> TunedPlans::find(const std::string& key) const {
  const auto found = plans_.find(key);
  return found == plans_.end() ? std::nullopt : std::optional(found->second);
}

void TunedPlans::remember(const std::string& key, const std::string& plan) {
  plans_[key] = plan;
  if (file_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  const std::filesystem::path beside = file_.string() + ".new";
  {
    std::ofstream out(beside);
    out << nlohmann::json(plans_).dump(1) << '\n';
    if (!out.flush()) return;
  }
  std::filesystem::rename(beside, file_, ignored);
}

}  // namespace c3d::cuda
