// A shared library that is opened while the program runs, for those that few runs need. It stays open until the program ends.
#pragma once

#include <string>
#include <vector>

namespace c3d {

class SharedLibrary {
 public:
  // The first of these files that can be opened. A name without a folder is what the loader finds by it; where the process has a
  // library of that name already, this comes first: two of them would mix. name: for people, "NCCL"; remedy: "install
  // libnccl2". Error: none can; it tells what the loader says of each.
  SharedLibrary(std::string name, const std::string& remedy, const std::vector<std::string>& files);

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
