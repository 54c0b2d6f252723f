#include "engine/core/clip_spec.h"

namespace c3d {

const char* to_string(ResizeRule rule) { return rule == ResizeRule::short_side ? "short_side" : "stretch"; }

const char* to_string(ShortClips rule) {
  switch (rule) {
    case ShortClips::loop:
      return "loop";
    case ShortClips::repeat:
      return "repeat";
    case ShortClips::skip:
      return "skip";
  }
  return "?";
}

}  // namespace c3d
