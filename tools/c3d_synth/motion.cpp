#include "tools/c3d_synth/motion.h"

#include "engine/core/error.h"

namespace c3d {

const char* to_string(Motion motion) {
  switch (motion) {
    case Motion::down:
      return "down";
    case Motion::growing:
      return "growing";
    case Motion::left:
      return "left";
    case Motion::right:
      return "right";
    case Motion::shrinking:
      return "shrinking";
    case Motion::turning_left:
      return "turning_left";
    case Motion::turning_right:
      return "turning_right";
    case Motion::up:
      return "up";
  }
  fail("there is no motion number {}", static_cast<int>(motion));
}

Motion parse_motion(const std::string& name) {
  for (const Motion motion : kMotions) {
    if (name == to_string(motion)) return motion;
  }
  fail("'{}' is no motion of the synthetic set", name);
}

Motion opposite(Motion motion) {
  switch (motion) {
    case Motion::down:
      return Motion::up;
    case Motion::growing:
      return Motion::shrinking;
    case Motion::left:
      return Motion::right;
    case Motion::right:
      return Motion::left;
    case Motion::shrinking:
      return Motion::growing;
    case Motion::turning_left:
      return Motion::turning_right;
    case Motion::turning_right:
      return Motion::turning_left;
    case Motion::up:
      return Motion::down;
  }
  fail("there is no motion number {}", static_cast<int>(motion));
}

}  // namespace c3d
