#include "data/synth/world.h"

#include <algorithm>
#include <vector>

#include "data/synth/backdrop.h"
#include "data/synth/camera.h"
#include "data/synth/film.h"
#include "engine/core/error.h"

namespace c3d::synth {
namespace {

// Draws apart from other uses of the seed.
constexpr std::uint64_t kWorldKey = 0x776f726c64ull;  // "world"
constexpr float kClipSeconds = 1.07F;                 // 16 frames, every second one of 30 a second

Direction opposite(Direction way) {
  switch (way) {
    case Direction::left:
      return Direction::right;
    case Direction::right:
      return Direction::left;
    case Direction::up:
      return Direction::down;
    case Direction::down:
      return Direction::up;
    case Direction::towards:
      return Direction::away;
    case Direction::away:
      return Direction::towards;
    case Direction::clockwise:
      return Direction::counterclockwise;
    case Direction::counterclockwise:
      return Direction::clockwise;
    case Direction::none:
      break;
  }
  return Direction::none;
}

bool goes_across(const MotionFacts& facts) {
  return std::find(facts.directions.begin(), facts.directions.end(), Direction::left) !=
             facts.directions.end() &&
         (facts.actor == ActorKind::figure || facts.actor == ActorKind::rigid ||
          facts.actor == ActorKind::soft);
}

CameraMove draw_camera(Draws& draws, const MotionFacts& facts) {
  constexpr std::array kMoves = {CameraMove::pan_left,  CameraMove::pan_right, CameraMove::tilt_up,
                                 CameraMove::tilt_down, CameraMove::zoom_in,   CameraMove::zoom_out,
                                 CameraMove::shake,     CameraMove::shake,     CameraMove::roll,
                                 CameraMove::cut};
  const float kind = draws.uniform();
  const CameraMove move = draws.pick(kMoves);
  if (kind < 0.5F) return CameraMove::still;
  return goes_across(facts) && kind < 0.6F ? CameraMove::follow : move;
}

Draws draws_of(const ScenePlan& plan, Use use) { return {plan.seed ^ kWorldKey, plan.index, use}; }

template <typename T>
void set_label(SceneLabels& labels, SceneAttribute attribute, T value) {
  labels[attribute] = static_cast<std::int32_t>(value);
}

}  // namespace

ScenePlan plan_scene(std::uint64_t seed, std::uint64_t index, std::optional<std::int32_t> motion_class) {
  ScenePlan plan;
  plan.seed = seed;
  plan.index = index;
  Draws draws = draws_of(plan, Use::plan);
  const int any = draws.below(kMotionClasses);
  const std::int32_t number = motion_class.value_or(any);
  expect(number >= 0 && number < static_cast<std::int32_t>(kMotionClasses),
         "there is no motion number {} of {}", number, kMotionClasses);
  const MotionFacts& facts = facts_of(static_cast<Motion>(number));
  const auto speed = static_cast<Speed>(draws.below(3));
  const float place = draws.uniform();
  constexpr std::array kSlowest = {0.5F, 0.88F, 1.45F}, kFastest = {0.7F, 1.15F, 1.85F};
  const auto bin = static_cast<std::size_t>(speed);
  plan.seconds = kClipSeconds * mix(kSlowest[bin], kFastest[bin], place);
  const auto way = static_cast<std::size_t>(draws.below(static_cast<int>(facts.directions.size())));
  const bool backward = draws.chance(0.25F) && facts.has_arrow;
  set_label(plan.labels, SceneAttribute::motion, number);
  set_label(plan.labels, SceneAttribute::actor, facts.actor);
  set_label(plan.labels, SceneAttribute::joints, facts.joints);
  set_label(plan.labels, SceneAttribute::speed, speed);
  set_label(plan.labels, SceneAttribute::direction,
            backward ? opposite(facts.directions[way]) : facts.directions[way]);
  set_label(plan.labels, SceneAttribute::camera, draw_camera(draws, facts));
  set_label(plan.labels, SceneAttribute::playback, backward ? 1 : 0);
  return plan;
}

class SceneRenderer::Implementation {
 public:
  Implementation(const ScenePlan& plan, const SceneSize& size)
      : size_(size),
        seconds_(plan.seconds),
        backward_(plan.labels[SceneAttribute::playback] == 1),
        camera_(make_camera(plan)),
        film_(make_film(plan)),
        picture_(size.width, size.height) {
    Setting setting;
    setting.half_width = 0.5F * static_cast<float>(size.width) / static_cast<float>(size.height);
    setting.seconds = seconds_;
    Draws draws = draws_of(plan, Use::backdrop);
    setting.grade = draw_grade(draws);
    setting.view_down = draws.between(0, 0.5F);
    setting.perspective = draws.between(0.05F, 0.35F);
    if (draws.chance(0.2F)) shutter_ = draws.between(0.3F, 0.9F);
    backdrop_ = paint_backdrop(draws, setting.grade, setting.half_width, size.height);
    setting.ground = backdrop_.mean;

    add_others(plan, setting);
    Draws actor = draws_of(plan, Use::actor);
    const auto shown = static_cast<Direction>(plan.labels[SceneAttribute::direction]);
    const Part part{static_cast<Motion>(plan.labels[SceneAttribute::motion]),
                    backward_ ? opposite(shown) : shown};
    main_ = actors_.size();
    actors_.push_back(make_actor(actor, setting, part));
    add_front(plan, setting);
  }

  void render(int frame, std::span<std::uint8_t> rgb) {
    const std::size_t bytes = 3 * picture_.pixels.size();
    expect(frame >= 0 && frame < size_.frames, "a scene of {} frames has no frame {}", size_.frames, frame);
    expect(rgb.size() == bytes, "a frame of {}x{} has {} bytes, not {}", size_.width, size_.height, bytes,
           rgb.size());
    const auto shown = static_cast<float>(frame);
    if (shutter_ > 0) {
      expose_while_moving(shown);
    } else {
      draw(shown);
    }
    film_.expose(picture_, shown / static_cast<float>(size_.frames), frame, rgb);
  }

 private:
  struct Placed {
    Bitmap bitmap;
    Pose2 pose;
  };

  // The picture at a moment, in frames as they are shown.
  void draw(float shown) {
    const auto frames = static_cast<float>(size_.frames);
    const float moment = backward_ ? frames - 1 - shown : shown;
    const float seconds = seconds_ * moment / frames;
    const View view =
        camera_.view(shown / frames, actors_[main_]->middle(seconds), size_.width, size_.height);
    draw_ground(view);
    for (const auto& actor : actors_) actor->draw(picture_, view, seconds);
    View nearer = view;
    nearer.centre = parallax_ * view.centre;
    for (const Placed& thing : front_) draw_thing(picture_, nearer, thing.bitmap, thing.pose);
  }

  // The mean of a few moments while the shutter is open.
  void expose_while_moving(float shown) {
    constexpr int kMoments = 4;
    const std::size_t bytes = 4 * picture_.pixels.size();
    std::vector<std::uint16_t> sum(bytes);
    const auto* seen = reinterpret_cast<const std::uint8_t*>(picture_.pixels.data());
    for (int i = 0; i < kMoments; ++i) {
      draw(shown + shutter_ * static_cast<float>(i) / kMoments);
      for (std::size_t k = 0; k < bytes; ++k) sum[k] = static_cast<std::uint16_t>(sum[k] + seen[k]);
    }
    auto* mean = reinterpret_cast<std::uint8_t*>(picture_.pixels.data());
    for (std::size_t k = 0; k < bytes; ++k) mean[k] = static_cast<std::uint8_t>(sum[k] / kMoments);
  }

  static Camera make_camera(const ScenePlan& plan) {
    Draws draws = draws_of(plan, Use::camera);
    return {draws, static_cast<CameraMove>(plan.labels[SceneAttribute::camera])};
  }
  static Film make_film(const ScenePlan& plan) {
    Draws light = draws_of(plan, Use::light), film = draws_of(plan, Use::film);
    return {light, film};
  }

  // What moves besides, smaller and otherwise: a person in the background, or a thing.
  void add_others(const ScenePlan& plan, const Setting& setting) {
    constexpr std::array kOther = {Motion::travel, Motion::oscillate, Motion::rotate, Motion::vibrate};
    Draws draws = draws_of(plan, Use::others);
    const float kind = draws.uniform();
    if (kind < 0.12F) {
      actors_.push_back(make_bystander(draws, setting));
    } else if (kind < 0.22F) {
      Setting far = setting;
      far.seconds = 2 * setting.seconds;
      actors_.push_back(make_actor(draws, far, {draws.pick(kOther), Direction::none}));
    }
  }

  // What stands before the actor: bars, or things at the border.
  void add_front(const ScenePlan& plan, const Setting& setting) {
    Draws draws = draws_of(plan, Use::front);
    parallax_ = draws.between(1, 1.8F);
    if (!draws.chance(0.2F)) return;
    const int things = 1 + draws.below(3);
    for (int i = 0; i < things; ++i) {
      const Vec2 at{draws.between(-0.95F, 0.95F) * setting.half_width, draws.between(0.1F, 0.5F)};
      const float size = draws.between(0.06F, 0.2F);
      front_.push_back({draw_thing(draws, setting, 32), {at, size, draws.chance(0.5F) ? 0.25F : 0.0F}});
    }
  }

  void draw_ground(const View& view) {
    if (!camera_.is_still()) return draw_backdrop(picture_, backdrop_, view, camera_.only_pans());
    if (ground_.pixels.empty()) {
      ground_ = Bitmap(size_.width, size_.height);
      draw_backdrop(ground_, backdrop_, view, true);
    }
    picture_.pixels = ground_.pixels;
  }

  SceneSize size_;
  float seconds_;
  bool backward_;
  float shutter_ = 0;  // open for this share of a frame; 0: for an instant
  Camera camera_;
  Film film_;
  Bitmap picture_;
  Backdrop backdrop_;
  Bitmap ground_;  // the backdrop as a camera that stands still sees it
  std::vector<std::unique_ptr<Actor>> actors_;
  std::size_t main_ = 0;
  std::vector<Placed> front_;
  float parallax_ = 1;
};

void check_scene_size(const SceneSize& size) {
  constexpr int kLeast = 16;
  expect(size.width >= kLeast && size.height >= kLeast && size.width <= kLargestSide &&
             size.height <= kLargestSide,
         "scenes of {}x{} pixels: sides from {} to {} can be painted", size.width, size.height, kLeast,
         kLargestSide);
  expect(size.frames > 0, "a scene of {} frames", size.frames);
}

SceneRenderer::SceneRenderer(const ScenePlan& plan, const SceneSize& size) {
  check_scene_size(size);
  implementation_ = std::make_unique<Implementation>(plan, size);
}
SceneRenderer::~SceneRenderer() = default;
SceneRenderer::SceneRenderer(SceneRenderer&&) noexcept = default;
SceneRenderer& SceneRenderer::operator=(SceneRenderer&&) noexcept = default;

void SceneRenderer::render(int frame, std::span<std::uint8_t> rgb) { implementation_->render(frame, rgb); }

}  // namespace c3d::synth
