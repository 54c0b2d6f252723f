// Settings that a run could begin with, and what is said of others.
#pragma once

#include <string>

#include "c3d/training/train_settings.h"
#include "tests/support/message_of.h"

namespace c3d {

inline TrainSettings usable() {
  TrainSettings settings;
  settings.data = "/videos";
  return settings;
}

// "no error" of settings that can be used.
inline std::string complaint(const TrainSettings& settings) {
  return message_of([&] { check_settings(settings); });
}

}  // namespace c3d
