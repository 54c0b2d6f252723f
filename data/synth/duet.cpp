#include "data/synth/duet.h"

namespace c3d::synth {
namespace {

using enum Angle;

constexpr float kStride = 0.82F;  // a cycle of walking, heights
constexpr std::size_t kRightHand = 1;

// Rises from 0 to 1 between the first two times, falls back between the last two.
float bump(float t, float rise, float full, float fall, float end) {
  return eased((t - rise) / (full - rise)) * (1 - eased((t - fall) / (end - fall)));
}

// One of the two while a moment is put together: where it is on the line, and its angles.
struct Dancer {
  Pose pose;
  float x = 0, lane = 0;      // on the line, and beside it
  float gone = 0, speed = 0;  // along its own facing: heights, heights a second
  float turned = 0;           // degrees away from the other
  bool runs = false;
  std::array<Reach, 2> reach{};  // targets in the coordinates of the line
};

// Both walk until the gap is `to`; x is -gap/2 and +gap/2.
struct Walk {
  float from, to, begin, end;
  float gap(float t) const { return mix(from, to, eased((t - begin) / (end - begin))); }
};

class Choreography {
 public:
  Choreography(const Duet& duet, float seconds) : duet_(duet), t_(seconds - duet.start) {}

  DuetMoment moment() {
    act();
    DuetMoment moment;
    for (std::size_t i = 0; i < 2; ++i) moment.stances[i] = stance(i);
    moment.handed_over = eased((t_ - 0.5F) / 0.1F);
    return moment;
  }

 private:
  float stature(std::size_t i) const { return duet_.builds[i].stature; }
  float inward(std::size_t i) const { return i == 0 ? 1.0F : -1.0F; }
  Vec3 at(std::size_t i, float height, float inwards = 0, float lane = 0) const {
    return {dancers_[i].x + inwards * inward(i), height * stature(i), dancers_[i].lane + lane};
  }
  float usual(float gap) const { return duet_.gap > 0 ? duet_.gap : gap; }

  void walk(const Walk& walk) {
    constexpr float kStep = 0.05F;
    const float gap = walk.gap(t_), speed = (walk.gap(t_ + kStep) - gap) / kStep;
    for (std::size_t i = 0; i < 2; ++i) {
      dancers_[i].x = -inward(i) * gap / 2;
      dancers_[i].gone = (walk.from - gap) / 2;
      dancers_[i].speed = -speed / 2;
    }
  }
  void step_back(std::size_t i, float distance, float begin, float end) {
    const float share = eased((t_ - begin) / (end - begin));
    dancers_[i].x -= inward(i) * distance * share;
    dancers_[i].gone -= distance * share;
    if (t_ > begin && t_ < end) dancers_[i].speed = -1.6F * distance / (end - begin);
  }
  void reach(std::size_t who, std::size_t hand, Vec3 target, float share) {
    dancers_[who].reach[hand] = {target, share};
  }

  void act() {
    switch (duet_.name) {
      case DuetName::approach:
        return walk({usual(1.9F), 0.55F, -0.2F, 1.5F});
      case DuetName::part:
        return part();
      case DuetName::shake_hands:
        return shake_hands();
      case DuetName::hug:
        return hug();
      case DuetName::kick_other:
        return kick();
      case DuetName::punch_other:
        return punch();
      case DuetName::push_other:
        return push();
      case DuetName::point_at_other:
        return point();
      case DuetName::high_five:
        return high_five();
      case DuetName::walk_past:
        return walk_past();
      case DuetName::chase:
        return chase();
      case DuetName::hand_over:
        return hand_over();
    }
  }

  void part() {
    walk({0.45F, 1.9F, 0.1F, 1.7F});
    for (std::size_t i = 0; i < 2; ++i) {
      dancers_[i].turned = inward(i) * 180 * eased(t_ / 0.45F);
      dancers_[i].gone = -dancers_[i].gone;
      dancers_[i].speed = -dancers_[i].speed;
    }
  }

  void shake_hands() {
    walk({usual(1.0F), 0.58F, 0, 0.5F});
    const float share = bump(t_, 0.1F, 0.5F, 1.5F, 1.8F);
    const float shaking = t_ > 0.5F && t_ < 1.5F ? 0.035F * sine(3.2F * (t_ - 0.5F)) : 0;
    for (std::size_t i = 0; i < 2; ++i) {
      reach(i, kRightHand, {-0.012F * inward(i), 0.58F + shaking * duet_.vigour, 0}, share);
      dancers_[i].pose[spine] += 7 * share;
      dancers_[i].pose[lean] += 3 * share;
    }
  }

  void hug() {
    walk({usual(0.95F), 0.2F, 0, 0.65F});
    const float open = bump(t_, 0, 0.35F, 0.45F, 0.7F), share = bump(t_, 0.3F, 0.7F, 1.7F, 2.1F);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t other = 1 - i;
      const float high = i == 0 ? 0.76F : 0.66F;
      for (std::size_t hand = 0; hand < 2; ++hand) {
        const float lane = (hand == 0 ? -1.0F : 1.0F) * inward(i) * 0.07F;
        reach(i, hand, at(other, hand == 0 ? high : high - 0.05F, -0.085F, lane), share);
      }
      Pose& pose = dancers_[i].pose;
      for (const Angle arm : {left_arm, right_arm}) pose[arm] += 72 * open;
      for (const Angle out : {left_out, right_out}) pose[out] += 26 * open;
      pose[spine] += 10 * share;
      pose[side] += (i == 0 ? 7.0F : 4.0F) * share;
      pose[nod] += 12 * share;
    }
  }

  void kick() {
    const float gap = usual(0.78F);
    walk({gap + 0.15F, gap, -0.1F, 0.3F});
    const float swing = (86 + 10 * duet_.aim) * duet_.vigour;
    const float back = bump(t_, 0.05F, 0.28F, 0.28F, 0.48F), out = bump(t_, 0.28F, 0.5F, 0.56F, 0.95F);
    Pose& pose = dancers_[0].pose;
    pose[right_leg] += -32 * back + swing * out;
    pose[right_knee] +=
        80 * back + 40 * bump(t_, 0.25F, 0.36F, 0.4F, 0.52F) + 35 * bump(t_, 0.56F, 0.7F, 0.75F, 0.95F);
    pose[left_leg] += 8 * back - 8 * out;
    pose[left_knee] += 16 * (back + out);
    pose[lean] += 5 * back - 14 * out;
    pose[spine] += 10 * back + 12 * out;
    pose[left_arm] += -25 * back + 45 * out;
    pose[right_arm] += 30 * back - 35 * out;
    pose[left_out] += 28 * out;
    pose[right_out] += 28 * out;
    suffer(0.48F, 0.14F, 26, 20);
  }

  // The other gives way from a blow at `hit`: folds forward where it is low, backward where it is high.
  void suffer(float hit, float distance, float fold, float arms) {
    const float share = bump(t_, hit - 0.02F, hit + 0.2F, hit + 0.35F, hit + 0.9F) * duet_.vigour;
    step_back(1, distance * duet_.vigour, hit, hit + 0.45F);
    Pose& pose = dancers_[1].pose;
    const float way = duet_.aim > 0.2F ? -0.8F : 1;
    pose[spine] += way * fold * share;
    pose[lean] -= 9 * share;
    pose[nod] += (way < 0 ? -14.0F : 8.0F) * share;
    for (const Angle arm : {left_arm, right_arm}) pose[arm] += arms * share;
    for (const Angle elbow : {left_elbow, right_elbow}) pose[elbow] += 45 * share;
    for (const Angle knee : {left_knee, right_knee}) pose[knee] += 18 * share;
  }

  void punch() {
    const float gap = usual(0.68F);
    walk({gap + 0.1F, gap - 0.12F, 0, 0.36F});
    const float wind = bump(t_, 0, 0.24F, 0.26F, 0.4F), out = bump(t_, 0.26F, 0.4F, 0.46F, 0.75F);
    const float guard = bump(t_, 0, 0.22F, 0.6F, 0.95F);
    Pose& pose = dancers_[0].pose;
    pose[right_arm] += -38 * wind + 20 * guard;
    pose[right_elbow] += 110 * wind + 60 * guard * (1 - out);
    pose[right_out] += 18 * wind;
    pose[left_arm] += 40 * guard;
    pose[left_elbow] += 85 * guard;
    pose[twist] += -26 * wind + 30 * out;
    pose[spine] += 4 * wind + 12 * out;
    pose[lean] += 10 * out;
    pose[left_leg] += 20 * guard;
    pose[right_leg] -= 20 * guard;
    pose[left_knee] += 22 * guard;
    pose[right_knee] += 14 * guard;
    reach(0, kRightHand, at(1, duet_.aim > 0.2F ? 0.92F : 0.74F, 0.07F), out);
    suffer(0.39F, 0.12F, 18, 15);
  }

  void push() {
    const float gap = usual(0.8F);
    walk({gap, 0.52F, 0, 0.42F});
    const float draw = bump(t_, 0, 0.22F, 0.26F, 0.42F), out = bump(t_, 0.24F, 0.44F, 0.62F, 1);
    Pose& pose = dancers_[0].pose;
    for (const Angle arm : {left_arm, right_arm}) pose[arm] += 10 * draw + 60 * out;
    for (const Angle elbow : {left_elbow, right_elbow}) pose[elbow] += 110 * draw;
    pose[lean] += 12 * out;
    pose[spine] += 10 * out;
    pose[left_leg] += 24 * out;
    pose[left_knee] += 32 * out;
    pose[right_leg] -= 26 * out;
    for (std::size_t hand = 0; hand < 2; ++hand) {
      const float lane = hand == 0 ? -0.07F : 0.07F;
      const float follow = 0.06F * eased((t_ - 0.44F) / 0.15F);
      reach(0, hand, at(1, 0.76F, 0.08F - follow, lane), out * (1 - eased((t_ - 0.55F) / 0.15F)));
    }
    step_back(1, 0.42F * duet_.vigour, 0.43F, 0.95F);
    const float reel = bump(t_, 0.42F, 0.6F, 0.75F, 1.3F) * duet_.vigour;
    Pose& other = dancers_[1].pose;
    other[lean] -= 17 * reel;
    other[spine] += 8 * bump(t_, 0.42F, 0.5F, 0.55F, 0.8F) - 5 * reel;
    other[nod] += 12 * bump(t_, 0.42F, 0.5F, 0.55F, 0.75F);
    for (const Angle arm : {left_arm, right_arm}) other[arm] += 46 * reel;
    for (const Angle out_angle : {left_out, right_out}) other[out_angle] += 32 * reel;
  }

  void point() {
    walk({usual(1.1F), usual(1.1F), 0, 1});
    const float share = bump(t_, 0.05F, 0.4F, 1.6F, 2);
    Pose& pose = dancers_[0].pose;
    pose[right_arm] += (88 + 12 * duet_.aim) * share;
    pose[right_out] -= 6 * share;
    pose[right_elbow] += 40 * bump(t_, 0.05F, 0.2F, 0.22F, 0.4F) - 18 * share;
    pose[twist] += 14 * share;
  }

  void high_five() {
    walk({usual(0.85F), 0.5F, 0, 0.45F});
    const float raise = bump(t_, 0, 0.28F, 0.6F, 0.9F), hit = bump(t_, 0.28F, 0.46F, 0.5F, 0.75F);
    for (std::size_t i = 0; i < 2; ++i) {
      Pose& pose = dancers_[i].pose;
      pose[right_arm] += 110 * raise;
      pose[right_elbow] += 70 * raise * (1 - hit);
      pose[right_out] += 15 * raise;
      pose[left_arm] -= 12 * raise;
      pose[spine] += 6 * hit;
      reach(i, kRightHand, {-0.015F * inward(i), 1.02F, 0}, hit);
    }
  }

  void walk_past() {
    const float speed = 0.85F, half = usual(1.5F) / 2;
    for (std::size_t i = 0; i < 2; ++i) {
      Dancer& dancer = dancers_[i];
      dancer.gone = speed * (t_ + 0.1F);
      dancer.x = inward(i) * (dancer.gone - half);
      dancer.speed = speed;
      dancer.lane = inward(i) * 0.14F;
    }
  }

  void chase() {
    const float speed = 1.75F, gap = usual(0.65F);
    for (std::size_t i = 0; i < 2; ++i) {
      Dancer& dancer = dancers_[i];
      dancer.gone = speed * (t_ - 0.55F) * (i == 0 ? 1.06F : 1);
      dancer.x = dancer.gone + (i == 0 ? -gap / 2 : gap / 2);
      dancer.speed = speed;
      dancer.runs = true;
      dancer.turned = i == 0 ? 0.0F : 180.0F;
    }
  }

  void hand_over() {
    walk({usual(0.9F), 0.66F, 0, 0.45F});
    const float give = bump(t_, 0.05F, 0.45F, 0.65F, 1), take = bump(t_, 0.15F, 0.5F, 0.7F, 1.1F);
    dancers_[0].pose[spine] += 6 * give;
    dancers_[1].pose[spine] += 6 * take;
    dancers_[0].pose[right_elbow] += 55 * (1 - eased((t_ - 0.6F) / 0.4F));
    dancers_[1].pose[right_elbow] += 60 * eased((t_ - 0.4F) / 0.4F);
    reach(0, kRightHand, {-0.02F, 0.63F, 0}, give);
    reach(1, kRightHand, {0.02F, 0.63F, 0}, take);
  }

  // Legs go as far as the dancer does.
  void add_steps(const Dancer& dancer, const Style& style, Pose& pose) const {
    const Action& gait = action_named(dancer.runs ? ActionName::run : ActionName::walk);
    const float stride = dancer.runs ? gait.travel * gait.period : kStride;
    Style plain;
    plain.swing = style.swing;
    plain.phase = style.phase;
    const Pose steps = pose_of(gait, plain, dancer.gone / stride, 0);
    const float share = limited(std::abs(dancer.speed) / 0.45F);
    for (int i = 0; i < kAngles; ++i) {
      const auto angle = static_cast<Angle>(i);
      const bool arms =
          angle == left_arm || angle == right_arm || angle == left_elbow || angle == right_elbow;
      const bool busy = arms && duet_.name != DuetName::approach && duet_.name != DuetName::part &&
                        duet_.name != DuetName::walk_past && duet_.name != DuetName::chase;
      pose[angle] += share * (busy ? 0.35F : 1) * steps[angle];
    }
  }

  Stance stance(std::size_t i) {
    Dancer& dancer = dancers_[i];
    const Style& style = duet_.styles[i];
    const Rotation turn = yaw(duet_.turn + (duet_.swapped ? 180.0F : 0.0F));
    Stance stance;
    // Who is left-handed does all the other way round; hands that must meet are of one kind.
    const bool left_handed = duet_.styles[0].mirrored;
    stance.pose = left_handed ? dancer.pose.mirrored() : dancer.pose;
    add_steps(dancer, style, stance.pose);
    add_rest(stance.pose, style, t_);
    for (std::size_t hand = 0; hand < 2; ++hand) {
      Reach reach = dancer.reach[left_handed ? 1 - hand : hand];
      if (left_handed) reach.target.z = -reach.target.z;
      reach.target = duet_.middle + turn * reach.target;
      stance.reach[hand] = reach;
    }
    stance.place = duet_.middle + turn * Vec3{dancer.x, 0, dancer.lane};
    stance.facing = duet_.turn + (duet_.swapped ? 180.0F : 0.0F) + inward(i) * 90 + dancer.turned;
    return stance;
  }

  const Duet& duet_;
  float t_;
  std::array<Dancer, 2> dancers_;
};

}  // namespace

Duet draw_duet(Draws& draws, DuetName name) {
  Duet duet;
  duet.name = name;
  for (Build& build : duet.builds) build = draw_build(draws);
  for (Style& style : duet.styles) style = draw_style(draws);
  duet.turn = draws.between(-28, 28);
  if (draws.chance(0.12F)) duet.turn = draws.between(-65, 65);
  duet.swapped = draws.chance(0.5F);
  duet.vigour = draws.between(0.75F, 1.15F);
  duet.aim = draws.between(-1, 1);
  return duet;
}

float lasts(DuetName name) {
  switch (name) {
    case DuetName::approach:
    case DuetName::part:
    case DuetName::walk_past:
      return 1.4F;
    case DuetName::shake_hands:
    case DuetName::hug:
      return 1.2F;
    case DuetName::point_at_other:
      return 0.6F;
    case DuetName::kick_other:
    case DuetName::punch_other:
    case DuetName::push_other:
    case DuetName::high_five:
    case DuetName::chase:
    case DuetName::hand_over:
      break;
  }
  return 0.95F;
}

DuetMoment moment_of(const Duet& duet, float seconds) { return Choreography(duet, seconds).moment(); }

}  // namespace c3d::synth
