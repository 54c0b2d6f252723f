// Sets a variable of the environment, and gives it back its value at the end. One thread at a time.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace c3d {

class EnvironmentVariable {
 public:
  EnvironmentVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* const before = std::getenv(name_.c_str())) before_ = before;
    set(value);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() {
    if (before_) {
      set(*before_);
    } else {
      remove();
    }
  }

  void set(const std::string& value) { ::setenv(name_.c_str(), value.c_str(), 1); }
  void remove() { ::unsetenv(name_.c_str()); }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace c3d
