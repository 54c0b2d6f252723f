// The shapes that the ops with a geometry take and give: for layers as they are recorded, and for Backend's
// checks. Shapes are those of engine/core/backend.h. All throw Error.
#pragma once

#include "engine/core/geometry.h"
#include "engine/core/shape.h"

namespace c3d {

// D, H and W.
inline Extent3 extent_of(const Shape& x) { return {x[1], x[2], x[3]}; }

// What an x [N,D,H,W,C] gives: [N,D',H',W',K] by a filter [K,kd,kh,kw,C], [N,D',H',W',C] by a pool. Extents
// of 0 where no window fits.
Shape conv3d_output(const Conv3dGeometry& conv, const Shape& x, const Shape& filter);
Shape max_pool3d_output(const Pool3dGeometry& pool, const Shape& x);

// Whether they fit together and y holds something.
void check_conv3d(const Conv3dGeometry& conv, const Shape& x, const Shape& filter, const Shape& y);
void check_pool3d(const Pool3dGeometry& pool, const Shape& x, const Shape& y);
// Of a convolution and the pool that follows; y is the pool's.
void check_fused_shapes(const Conv3dGeometry& conv, const Pool3dGeometry& pool, const Shape& x,
                        const Shape& filter, const Shape& y);
void check_linear(const Shape& x, const Shape& weight, const Shape& y);

}  // namespace c3d
