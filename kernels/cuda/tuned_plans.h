// Which cuDNN plan was fastest, kept between runs: a JSON file in the user's cache folder, keyed by cuDNN's
// version, the GPU's name and the convolution (op, shapes, types). A file that cannot be read counts as
// empty, one that cannot be written is given up silently: it only saves time. One thread; processes that
// write at the same time keep the last one's file, whole.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace c3d::cuda {

class TunedPlans {
 public:
  // In the user's cache folder; an empty path where there is none: nothing is kept.
  static std::filesystem::path default_file();
  explicit TunedPlans(std::filesystem::path file);

  std::optional<std::string> find(const std::string& key) const;  // a ConvPlan's name
  void remember(const std::string& key, const std::string& plan);

 private:
  std::filesystem::path file_;
  std::map<std::string, std::string> plans_;
};

}  // namespace c3d::cuda
