// Compiled in place of the folder when C3D_WITH_CAIRO is off.
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

[[noreturn]] void refuse() { fail("this build draws no pictures: configure it with -DC3D_WITH_CAIRO=ON"); }

}  // namespace

bool can_draw() { return false; }

void draw_charts(const std::filesystem::path&, const std::vector<Chart>&, const std::vector<Chart>&) {
  refuse();
}

void draw_bars(const std::filesystem::path&, const BarTable&) { refuse(); }

void draw_confusion(const std::filesystem::path&, const std::vector<std::string>&,
                    const std::vector<std::vector<std::int64_t>>&, const std::string&) {
  refuse();
}

std::string confusion_png(const std::vector<std::string>&, const std::vector<std::vector<std::int64_t>>&,
                          const std::string&) {
  refuse();
}

void draw_timeline(const std::filesystem::path&, const std::vector<std::string>&,
                   const std::vector<TimelineClip>&, const std::string&, const std::vector<double>&) {
  refuse();
}

void draw_frame_rows(const std::filesystem::path&, const std::vector<FrameRow>&, int, int,
                     const FrameSheet&) {
  refuse();
}

std::string frame_rows_png(const std::vector<FrameRow>&, int, int, const FrameSheet&) { refuse(); }

void draw_heat_strip(const std::filesystem::path&, const HeatStrip&) { refuse(); }

void draw_labels_on_frame(std::span<std::uint8_t>, int, int,
                          const std::vector<std::pair<std::string, double>>&, std::size_t) {
  refuse();
}

}  // namespace c3d
