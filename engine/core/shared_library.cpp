#include "engine/core/shared_library.h"

#include <dlfcn.h>

#include "engine/core/error.h"

namespace c3d {
namespace {

std::string last_loader_error() {
  const char* text = dlerror();
  return text != nullptr ? text : "no reason is given";
}

}  // namespace

SharedLibrary::SharedLibrary(std::string name, const std::string& package, const std::string& file,
                             const std::string& other_file)
    : name_(std::move(name)), library_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (library_ != nullptr) return;
  const std::string reason = last_loader_error();
  library_ = dlopen(other_file.c_str(), RTLD_NOW | RTLD_LOCAL);
  expect(library_ != nullptr,
         "{} cannot be opened: {}; {}: install {}, or name its folder in LD_LIBRARY_PATH", name_, reason,
         last_loader_error(), package);
}

void* SharedLibrary::address_of(const char* function_name) const {
  void* const found = dlsym(library_, function_name);
  expect(found != nullptr, "{} lacks {}: {}", name_, function_name, last_loader_error());
  return found;
}

}  // namespace c3d
