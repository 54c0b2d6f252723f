// The message of an error that is expected.
#pragma once

#include <string>

#include "engine/core/error.h"

namespace c3d {

// "no error" where the action throws none.
template <typename Action>
std::string message_of(const Action& action) {
  try {
    static_cast<void>(action());
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace c3d
