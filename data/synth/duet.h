// What two people do with each other. Both stand on a line through the middle of the stage; hands find hands
// and bodies by their places, whatever the builds.
#pragma once

#include "data/synth/action.h"

namespace c3d::synth {

enum class DuetName : std::uint8_t {
  approach,
  part,
  shake_hands,
  hug,
  kick_other,
  punch_other,
  push_other,
  point_at_other,
  high_five,
  walk_past,
  chase,
  hand_over
};

struct Duet {
  DuetName name = DuetName::approach;
  std::array<Build, 2> builds;
  std::array<Style, 2> styles;
  Vec3 middle;
  float turn = 0;        // degrees from the line along x
  bool swapped = false;  // who acts: the one on the left, or on the right
  float start = 0;       // of the act, seconds
  float gap = 0;         // between the two at the start, heights; 0: what the act usually has
  float vigour = 1;      // size of gestures
  float aim = 0;         // -1 low to 1 high: where a blow lands
};
Duet draw_duet(Draws& draws, DuetName name);
float lasts(DuetName name);  // seconds from its start until the act is plain

struct DuetMoment {
  std::array<Stance, 2> stances;
  float handed_over = 0;  // the thing of hand_over: 0 in the first's hand, 1 in the second's
};
// The hand that acts: 0 left, 1 right.
inline std::size_t acting_hand(const Duet& duet) { return duet.styles[0].mirrored ? 0 : 1; }
DuetMoment moment_of(const Duet& duet, float seconds);

}  // namespace c3d::synth
