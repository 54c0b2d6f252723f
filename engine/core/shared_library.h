// A shared library that is opened while the program runs, for those that few runs need. It stays open until the program ends.
#pragma once

#include <string>

namespace c3d {

class SharedLibrary {
 public:
  // The first of two files that can be opened. name: for people, "NCCL"; package: what installs it. Error: neither can.
  SharedLibrary(std::string name, const std::string& package, const std::string& file,
                const std::string& other_file);

  // Error: the library lacks it.
  template <typename Function>
  void find(const char* function_name, Function& function) const {
    function = reinterpret_cast<Function>(address_of(function_name));
  }

 private:
  void* address_of(const char* function_name) const;

  std::string name_;
  void* library_ = nullptr;
};

}  // namespace c3d
