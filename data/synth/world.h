// A procedural world: scenes without end, each drawn from (seed, index). Textured things, people of limbs,
// soft bodies, particles and flows move before textured backdrops; the camera moves, light changes, things
// stand before it. What a scene looks like says nothing of its motion.
//
// The same numbers give the same bytes on every processor and with every number of threads: all is made of
// integers, and of IEEE additions, products, quotients and square roots (data/synth/exact_math.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "data/synth/attributes.h"

namespace c3d::synth {

// What was drawn for a scene before anything is painted: cheap, so that labels can be asked for alone.
struct ScenePlan {
  std::uint64_t seed = 0, index = 0;
  SceneLabels labels;
  float seconds = 1;  // of the scene that a clip shows
};
// A scene of any motion, each as likely, or of the class given.
ScenePlan plan_scene(std::uint64_t seed, std::uint64_t index,
                     std::optional<std::int32_t> motion_class = std::nullopt);

struct SceneSize {
  int width = 171, height = 128;
  int frames = 16;  // that a clip has, whatever it shows of time
};
// Error: a size that cannot be painted.
void check_scene_size(const SceneSize& size);

// Paints the frames of a scene in any order. Holds its textures, some 500 KB; one thread at a time.
class SceneRenderer {
 public:
  // Error: a size below 16 pixels or above 2048, or no frames.
  SceneRenderer(const ScenePlan& plan, const SceneSize& size);
  ~SceneRenderer();
  SceneRenderer(SceneRenderer&&) noexcept;
  SceneRenderer& operator=(SceneRenderer&&) noexcept;

  // rgb [height,width,3]. Error: no such frame.
  void render(int frame, std::span<std::uint8_t> rgb);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace c3d::synth
