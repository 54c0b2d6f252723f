#include "catch.h"
#include "data/synth/duet.h"

namespace c3d::synth {
namespace {

float lowest(const Skeleton& body) {
  float low = 10;
  for (const Limbs& leg : body.legs) low = std::min({low, leg.end.y, leg.tip.y});
  return low;
}

TEST_CASE("a person at rest stands upright, as tall as it is, with its feet on the ground") {
  const Skeleton body = solve({}, {});
  CHECK(body.head.y > 0.9F);
  CHECK(body.head.y < 1);
  CHECK(body.neck.y == Approx(0.83).margin(0.03));
  CHECK(body.pelvis.y == Approx(0.53).margin(0.03));
  CHECK(lowest(body) > 0);
  CHECK(lowest(body) < 0.05F);
  CHECK(body.arms[0].upper.x > body.arms[1].upper.x);  // its left is along x where it faces z
  CHECK(body.legs[0].tip.z > body.legs[0].end.z);
}

TEST_CASE("angles bend the way they say") {
  Stance stance;
  stance.pose[Angle::left_arm] = 90;
  stance.pose[Angle::right_out] = 90;
  stance.pose[Angle::left_leg] = 60;
  stance.pose[Angle::left_knee] = 90;
  const Skeleton body = solve({}, stance);
  CHECK(body.arms[0].end.z > body.arms[0].upper.z + 0.25F);
  CHECK(body.arms[1].end.x < body.arms[1].upper.x - 0.25F);
  CHECK(body.legs[0].middle.z > body.legs[0].upper.z + 0.15F);
  CHECK(body.legs[0].end.z < body.legs[0].middle.z);
}

TEST_CASE("nothing of a body goes through the ground, whatever it does") {
  Draws draws(3, 0, Use::actor);
  for (int name = 0; name <= static_cast<int>(ActionName::stand_still); ++name) {
    const Action& action = action_named(static_cast<ActionName>(name));
    for (int i = 0; i < 100; ++i) {
      const Style style = draw_style(draws);
      const Build build = draw_build(draws);
      const float cycle = draws.uniform(), seconds = 1.3F * draws.uniform();
      Stance stance;
      stance.pose = pose_of(action, style, cycle, seconds);
      const Skeleton body = solve(build, stance);
      INFO("action " << name);
      CHECK(lowest(body) > -0.01F);
      CHECK(body.head.y > 0.03F);
      CHECK(body.pelvis.y > 0.03F);
    }
  }
}

TEST_CASE("a mirrored pose is the mirror image") {
  Draws draws(3, 1, Use::actor);
  const Style style = draw_style(draws);
  Stance stance, other;
  stance.pose = pose_of(action_named(ActionName::dance), style, 0.3F, 0);
  other.pose = stance.pose.mirrored();
  const Skeleton a = solve({}, stance), b = solve({}, other);
  CHECK(a.arms[0].end.x == Approx(-b.arms[1].end.x).margin(1e-4));
  CHECK(a.arms[0].end.y == Approx(b.arms[1].end.y).margin(1e-4));
  CHECK(a.legs[1].end.x == Approx(-b.legs[0].end.x).margin(1e-4));
  CHECK(a.head.x == Approx(-b.head.x).margin(1e-4));
}

TEST_CASE("hands that reach touch what they can") {
  Stance stance;
  stance.reach[1] = {{-0.1F, 0.75F, 0.25F}, 1};
  const Skeleton body = solve({}, stance);
  CHECK(length(body.arms[1].end - stance.reach[1].target) < 1e-3F);
  CHECK(length(body.arms[1].middle - body.arms[1].upper) == Approx(0.172).epsilon(0.01));
  stance.reach[1].target = {-3, 0.75F, 0};
  CHECK(length(solve({}, stance).arms[1].end - body.arms[1].upper) < 0.33F);
}

// Where the two stand closest in the course of their act.
struct Course {
  float first_gap = 0, least_gap = 10, last_gap = 0;
  float hands = 10;         // of one to the other's acting hand
  float hand_to_body = 10;  // of the first's acting hand to the other's chest
  float foot_to_body = 10;
};

Course course_of(const Duet& duet) {
  Course course;
  const std::size_t hand = acting_hand(duet);
  for (int i = 0; i <= 60; ++i) {
    const DuetMoment moment = moment_of(duet, duet.start + 0.025F * static_cast<float>(i));
    const Skeleton a = solve(duet.builds[0], moment.stances[0]), b = solve(duet.builds[1], moment.stances[1]);
    const float gap = length(a.pelvis - b.pelvis);
    if (i == 0) course.first_gap = gap;
    course.last_gap = gap;
    course.least_gap = std::min(course.least_gap, gap);
    course.hands = std::min(course.hands, length(a.arms[hand].end - b.arms[hand].end));
    course.hand_to_body = std::min(course.hand_to_body, length(a.arms[hand].end - b.neck));
    course.foot_to_body =
        std::min({course.foot_to_body, length(a.legs[0].tip - b.pelvis), length(a.legs[1].tip - b.pelvis)});
  }
  return course;
}

TEST_CASE("two people do to each other what their act says") {
  for (std::uint64_t scene = 0; scene < 25; ++scene) {
    const auto course = [&](DuetName name) {
      Draws draws(8, scene, Use::actor);
      return course_of(draw_duet(draws, name));
    };
    INFO("scene " << scene);
    CHECK(course(DuetName::shake_hands).hands < 0.1F);
    CHECK(course(DuetName::high_five).hands < 0.1F);
    CHECK(course(DuetName::hug).least_gap < 0.4F);
    CHECK(course(DuetName::punch_other).hand_to_body < 0.35F);
    CHECK(course(DuetName::kick_other).foot_to_body < 0.5F);
    const Course push = course(DuetName::push_other);
    CHECK(push.hand_to_body < 0.35F);
    CHECK(push.last_gap > push.least_gap + 0.2F);
    CHECK(course(DuetName::approach).last_gap < 0.7F);
    CHECK(course(DuetName::part).last_gap > 1.2F);
    const Course point = course(DuetName::point_at_other);
    CHECK(point.least_gap > 0.8F);
    CHECK(point.hands > 0.3F);
  }
}

}  // namespace
}  // namespace c3d::synth
