// One clip that is in memory as a small picture for pages: eight of its frames, four in a row, with the heat
// of a label over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "c3d/explanation/grad_cam.h"
#include "engine/core/clip_spec.h"

namespace c3d {

struct HeatPicture {
  std::string jpeg;       // bytes of the file
  bool is_blank = false;  // nothing in the clip speaks for the label
};

// frames [clip_frames,height,width,3] RGB: whole, and resized as the spec, of one crop, says. Thread: the
// network's. Error: the network reads other clips.
HeatPicture heat_picture(GradCam& cam, std::span<const std::uint8_t> frames, int width, int height,
                         const ClipSpec& spec, std::size_t label);

}  // namespace c3d
