// Products of bf16 by Winograd's tiles. An output o of a tile is
//
//   y_o = sum over points p of A_op, sum over channels c of U_pc V_pc         U = G g, V = B^T d
//
// of which U and V are rounded to bf16, each with a relative error of mean square r^2. In the mean over
// filters and inputs of independent numbers of variances g^2 and d^2 the error of an output has the variance
//
//   2 r^2 C g^2 d^2 sum over s of E_os      E_os = sum over p of A_op^2 (sum over taps t of G_pt^2) B_ps^2
//
// with the inputs s that its tile sees and that are no padding: not only those its own taps see. Its value
// has the variance C g^2 d^2 (taps that meet an input). Along three axes both are products of those along
// each. Errors measured are 0.75 to 1.02 times these. In whole tiles of 4 x 4 x 4 the last output has 5.6
// times the deviation of one in the middle; where a tile sees one input, through the first output's last tap,
// the first has 5.9 times that of the middle.
//
// The filter's gradient at a tap t is the sum, over the tiles, of
//
//   sum over points p of G_pt M_p V_p              M = A dy, V = B^T d
//
// so that along an axis its error has the variance 2 r^2 sum over tiles of
//
//   sum over p of G_pt^2 (sum over outputs o of A_op^2) (sum over inputs s of B_ps^2)
//
// in place of E, and its value the number of outputs whose tap t meets an input.
#include "allowance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/cpu/convolution/winograd/axis.h"

namespace c3d::cpu {
namespace {

// The mean square of the relative error of a number rounded to the 8 bits of bf16, (2^-8 / m)^2 / 3 for a
// mantissa m in 1 .. 2, whose logarithm is uniform: 2^-16 / 3 * 3 / (8 ln 2).
const double kRounding = std::ldexp(1.0, -16) / (8 * std::log(2.0));

using Squares = std::vector<std::vector<double>>;

// The squares of the elements of the matrices of an axis, by point and then by output, tap or input.
struct Matrices {
  Squares a, g, b;
};

// By point, from a function that makes the points of `Inputs` numbers.
template <int Inputs, int Points, typename Transform>
Squares squares_of(const Transform& transform) {
  Squares squares(Points, std::vector<double>(Inputs));
  for (int i = 0; i < Inputs; ++i) {
    double unit[Inputs] = {}, points[Points];
    unit[i] = 1;
    transform(unit, points);
    for (int p = 0; p < Points; ++p) {
      squares[static_cast<std::size_t>(p)][static_cast<std::size_t>(i)] = points[p] * points[p];
    }
  }
  return squares;
}

template <int M>
Matrices matrices() {
  constexpr int kPoints = Axis<M>::kPoints;
  return {squares_of<M, kPoints>([](const auto& dy, auto& m) { Axis<M>::output_transposed(dy, m); }),
          squares_of<3, kPoints>([](const auto& g, auto& u) { Axis<M>::filter(g, u); }),
          squares_of<kPoints, kPoints>([](const auto& d, auto& v) { Axis<M>::input(d, v); })};
}

// E, [output][input] of one axis.
Squares transformed_noise(const Matrices& matrices) {
  Squares noise(matrices.a[0].size(), std::vector<double>(matrices.b[0].size()));
  for (std::size_t p = 0; p < matrices.a.size(); ++p) {
    const double filter = std::accumulate(matrices.g[p].begin(), matrices.g[p].end(), 0.0);
    for (std::size_t o = 0; o < noise.size(); ++o) {
      for (std::size_t s = 0; s < noise[o].size(); ++s) {
        noise[o][s] += matrices.a[p][o] * filter * matrices.b[p][s];
      }
    }
  }
  return noise;
}

Squares tile_noise(std::int64_t outputs) {
  if (outputs == 4) return transformed_noise(matrices<4>());
  if (outputs == 2) return transformed_noise(matrices<2>());
  return {{1, 1, 1}};
}

// Summed for each output of an axis over the inputs that its tile sees. Of tiles of one output: the taps that
// meet an input.
std::vector<double> along(std::int64_t tile, std::int64_t out, std::int64_t in, std::int64_t pad) {
  const Squares noise = tile_noise(tile);
  std::vector<double> sums;
  for (std::int64_t o = 0; o < out; ++o) {
    const std::vector<double>& of = noise[static_cast<std::size_t>(o % tile)];
    std::int64_t at = o / tile * tile - pad;
    sums.push_back(0);
    for (const double value : of) {
      if (at >= 0 && at < in) sums.back() += value;
      ++at;
    }
  }
  return sums;
}

// Of each position of a clip, from those of its axes.
std::vector<double> products(const std::vector<double>& ds, const std::vector<double>& hs,
                             const std::vector<double>& ws) {
  std::vector<double> all;
  for (const double d : ds) {
    for (const double h : hs) {
      for (const double w : ws) all.push_back(d * h * w);
    }
  }
  return all;
}

// The standard deviation of each output's error, relative to the outputs' rms, times what the worst of
// millions is above it. That is some 5 where many numbers add up; of a sum of few the roundings of the
// inputs, which all output channels share, may lie on one side. Measured: 14.7 of 3 terms, 10 of 5, 7.5
// of 16.
std::vector<double> max_noise(const ConvolutionCase& test) {
  const Extent3 out = test.out(), in = test.in, tile = test.kernels().outputs;
  const Extent3 pad = test.flipped() ? Extent3{2 - test.pad.d, 2 - test.pad.h, 2 - test.pad.w} : test.pad;
  const auto of_tiles = [&](const Extent3& size) {
    return products(along(size.d, out.d, in.d, pad.d), along(size.h, out.h, in.h, pad.h),
                    along(size.w, out.w, in.w, pad.w));
  };
  const std::vector<double> noise = of_tiles(tile), taps = of_tiles({1, 1, 1});
  const double mean_taps = std::accumulate(taps.begin(), taps.end(), 0.0) / static_cast<double>(taps.size());
  std::vector<double> most;
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const double deviations = 7 + 28 / std::sqrt(taps[i] * static_cast<double>(test.valid_channels));
    most.push_back(deviations * std::sqrt(2 * kRounding * noise[i] / mean_taps));
  }
  return most;
}

// Of each tap of an axis: what its gradient's error sums; without transforms how many outputs meet an input.
std::vector<double> gradient_along(std::int64_t tile, std::int64_t out, std::int64_t in, std::int64_t pad) {
  std::vector<double> sums(3);
  if (tile == 1) {
    for (std::int64_t t = 0; t < 3; ++t) {
      for (std::int64_t o = 0; o < out; ++o) {
        sums[static_cast<std::size_t>(t)] += source_of(o, t, 1, pad, in, false) >= 0;
      }
    }
    return sums;
  }
  const Matrices squares = tile == 4 ? matrices<4>() : matrices<2>();
  for (std::int64_t first = 0; first < out; first += tile) {
    for (std::size_t p = 0; p < squares.a.size(); ++p) {
      double dy = 0, input = 0;
      for (std::int64_t o = 0; o < std::min(tile, out - first); ++o)
        dy += squares.a[p][static_cast<std::size_t>(o)];
      for (std::int64_t s = 0; s < tile + 2; ++s) {
        const std::int64_t at = first - pad + s;
        if (at >= 0 && at < in) input += squares.b[p][static_cast<std::size_t>(s)];
      }
      for (std::size_t t = 0; t < 3; ++t) sums[t] += squares.g[p][t] * dy * input;
    }
  }
  return sums;
}

// As max_noise(), of each tap's gradients.
std::vector<double> max_gradient_noise(const ConvolutionCase& test) {
  const Extent3 out = test.out(), in = test.in, tile = test.kernels().outputs, pad = test.pad;
  const auto of_tiles = [&](const Extent3& size) {
    return products(gradient_along(size.d, out.d, in.d, pad.d), gradient_along(size.h, out.h, in.h, pad.h),
                    gradient_along(size.w, out.w, in.w, pad.w));
  };
  const std::vector<double> noise = of_tiles(tile), meetings = of_tiles({1, 1, 1});
  const double mean =
      std::accumulate(meetings.begin(), meetings.end(), 0.0) / static_cast<double>(meetings.size());
  std::vector<double> most;
  for (const double of_tap : noise) {
    // The sum's terms: of a tap that meets no input as many as of one that does.
    const double deviations = 7 + 28 / std::sqrt(std::max(mean, 1.0) * static_cast<double>(test.clips));
    most.push_back(deviations * std::sqrt(2 * kRounding * of_tap / mean));
  }
  return most;
}

// Along one axis, how many times as many taps as at the mean output meet an input at the output where most
// do.
double max_taps_along(const ConvolutionCase& test, std::int64_t Extent3::*axis) {
  const std::int64_t outs = test.out().*axis;
  std::int64_t most = 0, sum = 0;
  for (std::int64_t output = 0; output < outs; ++output) {
    std::int64_t taps = 0;
    for (std::int64_t tap = 0; tap < test.kernel.*axis; ++tap) {
      taps += source_of(output, tap, test.stride.*axis, test.pad.*axis, test.in.*axis, test.flipped()) >= 0;
    }
    most = std::max(most, taps);
    sum += taps;
  }
  return sum == 0 ? 1 : static_cast<double>(most * outs) / static_cast<double>(sum);
}

}  // namespace

Allowance::Allowance(const ConvolutionCase& test, double rms)
    : channels_(static_cast<std::size_t>(test.makes_gradient() ? test.in_channels : test.out_channels)),
      most_{10 * test.tolerance()} {
  if (test.rounds_transforms()) most_ = test.makes_gradient() ? max_gradient_noise(test) : max_noise(test);
  for (double& most : most_) most *= rms;
  if (test.bf16 || test.algorithm != Algorithm::direct || test.makes_gradient()) return;
  // Each addition of a long sum rounds what is summed so far. Of n independent terms that lead to y these
  // are, in the mean square, y^2 / 3 + rms^2 / 6; over all outputs rms^2 / 2. The rms is larger where more
  // taps than at the mean output meet an input.
  growth_ = 10 * test.tolerance() * std::sqrt(2.0 / 3);
  const double taps = max_taps_along(test, &Extent3::d) * max_taps_along(test, &Extent3::h) *
                      max_taps_along(test, &Extent3::w);
  most_[0] *= std::sqrt(taps / 3);
}

double Allowance::operator()(std::size_t at, double value) const {
  const double most = most_[at / channels_ % most_.size()], growth = growth_ * value;
  return std::sqrt(most * most + growth * growth);  // hypot took 7 % of the product's time
}

}  // namespace c3d::cpu
