#include "data/class_balance.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// Keeps these draws apart from all others of the seed.
constexpr std::uint64_t kBalanceKey = 0x62616c616e6365ull;  // "balance"

// In the order in which they come.
std::vector<std::vector<std::int32_t>> videos_by_class(const Dataset& dataset,
                                                       const std::vector<std::int32_t>& order) {
  std::vector<std::vector<std::int32_t>> by_class(dataset.labels.size());
  for (const std::int32_t video : order) {
    const Video& source = dataset.videos[static_cast<std::size_t>(video)];
    const auto label = static_cast<std::size_t>(source.label);
    expect(source.label >= 0 && label < by_class.size(), "{}: it has no class to be drawn by",
           source.path.string());
    by_class[label].push_back(video);
  }
  return by_class;
}

std::vector<double> shares(const std::vector<std::vector<std::int32_t>>& by_class, double balance) {
  expect(balance >= 0 && balance <= 1, "the balance of classes is from 0 to 1, not {}", balance);
  std::vector<double> shares;
  shares.reserve(by_class.size());
  for (const std::vector<std::int32_t>& videos : by_class) {
    shares.push_back(videos.empty() ? 0 : std::pow(static_cast<double>(videos.size()), 1 - balance));
  }
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

// What stands in each place of an epoch, before it is shuffled: systematic sampling (Madow, Madow 1944). The
// shares of the classes lie side by side, and places are points at equal distances on them.
std::vector<std::int32_t> places_of(const std::vector<std::vector<std::int32_t>>& by_class, double balance,
                                    std::size_t count, double first) {
  const std::vector<double> share = shares(by_class, balance);
  std::vector<std::int32_t> places;
  places.reserve(count);
  std::size_t last = by_class.size();  // class with a video
  while (last > 0 && by_class[last - 1].empty()) --last;
  double end = 0;  // of the classes so far
  for (std::size_t c = 0; c < last; ++c) {
    end += share[c];
    const auto is_in_class = [&](std::size_t place) {
      // The sum of all shares may miss 1 by its rounding.
      return c + 1 == last || (static_cast<double>(place) + first) / static_cast<double>(count) < end;
    };
    const std::vector<std::int32_t>& videos = by_class[c];
    if (videos.empty()) continue;
    for (std::size_t i = 0; places.size() < count && is_in_class(places.size()); ++i) {
      places.push_back(videos[i % videos.size()]);
    }
  }
  return places;
}

}  // namespace

std::vector<double> class_shares(const Dataset& dataset, const ClipSpec& spec, double balance) {
  return shares(videos_by_class(dataset, epoch_order(dataset, spec, 0, 0)), balance);
}

std::vector<std::int32_t> balanced_order(const Dataset& dataset, const std::vector<std::int32_t>& order,
                                         double balance, std::uint64_t seed, int epoch) {
  const auto draw = [&](std::uint64_t index) {
    return philox(seed ^ kBalanceKey, index, static_cast<std::uint64_t>(epoch));
  };
  const double first = static_cast<double>(uniform_float(draw(order.size()).word[0]));
  const std::vector<std::int32_t> places =
      places_of(videos_by_class(dataset, order), balance, order.size(), first);
  std::vector<std::pair<std::uint64_t, std::size_t>> keyed;
  keyed.reserve(places.size());
  for (std::size_t place = 0; place < places.size(); ++place) {
    const PhiloxBlock random = draw(place);
    keyed.emplace_back(std::uint64_t{random.word[0]} << 32 | random.word[1], place);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::int32_t> shuffled;
  shuffled.reserve(keyed.size());
  for (const auto& [key, place] : keyed) shuffled.push_back(places[place]);
  return shuffled;
}

}  // namespace c3d
