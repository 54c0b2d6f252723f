// Handle<T, free>: a unique_ptr over any resource of a C library, freed by that library's own function, which
// may take T* or T** and whose status is ignored (destructors never throw).
#pragma once

#include <memory>

namespace c3d {

template <auto free_function>
struct FreeWith {
  template <typename T>
  void operator()(T* resource) const noexcept {
    // NOLINTBEGIN(cppcoreguidelines-owning-memory): this is the owner
    // T* first: a void* resource would pass as a void** too.
    if constexpr (requires { free_function(resource); }) {
      static_cast<void>(free_function(resource));
    } else {
      static_cast<void>(free_function(&resource));
    }
    // NOLINTEND(cppcoreguidelines-owning-memory)
  }
};

template <typename T, auto free_function>
using Handle = std::unique_ptr<T, FreeWith<free_function>>;

}  // namespace c3d
