// How often each class is drawn in an epoch: every video alike, every class alike, or between the two (class
// frequencies to a power, as Mahajan et al. 2018 resample their tags). Pure functions, so that resume and any
// number of threads agree.
#pragma once

#include <cstdint>
#include <vector>

#include "data/clip_sampler.h"

namespace c3d {

// The shares of the classes among the clips of an epoch, which sum to 1: proportional to n^(1 - balance) for
// a class with n videos, and 0 for one without. balance: from 0, every video as often, to 1, every class as
// often. Videos that `skip` leaves out do not count.
std::vector<double> class_shares(const Dataset& dataset, const ClipSpec& spec, double balance);

// As many videos as `order` has, of classes by their shares: each class the whole number of times next to its
// share, rounded up as often as the share says, and its videos as evenly as they come in `order`, from whose
// end on they start again. `order` is a permutation drawn from (seed, epoch), as epoch_order() gives it.
std::vector<std::int32_t> balanced_order(const Dataset& dataset, const std::vector<std::int32_t>& order,
                                         double balance, std::uint64_t seed, int epoch);

}  // namespace c3d
