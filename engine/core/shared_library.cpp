#include "engine/core/shared_library.h"

#include <dlfcn.h>

#include "engine/core/error.h"

namespace c3d {
namespace {

std::string last_loader_error() {
  const char* text = dlerror();
  return text != nullptr ? text : "no reason is given";
}

void* find_loaded(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    if (file.empty() || file.find('/') != std::string::npos) continue;
    if (void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) return library;
  }
  return nullptr;
}

}  // namespace

SharedLibrary::SharedLibrary(std::string name, const std::string& remedy,
                             const std::vector<std::string>& files)
    : name_(std::move(name)), library_(find_loaded(files)) {
  std::string reasons;
  for (const std::string& file : files) {
    if (library_ == nullptr) library_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ != nullptr) return;
    reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", last_loader_error());
  }
  expect(library_ != nullptr, "{} cannot be opened: {}: {}, or name its folder in LD_LIBRARY_PATH", name_,
         reasons, remedy);
}

void* SharedLibrary::address_of(const char* function_name) const {
  void* const found = dlsym(library_, function_name);
  expect(found != nullptr, "{} lacks {}: {}", name_, function_name, last_loader_error());
  return found;
}

}  // namespace c3d
