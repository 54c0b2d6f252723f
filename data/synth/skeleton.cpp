#include "data/synth/skeleton.h"

namespace c3d::synth {
namespace {

constexpr float kThigh = 0.245F, kShin = 0.246F, kFoot = 0.1F, kAnkle = 0.035F;
constexpr float kUpperArm = 0.172F, kForearm = 0.146F, kHand = 0.075F;
constexpr float kHips = 0.052F, kShoulders = 0.118F;  // from the middle
constexpr float kWaist = 0.11F, kChest = 0.19F, kNeck = 0.115F;
constexpr std::size_t kSides = 2;
constexpr int kFromLeftToRight = static_cast<int>(Angle::right_arm) - static_cast<int>(Angle::left_arm);

// The angle of the left side, or its like of the right.
Angle of_side(Angle left, std::size_t side) {
  return static_cast<Angle>(static_cast<int>(left) + static_cast<int>(side) * kFromLeftToRight);
}

Vec3 unit(Vec3 v) {
  const float size = length(v);
  return size > 1e-6F ? 1 / size * v : Vec3{0, -1, 0};
}

// Elbow and wrist of an arm whose wrist goes to the target; the elbow points towards `pole`.
void reach_for(Limbs& arm, Vec3 target, Vec3 pole, float upper, float lower) {
  const Vec3 to = target - arm.upper;
  const float far = std::clamp(length(to), std::abs(upper - lower) + 1e-3F, (upper + lower) * 0.999F);
  const Vec3 axis = unit(to);
  const float along = (upper * upper - lower * lower + far * far) / (2 * far);
  const float aside = std::sqrt(std::max(0.0F, upper * upper - along * along));
  const Vec3 bend = unit(pole - dot(pole, axis) * axis);
  arm.middle = arm.upper + along * axis + aside * bend;
  arm.end = arm.upper + far * axis;
}

void place_arms(Skeleton& body, const Build& build, const Pose& pose, const Rotation& chest) {
  for (std::size_t side = 0; side < kSides; ++side) {
    const float out = side == 0 ? 1 : -1;
    const auto angle = [&](Angle left) { return pose[of_side(left, side)]; };
    Limbs& arm = body.arms[side];
    arm.upper = body.neck + chest * Vec3{out * kShoulders * build.shoulders, -0.025F, 0};
    const Rotation upper = chest * pitch(-angle(Angle::left_arm)) * roll(out * angle(Angle::left_out)) *
                           yaw(-out * angle(Angle::left_in));
    const Rotation lower = upper * pitch(-std::max(0.0F, angle(Angle::left_elbow)));
    arm.middle = arm.upper + upper * Vec3{0, -kUpperArm * build.arms, 0};
    arm.end = arm.middle + lower * Vec3{0, -kForearm * build.arms, 0};
  }
}

void place_legs(Skeleton& body, const Build& build, const Pose& pose, const Rotation& hips) {
  for (std::size_t side = 0; side < kSides; ++side) {
    const float out = side == 0 ? 1 : -1;
    const auto angle = [&](Angle left) { return pose[of_side(left, side)]; };
    Limbs& leg = body.legs[side];
    leg.upper = body.pelvis + hips * Vec3{out * kHips * build.stout, 0, 0};
    const Rotation thigh =
        hips * pitch(-angle(Angle::left_leg)) * roll(out * angle(Angle::left_spread)) * yaw(out * 12);
    const Rotation shin = thigh * pitch(std::max(0.0F, angle(Angle::left_knee)));
    leg.middle = leg.upper + thigh * Vec3{0, -kThigh * build.legs, 0};
    leg.end = leg.middle + shin * Vec3{0, -kShin * build.legs, 0};
    leg.tip = leg.end + shin * Vec3{0, -kAnkle * 0.7F, kFoot};
  }
}

template <typename Change>
void for_each_joint(Skeleton& body, const Change& change) {
  for (Vec3* joint : {&body.pelvis, &body.waist, &body.neck, &body.head, &body.face}) change(*joint);
  for (auto* limbs : {&body.arms, &body.legs}) {
    for (Limbs& limb : *limbs) {
      for (Vec3* joint : {&limb.upper, &limb.middle, &limb.end, &limb.tip}) change(*joint);
    }
  }
}

// The height of the lowest part: soles, or whatever else a fallen body lies on.
float lowest_of(Skeleton& body) {
  float lowest = 10;
  for (const Limbs& leg : body.legs) {
    lowest = std::min({lowest, leg.end.y - kAnkle, leg.tip.y - 0.015F, leg.middle.y - 0.035F});
  }
  for (const Limbs& arm : body.arms) lowest = std::min({lowest, arm.end.y - 0.02F, arm.middle.y - 0.025F});
  return std::min(
      {lowest, body.pelvis.y - 0.08F, body.waist.y - 0.07F, body.neck.y - 0.06F, body.head.y - 0.065F});
}

}  // namespace

Pose Pose::mirrored() const {
  Pose pose = *this;
  for (int left = static_cast<int>(Angle::left_arm); left < static_cast<int>(Angle::right_arm); ++left) {
    std::swap(pose[static_cast<Angle>(left)], pose[static_cast<Angle>(left + kFromLeftToRight)]);
  }
  for (const Angle angle :
       {Angle::sway, Angle::turn, Angle::twist, Angle::side, Angle::look, Angle::strafe}) {
    pose[angle] = -pose[angle];
  }
  return pose;
}

Build draw_build(Draws& draws) {
  Build build;
  build.stature = draws.between(0.92F, 1.06F);
  build.arms = draws.between(0.94F, 1.08F);
  build.legs = draws.between(0.95F, 1.06F);
  build.shoulders = draws.between(0.85F, 1.1F);
  build.head = draws.between(0.9F, 1.25F);
  build.stout = draws.between(0.8F, 1.3F);
  return build;
}

Skeleton solve(const Build& build, const Stance& stance) {
  const Pose& pose = stance.pose;
  const Rotation world = yaw(stance.facing);
  const Rotation hips = world * yaw(pose[Angle::turn]) * pitch(pose[Angle::lean]) * roll(pose[Angle::sway]);
  const Rotation loin = hips * yaw(0.4F * pose[Angle::twist]) * pitch(0.4F * pose[Angle::spine]) *
                        roll(0.5F * pose[Angle::side]);
  const Rotation chest = hips * yaw(pose[Angle::twist]) * pitch(pose[Angle::spine]) * roll(pose[Angle::side]);
  const Rotation skull = chest * yaw(pose[Angle::look]) * pitch(pose[Angle::nod]);

  Skeleton body;
  body.pelvis = {};
  body.waist = loin * Vec3{0, kWaist, 0.005F};
  body.neck = body.waist + chest * Vec3{0, kChest, 0};
  body.head = body.neck + skull * Vec3{0, kNeck, 0.015F};
  body.face = body.head + skull * Vec3{0, -0.01F, 0.06F};
  body.left = chest.x;
  place_arms(body, build, pose, chest);
  place_legs(body, build, pose, hips);

  // A swing may fall below the ground, where the body stands until it rises again.
  const float lift = std::max(pose[Angle::air], 0.0F) / 100 - lowest_of(body);
  const Vec3 gone = world * Vec3{pose[Angle::strafe] / 100, 0, pose[Angle::forward] / 100};
  const auto place = [&](Vec3& joint) {
    joint = stance.place + build.stature * (joint + Vec3{0, lift, 0} + gone);
  };
  for_each_joint(body, place);
  // A foot that stands lies flat on the ground.
  for (Limbs& leg : body.legs) {
    const float height = leg.end.y / build.stature;
    const float flat = eased((0.16F - height) / 0.1F);
    const Vec3 foot = leg.tip - leg.end;
    const Vec3 level{foot.x, std::max(foot.y, -(leg.end.y - 0.012F * build.stature)), foot.z};
    leg.tip = leg.end + build.stature * kFoot * unit(mix(foot, level, flat));
  }
  for (std::size_t side = 0; side < kSides; ++side) {
    Limbs& arm = body.arms[side];
    const Reach& reach = stance.reach[side];
    if (reach.share > 0) {
      const Vec3 pole = chest * Vec3{side == 0 ? 0.5F : -0.5F, -1, -0.3F};
      reach_for(arm, mix(arm.end, reach.target, reach.share), pole, build.stature * build.arms * kUpperArm,
                build.stature * build.arms * kForearm);
    }
    arm.tip = arm.end + build.stature * kHand * unit(arm.end - arm.middle);
  }
  return body;
}

}  // namespace c3d::synth
