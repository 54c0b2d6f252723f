// Persons alone and in pairs, placed before the camera.
#include "data/synth/action.h"
#include "data/synth/actor.h"
#include "data/synth/duet.h"

namespace c3d::synth {
namespace {

// Seconds at which an act of a length begins, so that a clip shows most of it.
float draw_start(Draws& draws, float clip, float act) {
  const float spare = clip - act;
  const float low = std::min(0.35F * spare, 0.0F), high = std::max(0.8F * spare, 0.0F);
  return draws.between(low, high);
}

Stage draw_stage(const Setting& setting, Vec2 feet, float stature) {
  Stage stage;
  stage.sine_of_view = setting.view_down;
  stage.cosine_of_view = std::sqrt(1 - setting.view_down * setting.view_down);
  stage.perspective = setting.perspective;
  stage.origin = feet;
  stage.scale = stature;
  return stage;
}

// A tall figure fills the picture, and may be cut at its border.
float draw_stature(Draws& draws) {
  return draws.chance(0.15F) ? draws.between(0.9F, 1.25F) : draws.between(0.5F, 0.92F);
}

float feet_for(Draws& draws, float stature) {
  const float middle = draws.between(-1, 1) * std::max(0.04F, 0.47F - stature / 2);
  return middle + stature / 2;
}

Vec3 hand_of(const Skeleton& body, std::size_t hand) { return body.arms[hand].tip; }

class Person final : public Actor {
 public:
  Person(Draws& draws, const Setting& setting, const Part& part, bool in_background)
      : action_(action_named(static_cast<ActionName>(part.motion))),
        build_(draw_build(draws)),
        style_(draw_style(draws)),
        clothes_(draw_clothes(draws, setting.grade, setting.ground)) {
    const float stature = in_background ? draws.between(0.3F, 0.6F) : draw_stature(draws);
    const float room = setting.half_width;
    const Vec2 feet{draws.between(-0.5F, 0.5F) * room, feet_for(draws, stature)};
    stage_ = draw_stage(setting, feet, stature);
    facing_ = draw_facing(draws, part.direction);
    const float rate = action_.travel + std::abs(action_.sideways);
    if (rate > 0) {
      // In the middle of the picture in the middle of the clip, give or take.
      stage_.origin.x = draws.between(-0.25F, 0.25F) * room;
      lead_ = -setting.seconds * draws.between(0.3F, 0.7F);
      if (part.direction == Direction::towards || part.direction == Direction::away) {
        stage_.perspective = std::max(0.3F, stage_.perspective);
        stage_.scale *= 0.85F;
      }
    } else if (action_.lasts > 0) {
      lead_ = -draw_start(draws, setting.seconds, action_.lasts);
      centre_act();
    }
    if (action_.prop != Prop::none) {
      thing_ = draw_thing(draws, setting, 32);
      thing_size_ = action_.prop == Prop::lifted ? draws.between(0.07F, 0.13F) : draws.between(0.03F, 0.06F);
    }
    turns_left_ = part.direction != Direction::clockwise;
  }

  void draw(Bitmap& target, const View& view, float seconds) const override {
    const Stance stance = stance_at(seconds);
    const DrawnFigure figure{&build_, &clothes_, solve(build_, stance)};
    draw_figures(target, view, stage_, {figure});
    if (action_.prop != Prop::none) draw_prop(target, view, figure.skeleton, seconds + lead_);
  }

  Vec2 middle(float seconds) const override {
    const Skeleton body = solve(build_, stance_at(seconds));
    return see(stage_, body.waist).at;
  }

 private:
  static float draw_facing(Draws& draws, Direction direction) {
    switch (direction) {
      case Direction::right:
        return 90 + draws.between(-22, 22);
      case Direction::left:
        return -90 + draws.between(-22, 22);
      case Direction::towards:
        return draws.between(-18, 18);
      case Direction::away:
        return 180 + draws.between(-18, 18);
      default:
        break;
    }
    const float side = draws.sign();
    const float kind = draws.uniform();
    if (kind < 0.6F) return side * draws.between(50, 120);
    if (kind < 0.9F) return draws.between(-50, 50);
    return 180 + draws.between(-50, 50);
  }

  // Who falls or jumps does so around where it was put.
  void centre_act() {
    const float first = stance_at(-lead_).pose[Angle::forward];
    const float last = stance_at(action_.lasts - lead_).pose[Angle::forward];
    stage_.origin.x -= 0.005F * (first + last) * stage_.scale * sine(facing_ / 360);
  }

  Stance stance_at(float seconds) const {
    const float time = seconds + lead_;
    Stance stance;
    stance.pose = pose_of(action_, style_, time / action_.period, time);
    add_rest(stance.pose, style_, seconds);
    // A mirrored pose has turned the other way already.
    if (turns_left_ == style_.mirrored) stance.pose[Angle::turn] = -stance.pose[Angle::turn];
    stance.facing = facing_;
    if (action_.sideways != 0) {
      // Steps aside face the camera; the way it goes was drawn as where it faces.
      const float way = facing_ > 0 ? 1.0F : -1.0F;
      stance.facing = facing_ - way * 90;
      stance.place.x += way * action_.sideways * style_.swing * time;
    }
    stance.pose[Angle::forward] += 100 * action_.travel * style_.swing * time;
    return stance;
  }

  void draw_prop(Bitmap& target, const View& view, const Skeleton& body, float time) const {
    const std::size_t hand = style_.mirrored ? 0 : 1;
    Vec3 place = hand_of(body, hand);
    const Rotation world = yaw(facing_);
    if (action_.prop == Prop::lifted) {
      const Vec3 between = 0.5F * (hand_of(body, 0) + hand_of(body, 1));
      const Skeleton grasp = solve(build_, stance_at(action_.prop_seconds - lead_));
      const Vec3 ground = 0.5F * (hand_of(grasp, 0) + hand_of(grasp, 1));
      place = time < action_.prop_seconds ? ground : between;
    } else if (time > action_.prop_seconds) {
      const float flight = time - action_.prop_seconds;
      const Skeleton release = solve(build_, stance_at(action_.prop_seconds - lead_));
      place = hand_of(release, hand) + flight * (world * Vec3{0, 0.5F, 2.2F}) +
              Vec3{0, -1.6F * flight * flight, 0};
    }
    const Seen seen = see(stage_, place);
    draw_thing(target, view, thing_, {seen.at, thing_size_ * seen.scale, 0.3F * time});
  }

  const Action& action_;
  Build build_;
  Style style_;
  Clothes clothes_;
  Stage stage_;
  float facing_ = 0;
  float lead_ = 0;  // seconds that the act has been going on at the scene's start
  bool turns_left_ = true;
  Bitmap thing_;
  float thing_size_ = 0;
};

class Pair final : public Actor {
 public:
  Pair(Draws& draws, const Setting& setting, const Part& part)
      : duet_(draw_duet(draws, static_cast<DuetName>(static_cast<int>(part.motion) -
                                                     static_cast<int>(Motion::approach)))) {
    for (Clothes& clothes : clothes_) clothes = draw_clothes(draws, setting.grade, setting.ground);
    const float stature = draws.chance(0.2F) ? draws.between(0.92F, 1.1F) : draws.between(0.55F, 0.92F);
    const Vec2 feet{draws.between(-0.18F, 0.18F), feet_for(draws, stature)};
    stage_ = draw_stage(setting, feet, stature);
    if (part.direction != Direction::none) duet_.swapped = part.direction == Direction::left;
    duet_.start = draw_start(draws, setting.seconds, lasts(duet_.name));
    thing_ = draw_thing(draws, setting, 32);
    thing_size_ = draws.between(0.035F, 0.07F);
  }

  void draw(Bitmap& target, const View& view, float seconds) const override {
    const DuetMoment moment = moment_of(duet_, seconds);
    std::vector<DrawnFigure> figures;
    figures.reserve(2);
    for (std::size_t i = 0; i < 2; ++i) {
      figures.push_back({&duet_.builds[i], &clothes_[i], solve(duet_.builds[i], moment.stances[i])});
    }
    draw_figures(target, view, stage_, figures);
    if (duet_.name == DuetName::hand_over) {
      const std::size_t hand = acting_hand(duet_);
      const Seen seen = see(stage_, mix(hand_of(figures[0].skeleton, hand),
                                        hand_of(figures[1].skeleton, hand), moment.handed_over));
      draw_thing(target, view, thing_, {seen.at, thing_size_ * seen.scale});
    }
  }

  Vec2 middle(float seconds) const override {
    const DuetMoment moment = moment_of(duet_, seconds);
    Vec3 sum;
    for (std::size_t i = 0; i < 2; ++i) sum = sum + 0.5F * solve(duet_.builds[i], moment.stances[i]).waist;
    return see(stage_, sum).at;
  }

 private:
  Duet duet_;
  std::array<Clothes, 2> clothes_;
  Stage stage_;
  Bitmap thing_;
  float thing_size_ = 0;
};

}  // namespace

std::unique_ptr<Actor> make_figure(Draws& draws, const Setting& setting, const Part& part) {
  return std::make_unique<Person>(draws, setting, part, false);
}

std::unique_ptr<Actor> make_pair(Draws& draws, const Setting& setting, const Part& part) {
  return std::make_unique<Pair>(draws, setting, part);
}

std::unique_ptr<Actor> make_bystander(Draws& draws, const Setting& setting) {
  constexpr std::array kDone = {Motion::stand_still, Motion::stand_still, Motion::walk, Motion::clap};
  const Motion motion = draws.pick(kDone);
  const Direction way = draws.chance(0.5F) ? Direction::left : Direction::right;
  return std::make_unique<Person>(draws, setting,
                                  Part{motion, motion == Motion::walk ? way : Direction::none}, true);
}

}  // namespace c3d::synth
