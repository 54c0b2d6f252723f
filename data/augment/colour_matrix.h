// Brightness, contrast, saturation and hue of a draw as one matrix with an offset, in fixed point.
#pragma once

#include "data/augment/augmentation.h"
#include "data/augment/loops/augment_loops.h"

namespace c3d {

// Hue turns the colours around the axis of greys: a third of a turn makes red green, green blue and blue red.
// Saturation keeps the luma of BT.601, contrast keeps a grey of 128. They are done in this order, brightness
// last.
ColourMatrix colour_matrix(const AugmentationDraw& draw);

}  // namespace c3d
