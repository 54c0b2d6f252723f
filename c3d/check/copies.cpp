// Files of equal bytes, and videos that look alike.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "c3d/check/equal_files.h"
#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "data/near_duplicates.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::size_t kMostNamed = 3;  // of the others in a group

// Groups that grow together where two of their members are alike.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count), likeness_(count, 0), equal_(count, false) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  void join(std::size_t a, std::size_t b, double likeness, bool equal) {
    const std::size_t first = root(std::min(a, b)), second = root(std::max(a, b));
    const auto all_equal = [&](std::size_t one) { return likeness_[one] == 0 || equal_[one]; };
    equal_[first] = equal && all_equal(first) && all_equal(second);
    likeness_[first] = std::max({likeness, likeness_[first], likeness_[second]});
    parent_[second] = first;
  }
  bool are_joined(std::size_t a, std::size_t b) { return root(a) == root(b); }

  struct Group {
    std::vector<std::size_t> members;  // rising
    double likeness = 0;               // of the two that are most alike; 1: their bytes are equal
    bool all_equal = false;            // bytes, of all
  };
  std::vector<Group> all() {
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < parent_.size(); ++i) members[root(i)].push_back(i);
    std::vector<Group> groups;
    for (auto& [first, places] : members) {
      if (places.size() > 1) groups.push_back({std::move(places), likeness_[first], equal_[first]});
    }
    return groups;
  }

 private:
  std::size_t root(std::size_t one) {
    while (parent_[one] != one) one = parent_[one] = parent_[parent_[one]];
    return one;
  }

  std::vector<std::size_t> parent_;
  std::vector<double> likeness_;
  std::vector<bool> equal_;
};

// Each file once: where the training videos themselves validate, they stand there twice.
std::vector<const CollectedVideo*> each_once(const Collection& collection) {
  std::vector<const CollectedVideo*> videos;
  std::set<std::filesystem::path> seen;
  for (const CollectedVideo& one : collection.videos) {
    if (seen.insert(std::filesystem::absolute(one.file()).lexically_normal()).second) videos.push_back(&one);
  }
  return videos;
}

class CopySearch {
 public:
  CopySearch(const Collection& collection, Findings& findings)
      : collection_(collection),
        findings_(findings),
        videos_(each_once(collection)),
        groups_(videos_.size()) {
    const PreparedData& data = collection.data;
    equal_to_.resize(videos_.size());
    std::iota(equal_to_.begin(), equal_to_.end(), std::size_t{0});
    std::map<const Video*, std::int32_t> folds;
    if (data.folds) {
      for (std::size_t i = 0; i < data.train.videos.size(); ++i) {
        folds[&data.train.videos[i]] = data.folds->of_train[i];
      }
      for (std::size_t i = 0; i < data.validation.videos.size(); ++i) {
        folds[&data.validation.videos[i]] = data.folds->of_validation[i];
      }
    }
    std::map<std::vector<std::string>, std::int32_t> numbers;
    for (const CollectedVideo* one : videos_) {
      sides_.push_back(data.folds ? folds[one->video] : one->validates ? 1 : 0);
      labels_.push_back(
          numbers.try_emplace(one->labels(), static_cast<std::int32_t>(numbers.size())).first->second);
    }
  }

  void find_equal(const CountCallback& progress) {
    std::vector<std::filesystem::path> files;
    files.reserve(videos_.size());
    for (const CollectedVideo* one : videos_) files.push_back(one->file());
    for (const auto& group : equal_files(files, reader_threads(collection_.settings), progress)) {
      for (std::size_t i = 1; i < group.size(); ++i) {
        groups_.join(group[0], group[i], 1, true);
        equal_to_[group[i]] = group[0];
      }
    }
  }

  // Of each video the one most like it: among all, among those with other labels, and on the other side of
  // the split, as training warns of it.
  void find_alike() {
    std::vector<std::int32_t> each(videos_.size());
    std::iota(each.begin(), each.end(), 0);
    search(each, std::vector<std::int32_t>(videos_.size(), 0));
    search(labels_, labels_);
    search(sides_, sides_);
  }

  void report() {
    for (const Groups::Group& group : groups_.all()) add(group);
  }

 private:
  void join(std::size_t a, std::size_t b, double likeness) {
    if (!groups_.are_joined(a, b)) groups_.join(a, b, likeness, false);
  }

  // Of videos that are one group already, as their bytes are equal, one of each part is enough.
  void search(const std::vector<std::int32_t>& sides, const std::vector<std::int32_t>& parts) {
    std::vector<SidedVideo> searched;
    std::vector<std::size_t> places;
    std::set<std::pair<std::size_t, std::int32_t>> seen;
    for (std::size_t i = 0; i < videos_.size(); ++i) {
      if (videos_[i]->signature == nullptr || !seen.emplace(equal_to_[i], parts[i]).second) continue;
      searched.push_back({*videos_[i]->signature, sides[i]});
      places.push_back(i);
    }
    for (const NearDuplicate& pair : near_duplicates(searched)) {
      join(places[pair.earlier], places[pair.later], pair.likeness);
    }
  }

  // "b.mp4", or with what tells the group's members apart "b.mp4 (walk, validates)".
  std::string named(std::size_t place, bool with_labels, bool with_side) const {
    const CollectedVideo& one = *videos_[place];
    std::string facts;
    if (with_labels) {
      const std::vector<std::string> labels = one.labels();
      facts = labels.empty() ? "no label" : printable(fmt::format("{}", fmt::join(labels, " and ")));
    }
    if (with_side) {
      if (!facts.empty()) facts += ", ";
      facts += collection_.data.folds ? fmt::format("fold {}", sides_[place] + 1)
               : one.validates        ? "validates"
                                      : "trains";
    }
    const std::string file = printable(one.file().native());
    return facts.empty() ? file : fmt::format("{} ({})", file, facts);
  }

  static bool differ(const std::vector<std::size_t>& members, const std::vector<std::int32_t>& numbers) {
    return std::ranges::any_of(members, [&](std::size_t one) { return numbers[one] != numbers[members[0]]; });
  }

  void add(const Groups::Group& group) {
    const bool labels = differ(group.members, labels_), sides = differ(group.members, sides_);
    std::vector<std::string> others;
    for (std::size_t i = 1; i < group.members.size(); ++i) {
      others.push_back(named(group.members[i], labels, sides));
    }
    const std::size_t first = group.members[0];
    std::string text = group.all_equal
                           ? "holds the same bytes as "
                           : fmt::format("looks like a copy (likeness {:.2f}) of ", group.likeness);
    const std::size_t shown = std::min(others.size(), kMostNamed);
    text += fmt::format("{}",
                        fmt::join(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (others.size() > shown) text += fmt::format(" and {} more", others.size() - shown);
    if (labels || sides) {
      const std::string own = named(first, labels, sides);
      text += "; itself " + own.substr(printable(videos_[first]->file().native()).size() + 1);
    }
    const char* kind = labels ? kinds::kAcrossClasses : sides ? kinds::kAcrossSplit : kinds::kCopy;
    findings_.push_back(finding(kind, videos_[first]->file(), std::move(text), action(labels, sides)));
    findings_.back().score = group.likeness;
    for (std::size_t i = 1; i < group.members.size(); ++i) {
      findings_.back().others.push_back(videos_[group.members[i]]->file());
    }
  }

  static const char* action(bool labels, bool sides) {
    if (labels)
      return "look at them: a label is wrong, or one video shows both; keep one, with the right label";
    if (sides)
      return "remove one of each, or give them one group (--group-regex): validation looks better than it is";
    return "keep one: the others add nothing, and weigh its action more";
  }

  const Collection& collection_;
  Findings& findings_;
  std::vector<const CollectedVideo*> videos_;
  Groups groups_;
  std::vector<std::size_t> equal_to_;         // the first with the same bytes
  std::vector<std::int32_t> sides_, labels_;  // of each video: training or validation, or the fold
};

}  // namespace

void find_copies(const Collection& collection, const CountCallback& progress, Findings& findings) {
  CopySearch search(collection, findings);
  search.find_equal(progress);
  search.find_alike();
  search.report();
}

}  // namespace c3d
