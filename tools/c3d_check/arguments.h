// The request of c3d_check's command line.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/check.h"

namespace c3d {

struct CheckArguments {
  std::filesystem::path data;
  CheckOptions options;
  std::vector<SettingValue> flags;
  std::vector<std::string> set;  // "key=value", over the flags
  std::string json;              // a path, - or nothing

  bool prints_json() const { return json == "-"; }
};

void add_check_options(CLI::App& app, CheckArguments& arguments);
// The options of the library, with all that was given.
CheckOptions check_options(const CheckArguments& arguments);

}  // namespace c3d
