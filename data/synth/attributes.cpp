#include "data/synth/attributes.h"

#include <fmt/format.h>

#include <string>

#include "engine/core/error.h"

namespace c3d::synth {
namespace {

constexpr std::array kNowhere = {Direction::none};
constexpr std::array kStage = {Direction::left, Direction::right, Direction::towards, Direction::away};
constexpr std::array kAcross = {Direction::left, Direction::right};
constexpr std::array kPlane = {Direction::left, Direction::right, Direction::up, Direction::down};
constexpr std::array kTurning = {Direction::clockwise, Direction::counterclockwise};
constexpr std::array kUp = {Direction::up};
constexpr std::array kDown = {Direction::down};
constexpr std::array kTowards = {Direction::towards};
constexpr std::array kAway = {Direction::away};

constexpr auto kFigure = ActorKind::figure;
constexpr auto kPair = ActorKind::two_figures;
constexpr auto kRigid = ActorKind::rigid;
constexpr auto kSoft = ActorKind::soft;
constexpr auto kMany = ActorKind::particles;
constexpr auto kFlow = ActorKind::flow;

constexpr std::array<MotionFacts, kMotionClasses> kFacts = {{
    {"walk", kFigure, Joints::whole_body, kStage, true},
    {"run", kFigure, Joints::whole_body, kStage, true},
    {"march", kFigure, Joints::whole_body, kNowhere},
    {"sidestep", kFigure, Joints::legs, kAcross},
    {"crawl", kFigure, Joints::whole_body, kAcross, true},
    {"wave_one_hand", kFigure, Joints::arms, kNowhere},
    {"wave_two_hands", kFigure, Joints::arms, kNowhere},
    {"clap", kFigure, Joints::arms, kNowhere},
    {"box", kFigure, Joints::arms, kNowhere},
    {"point", kFigure, Joints::arms, kNowhere},
    {"raise_hand", kFigure, Joints::arms, kNowhere},
    {"swing_arms", kFigure, Joints::arms, kNowhere},
    {"throw_ball", kFigure, Joints::whole_body, kNowhere, true},
    {"jump_up", kFigure, Joints::whole_body, kNowhere},
    {"jump_forward", kFigure, Joints::whole_body, kAcross, true},
    {"jumping_jacks", kFigure, Joints::whole_body, kNowhere},
    {"squat", kFigure, Joints::legs, kNowhere},
    {"lunge", kFigure, Joints::legs, kNowhere},
    {"bow", kFigure, Joints::whole_body, kNowhere},
    {"stretch", kFigure, Joints::arms, kNowhere},
    {"kick", kFigure, Joints::legs, kNowhere},
    {"sit_down", kFigure, Joints::legs, kNowhere},
    {"stand_up", kFigure, Joints::legs, kNowhere},
    {"fall_down", kFigure, Joints::whole_body, kNowhere},
    {"get_up", kFigure, Joints::whole_body, kNowhere},
    {"push_up", kFigure, Joints::arms, kNowhere},
    {"spin_around", kFigure, Joints::whole_body, kTurning},
    {"dance", kFigure, Joints::whole_body, kNowhere},
    {"lift", kFigure, Joints::whole_body, kNowhere, true},
    {"stand_still", kFigure, Joints::none, kNowhere},
    {"approach", kPair, Joints::whole_body, kNowhere},
    {"part", kPair, Joints::whole_body, kNowhere},
    {"shake_hands", kPair, Joints::arms, kNowhere},
    {"hug", kPair, Joints::whole_body, kNowhere, true},
    {"kick_other", kPair, Joints::legs, kAcross, true},
    {"punch_other", kPair, Joints::arms, kAcross, true},
    {"push_other", kPair, Joints::whole_body, kAcross, true},
    {"point_at_other", kPair, Joints::arms, kAcross},
    {"high_five", kPair, Joints::arms, kNowhere},
    {"walk_past", kPair, Joints::whole_body, kNowhere, true},
    {"chase", kPair, Joints::whole_body, kAcross, true},
    {"hand_over", kPair, Joints::arms, kAcross},
    {"travel", kRigid, Joints::none, kPlane},
    {"accelerate", kRigid, Joints::none, kPlane},
    {"brake", kRigid, Joints::none, kPlane},
    {"rotate", kRigid, Joints::none, kTurning},
    {"flip_over", kRigid, Joints::none, kNowhere},
    {"grow", kRigid, Joints::none, kTowards},
    {"shrink", kRigid, Joints::none, kAway},
    {"oscillate", kRigid, Joints::none, kNowhere},
    {"bounce", kRigid, Joints::none, kNowhere},
    {"orbit", kRigid, Joints::none, kTurning},
    {"fall", kRigid, Joints::none, kDown, true},
    {"roll", kRigid, Joints::none, kAcross},
    {"zigzag", kRigid, Joints::none, kPlane},
    {"collide", kRigid, Joints::none, kNowhere},
    {"split", kRigid, Joints::none, kNowhere},
    {"merge", kRigid, Joints::none, kNowhere},
    {"stop_and_go", kRigid, Joints::none, kPlane},
    {"pendulum", kRigid, Joints::none, kNowhere},
    {"spiral", kRigid, Joints::none, kTurning},
    {"vibrate", kRigid, Joints::none, kNowhere},
    {"arc", kRigid, Joints::none, kAcross},
    {"wobble", kSoft, Joints::bends, kNowhere},
    {"pulse", kSoft, Joints::bends, kNowhere},
    {"flag", kSoft, Joints::bends, kAcross, true},
    {"swim", kSoft, Joints::bends, kAcross, true},
    {"slither", kSoft, Joints::bends, kAcross},
    {"melt", kSoft, Joints::bends, kDown, true},
    {"stretch_out", kSoft, Joints::bends, kNowhere},
    {"twist", kSoft, Joints::bends, kTurning},
    {"rain", kMany, Joints::many, kDown, true},
    {"snow", kMany, Joints::many, kDown, true},
    {"fountain", kMany, Joints::many, kUp, true},
    {"smoke", kMany, Joints::many, kUp, true},
    {"explosion", kMany, Joints::many, kNowhere},
    {"implosion", kMany, Joints::many, kNowhere},
    {"vortex", kMany, Joints::many, kTurning},
    {"swarm", kMany, Joints::many, kNowhere},
    {"sparks", kMany, Joints::many, kDown, true},
    {"stream", kMany, Joints::many, kAcross},
    {"waves", kFlow, Joints::many, kPlane},
    {"ripple", kFlow, Joints::many, kNowhere, true},
    {"river", kFlow, Joints::many, kAcross},
    {"whirlpool", kFlow, Joints::many, kTurning},
    {"turbulence", kFlow, Joints::many, kNowhere},
    {"fire", kFlow, Joints::many, kUp, true},
}};

constexpr std::array<std::string_view, kMotionClasses> kMotionNames = [] {
  std::array<std::string_view, kMotionClasses> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kFacts[i].name;
  return names;
}();
constexpr std::array<std::string_view, 6> kActorNames = {"figure", "two_figures", "rigid",
                                                         "soft",   "particles",   "flow"};
constexpr std::array<std::string_view, 6> kJointNames = {"none",       "arms",  "legs",
                                                         "whole_body", "bends", "many"};
constexpr std::array<std::string_view, 3> kSpeedNames = {"slow", "normal", "fast"};
constexpr std::array<std::string_view, 9> kDirectionNames = {
    "none", "left", "right", "up", "down", "towards", "away", "clockwise", "counterclockwise"};
constexpr std::array<std::string_view, 11> kCameraNames = {"still",     "pan_left", "pan_right", "tilt_up",
                                                           "tilt_down", "zoom_in",  "zoom_out",  "shake",
                                                           "roll",      "cut",      "follow"};
constexpr std::array<std::string_view, 2> kPlaybackNames = {"forward", "backward"};

constexpr std::array<Attribute, kSceneAttributes> kAttributes = {{{"motion", kMotionNames},
                                                                  {"actor", kActorNames},
                                                                  {"joints", kJointNames},
                                                                  {"speed", kSpeedNames},
                                                                  {"direction", kDirectionNames},
                                                                  {"camera", kCameraNames},
                                                                  {"playback", kPlaybackNames}}};

}  // namespace

const MotionFacts& facts_of(Motion motion) { return kFacts[static_cast<std::size_t>(motion)]; }

std::span<const Attribute> scene_attributes() { return kAttributes; }

std::size_t motion_classes() { return kMotionClasses; }

std::int32_t parse_motion_class(std::string_view name) {
  for (std::size_t i = 0; i < kMotionNames.size(); ++i) {
    if (kMotionNames[i] == name) return static_cast<std::int32_t>(i);
  }
  fail("'{}' is no motion of the synthetic world: {}", name, fmt::join(kMotionNames, ", "));
}

std::string_view name_of(const SceneLabels& labels, SceneAttribute attribute) {
  return scene_attributes()[static_cast<std::size_t>(attribute)]
      .values[static_cast<std::size_t>(labels[attribute])];
}

SceneLabels mirrored(SceneLabels labels) {
  const auto swap = [&](SceneAttribute attribute, auto a, auto b) {
    std::int32_t& value = labels[attribute];
    const auto first = static_cast<std::int32_t>(a), second = static_cast<std::int32_t>(b);
    value = value == first ? second : value == second ? first : value;
  };
  swap(SceneAttribute::direction, Direction::left, Direction::right);
  swap(SceneAttribute::direction, Direction::clockwise, Direction::counterclockwise);
  swap(SceneAttribute::camera, CameraMove::pan_left, CameraMove::pan_right);
  return labels;
}

}  // namespace c3d::synth
