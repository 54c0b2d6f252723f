// Reports of checks that never were, for tests of their pages.
#pragma once

#include <cstddef>

#include "c3d/check.h"
#include "c3d/check/check_pictures.h"

namespace c3d {

struct ExampleCheck {
  std::size_t videos = 80, classes = 5;
  std::size_t findings = 3;  // of each kind; there is every kind
  bool hostile = false;      // names are hostile_names()
};
CheckReport example_check(const ExampleCheck& size);
// Of a folder in which no video was found.
CheckReport empty_check();

// As many as a page shows. No file has these names: pictures are made all the same.
FrameStrips example_pictures(const CheckReport& report);

}  // namespace c3d
