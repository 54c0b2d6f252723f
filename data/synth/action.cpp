#include "data/synth/action.h"

namespace c3d::synth {
namespace {

float track_value(const Track& track, float seconds) {
  TrackPoint from{0, track.points[0].seconds > 0 ? 0 : track.points[0].degrees};
  bool first = true;
  for (const TrackPoint& to : track.points) {
    if (!first && to.seconds <= from.seconds) break;
    if (seconds < to.seconds) {
      return mix(from.degrees, to.degrees, eased((seconds - from.seconds) / (to.seconds - from.seconds)));
    }
    from = to;
    first = false;
  }
  return from.degrees;
}

// Whole-body angles are places, not gestures: a style leaves them as they are.
bool is_exact(Angle angle) {
  return angle == Angle::turn || angle == Angle::lean || angle == Angle::sway || angle >= Angle::air;
}

}  // namespace

Style draw_style(Draws& draws) {
  Style style;
  style.swing = draws.between(0.8F, 1.25F);
  style.track = draws.between(0.9F, 1.1F);
  style.phase = draws.uniform();
  for (int i = 0; i < kAngles; ++i) {
    const auto angle = static_cast<Angle>(i);
    const float offset = draws.between(-5, 5);
    if (!is_exact(angle)) style.offset[static_cast<std::size_t>(i)] = offset;
  }
  for (const Angle elbow : {Angle::left_elbow, Angle::right_elbow}) {
    style.offset[static_cast<std::size_t>(elbow)] = draws.between(4, 22);
  }
  for (const Angle out : {Angle::left_out, Angle::right_out}) {
    style.offset[static_cast<std::size_t>(out)] = draws.between(3, 14);
  }
  style.breath = draws.between(0.3F, 1.5F);
  style.breath_phase = draws.uniform();
  style.mirrored = draws.chance(0.5F);
  return style;
}

Pose pose_of(const Action& action, const Style& style, float cycle, float seconds) {
  Pose pose;
  for (const Swing& swing : action.swings) {
    const float sway = swing.amplitude * sine(swing.cycles * (cycle + style.phase) + swing.phase);
    pose[swing.angle] += swing.mean + style.swing * sway;
  }
  for (const Track& track : action.tracks) {
    const float share = is_exact(track.angle) ? 1 : style.track;
    pose[track.angle] += share * track_value(track, seconds);
  }
  return style.mirrored ? pose.mirrored() : pose;
}

void add_rest(Pose& pose, const Style& style, float seconds) {
  for (int i = 0; i < kAngles; ++i) {
    pose[static_cast<Angle>(i)] += style.offset[static_cast<std::size_t>(i)];
  }
  const float slow = sine(0.4F * seconds + style.breath_phase),
              other = sine(0.27F * seconds + style.breath_phase);
  pose[Angle::spine] += 1.2F * style.breath * slow;
  pose[Angle::side] += 1.5F * style.breath * other;
  pose[Angle::look] += 4 * style.breath * other;
  pose[Angle::left_arm] += 2 * style.breath * slow;
  pose[Angle::right_arm] -= 2 * style.breath * other;
}

}  // namespace c3d::synth
