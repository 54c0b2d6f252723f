// The actions of one person. Angles are those of skeleton.h; phases of the legs are half a turn apart, arms
// swing against the leg of their side.
#include "data/synth/action.h"

namespace c3d::synth {
namespace {

using enum Angle;

constexpr float kQuarter = 0.25F, kHalf = 0.5F;

constexpr std::array kWalk = {Swing{lean, 3},
                              Swing{twist, 0, 6, kHalf},
                              Swing{left_leg, 4, 26},
                              Swing{left_knee, 26, 28, 0.31F},
                              Swing{right_leg, 4, 26, kHalf},
                              Swing{right_knee, 26, 28, 0.81F},
                              Swing{left_arm, 0, 22, kHalf},
                              Swing{left_elbow, 12, 8, kHalf},
                              Swing{right_arm, 0, 22},
                              Swing{right_elbow, 12, 8}};
constexpr std::array kRun = {Swing{lean, 10},
                             Swing{twist, 0, 10, kHalf},
                             Swing{left_leg, 16, 42},
                             Swing{left_knee, 56, 52, 0.32F},
                             Swing{right_leg, 16, 42, kHalf},
                             Swing{right_knee, 56, 52, 0.82F},
                             Swing{left_arm, 0, 42, kHalf},
                             Swing{left_elbow, 80, 14, kHalf},
                             Swing{right_arm, 0, 42},
                             Swing{right_elbow, 80, 14},
                             Swing{air, 6, 6, 0.75F, 2}};
constexpr std::array kMarch = {Swing{left_leg, 32, 40},         Swing{left_knee, 48, 56},
                               Swing{right_leg, 32, 40, kHalf}, Swing{right_knee, 48, 56, kHalf},
                               Swing{left_arm, 5, 38, kHalf},   Swing{left_elbow, 45, 20, kHalf},
                               Swing{right_arm, 5, 38},         Swing{right_elbow, 45, 20}};
constexpr std::array kSidestep = {
    Swing{left_spread, 13, 15},       Swing{right_spread, 13, 15, 0.4F}, Swing{left_knee, 22, 18, kQuarter},
    Swing{right_knee, 22, 18, 0.75F}, Swing{left_leg, 11, 9, kQuarter},  Swing{right_leg, 11, 9, 0.75F},
    Swing{left_out, 25, 14, 0.1F},    Swing{right_out, 25, 14, 0.6F},    Swing{side, 0, 6, 0.1F}};
constexpr std::array kCrawl = {Swing{lean, 82},
                               Swing{spine, 3},
                               Swing{nod, -45},
                               Swing{twist, 0, 8},
                               Swing{left_arm, 86, 26, kHalf},
                               Swing{left_elbow, 14, 12, 0.8F},
                               Swing{right_arm, 86, 26},
                               Swing{right_elbow, 14, 12, 0.3F},
                               Swing{left_leg, 84, 24},
                               Swing{left_knee, 88, 8, kQuarter},
                               Swing{right_leg, 84, 24, kHalf},
                               Swing{right_knee, 88, 8, 0.75F}};
constexpr std::array kWaveOneHand = {Swing{right_out, 92, 9, kQuarter}, Swing{right_in, -90},
                                     Swing{right_elbow, 62, 36}, Swing{side, -3, 2}};
constexpr std::array kWaveTwoHands = {
    Swing{left_out, 98, 66}, Swing{right_out, 98, 66},        Swing{left_in, -90},
    Swing{right_in, -90},    Swing{left_elbow, 6, 10, kHalf}, Swing{right_elbow, 6, 10, kHalf}};
constexpr std::array kClap = {Swing{left_arm, 62},     Swing{right_arm, 62},  Swing{left_out, 2, 24},
                              Swing{right_out, 2, 24}, Swing{left_elbow, 26}, Swing{right_elbow, 26},
                              Swing{left_in, 20},      Swing{right_in, 20}};
constexpr std::array kBox = {Swing{left_arm, 58, 32},
                             Swing{left_elbow, 66, 66, kHalf},
                             Swing{right_arm, 58, 32, kHalf},
                             Swing{right_elbow, 66, 66},
                             Swing{left_in, 25},
                             Swing{right_in, 25},
                             Swing{twist, 0, 22, kHalf},
                             Swing{left_leg, 18, 4},
                             Swing{right_leg, -12, 4},
                             Swing{left_knee, 18, 6, 0, 2},
                             Swing{right_knee, 20, 6, 0, 2},
                             Swing{spine, 8, 3, 0, 2}};
constexpr std::array kPoint = {
    Track{right_arm, {{{0.1F, -6}, {0.45F, 92}}}}, Track{right_out, {{{0.1F, 0}, {0.45F, -8}}}},
    Track{right_elbow, {{{0.2F, 45}, {0.45F, -14}}}}, Track{twist, {{{0.45F, 14}}}}};
constexpr std::array kRaiseHand = {Track{right_arm, {{{0.4F, 62}, {0.75F, 62}, {1.15F, 0}}}},
                                   Track{right_elbow, {{{0.4F, 128}, {0.75F, 128}, {1.15F, 0}}}},
                                   Track{right_in, {{{0.4F, 18}, {0.75F, 18}, {1.15F, 0}}}},
                                   Track{nod, {{{0.4F, -6}, {0.75F, -6}, {1.15F, 0}}}}};
constexpr std::array kSwingArms = {Swing{left_arm, 55, 105},     Swing{right_arm, 55, 105},
                                   Swing{left_out, 8, 8, 0, 2},  Swing{right_out, 8, 8, 0, 2},
                                   Swing{spine, 0, 8, kHalf},    Swing{left_knee, 8, 8, 0, 2},
                                   Swing{right_knee, 8, 8, 0, 2}};
constexpr std::array kThrow = {Track{right_out, {{{0.3F, 95}, {0.5F, 75}, {0.62F, 30}, {0.9F, 5}}}},
                               Track{right_in, {{{0.3F, -95}, {0.5F, -80}, {0.62F, 0}}}},
                               Track{right_arm, {{{0.3F, -25}, {0.5F, 45}, {0.62F, 95}, {0.9F, 10}}}},
                               Track{right_elbow, {{{0.3F, 100}, {0.48F, 80}, {0.6F, 4}}}},
                               Track{left_arm, {{{0.3F, 65}, {0.6F, -20}, {0.9F, 0}}}},
                               Track{twist, {{{0.3F, -32}, {0.62F, 36}, {1, 0}}}},
                               Track{spine, {{{0.3F, -12}, {0.62F, 24}, {1, 4}}}},
                               Track{left_leg, {{{0.28F, 42}, {0.5F, 24}, {1, 10}}}},
                               Track{left_knee, {{{0.28F, 45}, {0.5F, 14}, {1, 8}}}},
                               Track{right_leg, {{{0.28F, 0}, {0.55F, -22}, {1, -8}}}},
                               Track{right_knee, {{{0.28F, 8}, {0.55F, 22}, {1, 8}}}},
                               Track{forward, {{{0.25F, 0}, {0.5F, 14}}}}};
constexpr std::array kJumpUp = {Swing{left_knee, 30, 44, 0.1F, 1},
                                Swing{right_knee, 30, 44, 0.1F, 1},
                                Swing{left_leg, 20, 30, 0.1F},
                                Swing{right_leg, 20, 30, 0.1F},
                                Swing{spine, 14, 14, 0.1F},
                                Swing{left_arm, 40, 70, 0.6F},
                                Swing{right_arm, 40, 70, 0.6F},
                                Swing{air, 5, 13, 0.62F},
                                Swing{left_elbow, 15},
                                Swing{right_elbow, 15}};
constexpr std::array kJumpForward = {
    Track{left_knee, {{{0.3F, 78}, {0.45F, 8}, {0.62F, 60}, {0.78F, 70}, {1.05F, 0}}}},
    Track{right_knee, {{{0.3F, 78}, {0.45F, 8}, {0.62F, 60}, {0.78F, 70}, {1.05F, 0}}}},
    Track{left_leg, {{{0.3F, 55}, {0.45F, -12}, {0.65F, 62}, {0.8F, 50}, {1.05F, 0}}}},
    Track{right_leg, {{{0.3F, 55}, {0.45F, -12}, {0.65F, 62}, {0.8F, 50}, {1.05F, 0}}}},
    Track{lean, {{{0.3F, 18}, {0.5F, 14}, {0.8F, 12}, {1.05F, 0}}}},
    Track{spine, {{{0.3F, 26}, {0.5F, 0}, {0.8F, 26}, {1.05F, 0}}}},
    Track{left_arm, {{{0.25F, -50}, {0.5F, 125}, {0.8F, 40}, {1.05F, 0}}}},
    Track{right_arm, {{{0.25F, -50}, {0.5F, 125}, {0.8F, 40}, {1.05F, 0}}}},
    Track{air, {{{0.38F, 0}, {0.58F, 17}, {0.76F, 0}}}},
    Track{forward, {{{0.32F, 3}, {0.76F, 62}}}}};
constexpr std::array kJumpingJacks = {Swing{left_out, 84, 78},
                                      Swing{right_out, 84, 78},
                                      Swing{left_in, -90},
                                      Swing{right_in, -90},
                                      Swing{left_spread, 12, 14},
                                      Swing{right_spread, 12, 14},
                                      Swing{left_knee, 12, 10, kQuarter, 2},
                                      Swing{right_knee, 12, 10, kQuarter, 2},
                                      Swing{left_leg, 6, 5, kQuarter, 2},
                                      Swing{right_leg, 6, 5, kQuarter, 2},
                                      Swing{air, 2, 3.5F, 0.75F, 2}};
constexpr std::array kSquat = {Swing{left_leg, 52, 50},   Swing{right_leg, 52, 50}, Swing{left_knee, 55, 55},
                               Swing{right_knee, 55, 55}, Swing{lean, 16, 15},      Swing{left_arm, 48, 44},
                               Swing{right_arm, 48, 44},  Swing{spine, 6, 6},       Swing{left_spread, 12},
                               Swing{right_spread, 12}};
constexpr std::array kLunge = {Track{left_leg, {{{0.45F, 78}, {0.7F, 78}, {1.15F, 0}}}},
                               Track{left_knee, {{{0.3F, 70}, {0.45F, 84}, {0.7F, 84}, {1.15F, 0}}}},
                               Track{right_leg, {{{0.45F, -32}, {0.7F, -32}, {1.15F, 0}}}},
                               Track{right_knee, {{{0.45F, 62}, {0.7F, 62}, {1.15F, 0}}}},
                               Track{left_arm, {{{0.45F, 40}, {0.7F, 40}, {1.15F, 0}}}},
                               Track{right_arm, {{{0.45F, -20}, {0.7F, -20}, {1.15F, 0}}}},
                               Track{forward, {{{0.45F, 26}, {0.7F, 26}, {1.15F, 0}}}}};
constexpr std::array kBow = {Track{spine, {{{0.45F, 46}, {0.7F, 46}, {1.15F, 0}}}},
                             Track{lean, {{{0.45F, 42}, {0.7F, 42}, {1.15F, 0}}}},
                             Track{left_leg, {{{0.45F, 44}, {0.7F, 44}, {1.15F, 0}}}},
                             Track{right_leg, {{{0.45F, 44}, {0.7F, 44}, {1.15F, 0}}}},
                             Track{left_arm, {{{0.45F, 70}, {0.7F, 70}, {1.15F, 0}}}},
                             Track{right_arm, {{{0.45F, 70}, {0.7F, 70}, {1.15F, 0}}}},
                             Track{nod, {{{0.45F, 15}, {0.7F, 15}, {1.15F, 0}}}}};
constexpr std::array kStretch = {Track{left_out, {{{0.6F, 158}, {0.9F, 158}, {1.4F, 0}}}},
                                 Track{right_out, {{{0.6F, 158}, {0.9F, 158}, {1.4F, 0}}}},
                                 Track{left_in, {{{0.3F, -90}}}},
                                 Track{right_in, {{{0.3F, -90}}}},
                                 Track{spine, {{{0.6F, -14}, {0.9F, -14}, {1.4F, 0}}}},
                                 Track{nod, {{{0.6F, -18}, {0.9F, -18}, {1.4F, 0}}}}};
constexpr std::array kKick = {
    Track{right_leg, {{{0.25F, -35}, {0.5F, 84}, {0.85F, 0}}}},
    Track{right_knee, {{{0.25F, 75}, {0.4F, 60}, {0.52F, 4}, {0.7F, 35}, {0.85F, 0}}}},
    Track{left_knee, {{{0.25F, 18}, {0.5F, 10}, {0.85F, 0}}}},
    Track{left_leg, {{{0.25F, 10}, {0.5F, -8}, {0.85F, 0}}}},
    Track{lean, {{{0.25F, 6}, {0.5F, -16}, {0.85F, 0}}}},
    Track{spine, {{{0.25F, 8}, {0.5F, 14}, {0.85F, 0}}}},
    Track{left_arm, {{{0.25F, -30}, {0.5F, 45}, {0.85F, 0}}}},
    Track{right_arm, {{{0.25F, 35}, {0.5F, -40}, {0.85F, 0}}}},
    Track{left_out, {{{0.5F, 35}, {0.85F, 0}}}},
    Track{right_out, {{{0.5F, 35}, {0.85F, 0}}}},
    Track{left_elbow, {{{0.3F, 40}, {0.85F, 0}}}},
    Track{right_elbow, {{{0.3F, 40}, {0.85F, 0}}}}};
constexpr std::array kSitDown = {
    Track{left_leg, {{{0.75F, 98}}}},        Track{right_leg, {{{0.75F, 98}}}},
    Track{left_knee, {{{0.75F, 92}}}},       Track{right_knee, {{{0.75F, 92}}}},
    Track{lean, {{{0.4F, 28}, {0.85F, 4}}}}, Track{spine, {{{0.4F, 16}, {0.85F, 5}}}},
    Track{left_arm, {{{0.75F, 35}}}},        Track{right_arm, {{{0.75F, 35}}}},
    Track{left_elbow, {{{0.75F, 40}}}},      Track{right_elbow, {{{0.75F, 40}}}},
    Track{forward, {{{0.75F, -22}}}}};
constexpr std::array kStandUp = {Track{left_leg, {{{0, 98}, {0.15F, 104}, {0.9F, 0}}}},
                                 Track{right_leg, {{{0, 98}, {0.15F, 104}, {0.9F, 0}}}},
                                 Track{left_knee, {{{0, 92}, {0.2F, 92}, {0.9F, 0}}}},
                                 Track{right_knee, {{{0, 92}, {0.2F, 92}, {0.9F, 0}}}},
                                 Track{lean, {{{0, 4}, {0.4F, 30}, {0.9F, 0}}}},
                                 Track{spine, {{{0, 5}, {0.4F, 16}, {0.9F, 0}}}},
                                 Track{left_arm, {{{0, 35}, {0.4F, 50}, {0.9F, 0}}}},
                                 Track{right_arm, {{{0, 35}, {0.4F, 50}, {0.9F, 0}}}},
                                 Track{left_elbow, {{{0, 40}, {0.9F, 0}}}},
                                 Track{right_elbow, {{{0, 40}, {0.9F, 0}}}},
                                 Track{forward, {{{0, -22}, {0.2F, -22}, {0.9F, 0}}}}};
constexpr std::array kFallDown = {Track{lean, {{{0.2F, 4}, {0.85F, 86}}}},
                                  Track{left_knee, {{{0.35F, 55}, {0.9F, 12}}}},
                                  Track{right_knee, {{{0.35F, 45}, {0.9F, 30}}}},
                                  Track{left_leg, {{{0.4F, 38}, {0.9F, 2}}}},
                                  Track{right_leg, {{{0.4F, 30}, {0.9F, 14}}}},
                                  Track{left_arm, {{{0.45F, 85}, {0.9F, 120}}}},
                                  Track{right_arm, {{{0.45F, 75}, {0.9F, 105}}}},
                                  Track{left_out, {{{0.5F, 40}}}},
                                  Track{right_out, {{{0.5F, 40}}}},
                                  Track{left_elbow, {{{0.9F, 45}}}},
                                  Track{right_elbow, {{{0.9F, 45}}}},
                                  Track{nod, {{{0.5F, -25}, {0.9F, -8}}}},
                                  Track{forward, {{{0.2F, 0}, {0.85F, 34}}}}};
constexpr std::array kGetUp = {Track{lean, {{{0, 86}, {0.5F, 48}, {1.1F, 0}}}},
                               Track{left_knee, {{{0, 12}, {0.5F, 105}, {1.1F, 0}}}},
                               Track{right_knee, {{{0, 25}, {0.5F, 85}, {1.1F, 0}}}},
                               Track{left_leg, {{{0, 2}, {0.5F, 70}, {1.1F, 0}}}},
                               Track{right_leg, {{{0, 14}, {0.5F, 112}, {1.1F, 0}}}},
                               Track{left_arm, {{{0, 110}, {0.45F, 62}, {1.1F, 0}}}},
                               Track{right_arm, {{{0, 105}, {0.45F, 70}, {1.1F, 0}}}},
                               Track{left_elbow, {{{0, 60}, {0.45F, 10}}}},
                               Track{right_elbow, {{{0, 60}, {0.45F, 10}}}},
                               Track{spine, {{{0, 0}, {0.5F, 24}, {1.1F, 0}}}},
                               Track{forward, {{{0, 30}, {0.6F, 8}, {1.1F, 0}}}}};
constexpr std::array kPushUp = {Swing{lean, 79, 7, kHalf},
                                Swing{left_arm, 72, 14, kHalf},
                                Swing{right_arm, 72, 14, kHalf},
                                Swing{left_elbow, 48, 48},
                                Swing{right_elbow, 48, 48},
                                Swing{left_out, 14, 8},
                                Swing{right_out, 14, 8},
                                Swing{nod, -20},
                                Swing{left_leg, -2},
                                Swing{right_leg, -2}};
constexpr std::array kSpinAround = {Swing{left_out, 48, 8, 0, 2},   Swing{right_out, 48, 8, kHalf, 2},
                                    Swing{left_knee, 14, 12, 0, 3}, Swing{right_knee, 14, 12, kHalf, 3},
                                    Swing{left_leg, 8, 8, 0, 3},    Swing{right_leg, 8, 8, kHalf, 3}};
constexpr std::array kSpinTurn = {
    Track{turn, {{{0, 0}, {0.35F, 110}, {0.7F, 250}, {1.05F, 360}, {1.4F, 470}, {1.9F, 620}}}}};
constexpr std::array kDance = {Swing{side, 0, 14},
                               Swing{sway, 0, 5, kHalf},
                               Swing{twist, 0, 24, kQuarter},
                               Swing{left_out, 55, 35, 0.1F},
                               Swing{right_out, 55, 35, 0.6F},
                               Swing{left_elbow, 70, 34, 0, 2},
                               Swing{right_elbow, 70, 34, 0.3F, 2},
                               Swing{left_in, -40, 40},
                               Swing{right_in, -40, 40, kHalf},
                               Swing{left_knee, 26, 22, 0.1F},
                               Swing{right_knee, 26, 22, 0.6F},
                               Swing{left_leg, 14, 13, 0.1F},
                               Swing{right_leg, 14, 13, 0.6F},
                               Swing{left_spread, 10, 7},
                               Swing{right_spread, 10, 7, kHalf},
                               Swing{nod, 3, 9, 0, 2},
                               Swing{air, 1, 1.5F, 0, 2}};
constexpr std::array kLift = {Track{spine, {{{0.4F, 42}, {0.55F, 42}, {1.15F, 0}}}},
                              Track{lean, {{{0.4F, 32}, {0.55F, 32}, {1.15F, -5}}}},
                              Track{left_leg, {{{0.4F, 76}, {0.55F, 76}, {1.15F, 0}}}},
                              Track{right_leg, {{{0.4F, 76}, {0.55F, 76}, {1.15F, 0}}}},
                              Track{left_knee, {{{0.4F, 66}, {0.55F, 66}, {1.15F, 4}}}},
                              Track{right_knee, {{{0.4F, 66}, {0.55F, 66}, {1.15F, 4}}}},
                              Track{left_arm, {{{0.4F, 62}, {0.55F, 62}, {1.15F, 42}}}},
                              Track{right_arm, {{{0.4F, 62}, {0.55F, 62}, {1.15F, 42}}}},
                              Track{left_out, {{{0.4F, -6}}}},
                              Track{right_out, {{{0.4F, -6}}}},
                              Track{left_elbow, {{{0.4F, 4}, {0.6F, 4}, {1.15F, 62}}}},
                              Track{right_elbow, {{{0.4F, 4}, {0.6F, 4}, {1.15F, 62}}}}};

constexpr std::array kActions = {
    Action{.swings = kWalk, .period = 1.05F, .travel = 0.82F},
    Action{.swings = kRun, .period = 0.7F, .travel = 1.9F},
    Action{.swings = kMarch, .period = 0.9F},
    Action{.swings = kSidestep, .period = 0.75F, .sideways = 0.6F},
    Action{.swings = kCrawl, .period = 1.0F, .travel = 0.36F},
    Action{.swings = kWaveOneHand, .period = 0.5F},
    Action{.swings = kWaveTwoHands, .period = 0.85F},
    Action{.swings = kClap, .period = 0.45F},
    Action{.swings = kBox, .period = 0.6F},
    Action{.tracks = kPoint, .lasts = 0.45F},
    Action{.tracks = kRaiseHand, .lasts = 1.15F},
    Action{.swings = kSwingArms, .period = 0.95F},
    Action{.tracks = kThrow, .lasts = 0.9F, .prop = Prop::thrown, .prop_seconds = 0.6F},
    Action{.swings = kJumpUp, .period = 0.85F},
    Action{.tracks = kJumpForward, .lasts = 1.05F},
    Action{.swings = kJumpingJacks, .period = 0.8F},
    Action{.swings = kSquat, .period = 1.2F},
    Action{.tracks = kLunge, .lasts = 1.15F},
    Action{.tracks = kBow, .lasts = 1.15F},
    Action{.tracks = kStretch, .lasts = 1.3F},
    Action{.tracks = kKick, .lasts = 0.85F},
    Action{.tracks = kSitDown, .lasts = 0.85F},
    Action{.tracks = kStandUp, .lasts = 0.9F},
    Action{.tracks = kFallDown, .lasts = 0.9F},
    Action{.tracks = kGetUp, .lasts = 1.1F},
    Action{.swings = kPushUp, .period = 1.0F},
    Action{.swings = kSpinAround, .tracks = kSpinTurn, .period = 1.05F},
    Action{.swings = kDance, .period = 0.9F},
    Action{.tracks = kLift, .lasts = 1.15F, .prop = Prop::lifted, .prop_seconds = 0.5F},
    Action{}};
static_assert(kActions.size() == static_cast<std::size_t>(ActionName::stand_still) + 1);

}  // namespace

const Action& action_named(ActionName name) { return kActions[static_cast<std::size_t>(name)]; }

}  // namespace c3d::synth
