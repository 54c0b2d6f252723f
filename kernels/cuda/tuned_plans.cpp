#include "kernels/cuda/tuned_plans.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/core/cache_folder.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

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
  try {
    write_file(file_, nlohmann::json(plans_).dump(1) + "\n");
  } catch (const Error&) {
    file_.clear();  // it only saves time
  }
}

}  // namespace c3d::cuda
