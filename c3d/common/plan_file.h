// Keeps what a backend has measured (Backend::plan) between runs. A file is text: two lines that say what it
// is and where it was measured, then the plan.
#pragma once

#include <iosfwd>
#include <string>

#include "engine/core/backend.h"

namespace c3d {

// --plan. `fixed`: nothing is measured or kept. `measured`: the user's cache folder has a file for each
// device (processor, instruction set, number of threads; GPU, version of cuDNN) and build of this program;
// one that is broken or was measured elsewhere is said in one line and ignored. Empty: as the backend was
// made, which is measured on a CPU and fixed on a GPU. Else a file that pins the plan: what it holds is
// obeyed wherever it was measured, what it lacks is measured and added to it (of a convolution that stands
// there twice the later line counts); Error where it is no plan of this backend's, or the backend has none.
// `out` hears, while the backend measures, of work that takes longer than a second. It and the backend must
// live as long as the backend computes.
inline bool is_plan_file(const std::string& plan) {
  return !plan.empty() && plan != "fixed" && plan != "measured";
}
// Error: `plan` would be a file that is not there, with a name that is a slip for `measured` or `fixed`: no
// dot, no slash, and near to one of the two.
void check_plan_name(const std::string& plan);
struct PlanKeeping {
  bool uses_cache = true;   // else `measured` neither reads nor writes it
  bool writes_file = true;  // else a file that pins the plan stays as it is, or absent
};
void keep_plan(Backend& backend, const std::string& plan, std::ostream& out, const PlanKeeping& keeping = {});

}  // namespace c3d
