// Things that keep their shape and move.
#include "data/synth/actor.h"

namespace c3d::synth {
namespace {

Vec2 vector_of(Direction way) {
  switch (way) {
    case Direction::left:
      return {-1, 0};
    case Direction::right:
      return {1, 0};
    case Direction::up:
      return {0, -1};
    case Direction::down:
      return {0, 1};
    default:
      break;
  }
  return {};
}

// Back and forth between -1 and 1 in straight lines.
float triangle(float turns) { return 4 * std::abs(wrapped(turns) - 0.5F) - 1; }

struct Body {
  Bitmap thing;
  Vec2 start;          // where it is in the middle of the clip, or what it goes around
  Vec2 way;            // of length 1
  float size = 0.1F;   // half a side
  float speed = 0.6F;  // heights a second
  float beat = 1;      // cycles a second
  float reach = 0.2F;  // heights
  float phase = 0;     // turns
  float tilt = 0;      // turns
  float spin = 0;      // turns a second, beside the motion proper
  float side = 1;      // of two that meet or part
  float sense = 1;     // 1 clockwise
};

class Rigid final : public Actor {
 public:
  Rigid(Draws& draws, const Setting& setting, const Part& part)
      : motion_(part.motion), clip_(setting.seconds), middle_time_(clip_ * draws.between(0.4F, 0.6F)) {
    const bool two = motion_ == Motion::collide || motion_ == Motion::split || motion_ == Motion::merge;
    const int bodies = two ? 2 : draws.chance(0.6F) ? 1 : 2 + draws.below(2);
    const bool known = part.direction != Direction::none;
    const Vec2 way =
        known ? rotated(vector_of(part.direction), draws.between(-0.04F, 0.04F)) : direction(draws.uniform());
    const bool alone = bodies == 1 || two;
    for (int i = 0; i < bodies; ++i) {
      Body body = make_body(draws, setting, part, alone);
      body.way = way;
      if (two && i > 0) {
        const Body& first = bodies_.front();
        body.start = first.start;
        body.speed = first.speed;
        if (motion_ != Motion::collide || draws.chance(0.3F)) body.thing = first.thing;
        if (motion_ != Motion::collide) body.size = first.size;
        body.side = -1;
      }
      bodies_.push_back(std::move(body));
    }
    string_ = Bitmap(1, 1, graded(from_hue(draws.uniform(), 0.3F, bodies_[0].phase), setting.grade));
  }

  void draw(Bitmap& target, const View& view, float seconds) const override {
    for (const Body& body : bodies_) {
      const Pose2 pose = pose_of(body, seconds);
      if (motion_ == Motion::pendulum || motion_ == Motion::orbit) draw_string(target, view, body, pose);
      draw_thing(target, view, body.thing, pose);
    }
  }

  Vec2 middle(float seconds) const override { return pose_of(bodies_.front(), seconds).at; }

 private:
  Body make_body(Draws& draws, const Setting& setting, const Part& part, bool alone) const {
    Body body;
    const float room = setting.half_width;
    const int texels = 64;
    body.thing = draw_thing(draws, setting, texels);
    if (motion_ == Motion::roll || motion_ == Motion::rotate) body.thing = draw_wheel(draws, setting, texels);
    body.size = alone ? draws.between(0.08F, 0.24F) : draws.between(0.06F, 0.14F);
    body.start = {draws.between(-0.55F, 0.55F) * room, draws.between(-0.28F, 0.28F)};
    body.speed = draws.between(0.45F, 0.95F);
    body.beat = draws.between(1, 1.7F);
    body.reach = draws.between(0.14F, 0.3F);
    body.phase = draws.uniform();
    body.tilt = draws.uniform();
    body.spin = draws.chance(0.5F) ? draws.between(-0.6F, 0.6F) : 0;
    body.sense = part.direction == Direction::counterclockwise ? -1.0F : 1.0F;
    return body;
  }

  // A round thing whose texture shows how it turns.
  static Bitmap draw_wheel(Draws& draws, const Setting& setting, int texels) {
    constexpr std::array kTold = {TextureKind::checks,   TextureKind::leaves, TextureKind::stripes,
                                  TextureKind::gradient, TextureKind::clouds, TextureKind::dots};
    constexpr std::array kRound = {Outline::disc, Outline::disc, Outline::star, Outline::polygon,
                                   Outline::cross};
    const TextureKind kind = draws.pick(kTold);
    const Outline outline = draws.pick(kRound);
    const Palette palette = draw_strong_palette(draws, setting.ground);
    return cut_out(draws, outline, make_texture(draws, kind, texels, texels, palette, setting.grade));
  }

  // How far along its way, heights; 0 in the middle of the clip.
  float progress(const Body& body, float t) const {
    const float share = t / clip_, far = body.speed * std::min(1.3F, clip_);
    switch (motion_) {
      case Motion::accelerate:
        return far * (1.4F * share * share - 0.35F);
      case Motion::brake:
        return far * (1.05F - 1.4F * (1 - share) * (1 - share) - 0.35F);
      case Motion::stop_and_go: {
        const float steps = (t - middle_time_) * body.beat * 1.6F + body.phase;
        const float whole = std::floor(steps);
        return body.speed / (1.6F * body.beat) * (whole + eased(2.2F * (steps - whole)) - body.phase);
      }
      default:
        break;
    }
    return body.speed * (t - middle_time_);
  }

  Pose2 pose_of(const Body& body, float t) const {
    Pose2 pose{body.start, body.size, body.tilt};
    const float turns = body.beat * t + body.phase, share = t / clip_;
    const Vec2 across{-body.way.y, body.way.x};
    switch (motion_) {
      case Motion::travel:
      case Motion::accelerate:
      case Motion::brake:
      case Motion::stop_and_go:
        pose.at = body.start + progress(body, t) * body.way;
        break;
      case Motion::zigzag:
        pose.at =
            body.start + progress(body, t) * body.way + body.reach * 0.6F * triangle(1.5F * turns) * across;
        break;
      case Motion::rotate:
        pose.turns += body.sense * 0.55F * body.beat * t;
        break;
      case Motion::flip_over:
        pose.squeeze = cosine(0.8F * turns);
        break;
      case Motion::grow:
        pose.size *= 0.55F / (1 - 0.68F * limited(share));
        break;
      case Motion::shrink:
        pose.size *= 0.55F / (1 - 0.68F * limited(1 - share));
        break;
      case Motion::oscillate:
        pose.at = body.start + body.reach * sine(turns) * body.way;
        break;
      case Motion::bounce: {
        const float part = wrapped(1.2F * turns);
        pose.at = {body.start.x + 0.25F * body.speed * body.sense * (t - middle_time_),
                   body.start.y + 0.25F - 8 * body.reach * part * (1 - part)};
        break;
      }
      case Motion::orbit:
        pose.at = 0.7F * body.start + body.reach * direction(body.sense * 0.75F * turns);
        break;
      case Motion::spiral:
        pose.at = 0.6F * body.start + (0.05F + 0.35F * share) * direction(body.sense * turns);
        break;
      case Motion::fall:
        pose.at = {body.start.x, -0.55F + 0.3F * body.phase + (0.9F + 0.5F * body.speed) * t * t};
        pose.turns += body.spin * t;
        break;
      case Motion::roll: {
        const float far = progress(body, t);
        pose.at = {body.start.x + far * body.way.x, body.start.y + 0.1F};
        pose.turns += far * body.way.x / (2 * kPi * body.size * 0.92F);
        break;
      }
      case Motion::collide: {
        const float gap = std::abs(t - middle_time_) * 1.1F * body.speed + body.size;
        pose.at = 0.5F * body.start + body.side * gap * body.way;
        break;
      }
      case Motion::split:
        pose.at =
            body.start +
            body.side * (0.25F * body.size + body.speed * 0.8F * std::max(0.0F, t - 0.3F * clip_)) * body.way;
        break;
      case Motion::merge:
        pose.at =
            body.start +
            body.side * (0.25F * body.size + body.speed * 0.8F * std::max(0.0F, 0.7F * clip_ - t)) * body.way;
        break;
      case Motion::pendulum: {
        const Vec2 pivot = pivot_of(body);
        const float swing = 0.16F * sine(0.8F * turns);
        pose.at = pivot + 2.2F * body.reach * direction(0.25F + swing);
        pose.turns = body.tilt + swing;
        break;
      }
      case Motion::vibrate:
        pose.at =
            body.start + 0.022F * sine(4.6F * turns) * body.way + 0.014F * sine(3.7F * turns + 0.3F) * across;
        pose.turns += 0.012F * sine(4.1F * turns);
        break;
      case Motion::arc:
        pose.at = {body.start.x + 1.3F * progress(body, t) * body.way.x,
                   0.35F - 0.3F * body.phase - 4 * (0.3F + 0.9F * body.reach) * share * (1 - share)};
        pose.turns += body.spin * t;
        break;
      default:
        break;
    }
    return pose;
  }

  Vec2 pivot_of(const Body& body) const {
    return motion_ == Motion::pendulum ? Vec2{body.start.x, body.start.y - 1.4F * body.reach}
                                       : 0.7F * body.start;
  }

  void draw_string(Bitmap& target, const View& view, const Body& body, const Pose2& pose) const {
    if (body.tilt < 0.3F) return;  // held by nothing that is seen
    Capsule string;
    string.a = view.pixel_of(pivot_of(body));
    string.b = view.pixel_of(pose.at);
    string.radius_a = string.radius_b = std::max(0.5F, 0.006F * view.scale);
    string.texture = &string_;
    draw_capsule(target, string);
  }

  Motion motion_;
  float clip_, middle_time_;
  std::vector<Body> bodies_;
  Bitmap string_;
};

}  // namespace

std::unique_ptr<Actor> make_rigid(Draws& draws, const Setting& setting, const Part& part) {
  return std::make_unique<Rigid>(draws, setting, part);
}

}  // namespace c3d::synth
