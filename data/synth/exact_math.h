// Arithmetic whose results are the same on every processor: sums, products, quotients and square roots of
// IEEE 754, and functions made of these alone. The folder is compiled without contraction into fused
// operations; libm's sines differ between libraries, so none is called here. Angles count in turns (1 = 360
// degrees) or, where a name says so, in degrees.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace c3d::synth {

inline constexpr float kPi = 3.14159265F;

constexpr float mix(float from, float to, float share) { return from + (to - from) * share; }
constexpr float limited(float share) { return share < 0 ? 0 : share > 1 ? 1 : share; }
// From 0 to 1 with no jump of speed at either end.
constexpr float eased(float share) {
  const float t = limited(share);
  return t * t * (3 - 2 * t);
}
inline float wrapped(float value) { return value - std::floor(value); }  // into [0, 1)

// Error below 4e-6: the series of sine up to the ninth power on a quarter of the circle.
inline float sine(float turns) {
  float t = turns - std::floor(turns + 0.5F);  // [-0.5, 0.5)
  t = t > 0.25F ? 0.5F - t : t < -0.25F ? -0.5F - t : t;
  const float x = t * 2 * kPi, s = x * x;
  return x * (1 + s * (-1.0F / 6 + s * (1.0F / 120 + s * (-1.0F / 5040 + s * (1.0F / 362880)))));
}
inline float cosine(float turns) { return sine(turns + 0.25F); }

struct Vec2 {
  float x = 0, y = 0;
  friend constexpr Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
  friend constexpr Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
  friend constexpr Vec2 operator*(float s, Vec2 a) { return {s * a.x, s * a.y}; }
};
inline Vec2 direction(float turns) { return {cosine(turns), sine(turns)}; }
inline float length(Vec2 a) { return std::sqrt(a.x * a.x + a.y * a.y); }
inline Vec2 rotated(Vec2 a, float turns) {
  const float c = cosine(turns), s = sine(turns);
  return {c * a.x - s * a.y, s * a.x + c * a.y};
}
// A smooth substitute for the angle's own formula: the pseudo-angle of a point, [0, 1), 0 to the right,
// growing from x to y; off by at most 0.012 turns.
inline float turns_of(Vec2 a) {
  const float sum = std::abs(a.x) + std::abs(a.y);
  if (sum == 0) return 0;
  const float quarter = a.y / sum;  // -1 to 1
  return wrapped(a.x >= 0 ? quarter / 4 : 0.5F - quarter / 4);
}

struct Vec3 {
  float x = 0, y = 0, z = 0;
  friend constexpr Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend constexpr Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend constexpr Vec3 operator*(float s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }
};
constexpr float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline float length(Vec3 a) { return std::sqrt(dot(a, a)); }
constexpr Vec3 mix(Vec3 a, Vec3 b, float share) { return a + share * (b - a); }

// A rotation; columns are where the axes go.
struct Rotation {
  Vec3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};
  friend constexpr Vec3 operator*(const Rotation& r, Vec3 v) { return v.x * r.x + v.y * r.y + v.z * r.z; }
  friend constexpr Rotation operator*(const Rotation& a, const Rotation& b) {
    return {a * b.x, a * b.y, a * b.z};
  }
};
// Of a body whose x points to its left, y up and z forward: `pitch` bows forward, `roll` leans its head to
// the right, `yaw` turns it to the left. Degrees.
inline Rotation pitch(float degrees) {
  const float c = cosine(degrees / 360), s = sine(degrees / 360);
  return {{1, 0, 0}, {0, c, s}, {0, -s, c}};
}
inline Rotation roll(float degrees) {
  const float c = cosine(degrees / 360), s = sine(degrees / 360);
  return {{c, s, 0}, {-s, c, 0}, {0, 0, 1}};
}
inline Rotation yaw(float degrees) {
  const float c = cosine(degrees / 360), s = sine(degrees / 360);
  return {{c, 0, -s}, {0, 1, 0}, {s, 0, c}};
}

}  // namespace c3d::synth
