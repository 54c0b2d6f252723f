// Files of equal bytes, and videos that look alike.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "c3d/check/equal_files.h"
#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "c3d/training/data_warnings.h"
#include "data/near_duplicates.h"
#include "engine/core/disjoint_sets.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

constexpr std::size_t kMostNamed = 3;  // of the others in a group

// Groups that grow together where two of their members are alike.
class Groups {
 public:
  explicit Groups(std::size_t count) : sets_(count), likeness_(count, 0), equal_(count, true) {}
  void join(std::size_t a, std::size_t b, double likeness, bool equal) {
    const std::size_t of_a = sets_.root(a), of_b = sets_.root(b);
    sets_.join(a, b);
    const std::size_t of_both = sets_.root(a);
    equal_[of_both] = equal && equal_[of_a] && equal_[of_b];
    likeness_[of_both] = std::max({likeness, likeness_[of_a], likeness_[of_b]});
  }

  struct Group {
    std::vector<std::size_t> members;  // rising
    double likeness = 0;               // of the two that are most alike; 1: their bytes are equal
    bool all_equal = false;            // bytes, of all
  };
  std::vector<Group> all() {
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < likeness_.size(); ++i) members[sets_.root(i)].push_back(i);
    std::vector<Group> groups;
    for (auto& [first, places] : members) {
      if (places.size() > 1) groups.push_back({std::move(places), likeness_[first], equal_[first]});
    }
    return groups;
  }

 private:
  DisjointSets sets_;
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
        groups_(videos_.size()),
        is_again_(videos_.size(), false) {
    const PreparedData& data = collection.data;
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
        is_again_[group[i]] = true;
      }
    }
  }

  // One stands for all videos of the same bytes.
  void find_alike() {
    std::vector<const VideoSignature*> signatures;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < videos_.size(); ++i) {
      if (videos_[i]->signature == nullptr || is_again_[i]) continue;
      signatures.push_back(videos_[i]->signature);
      places.push_back(i);
    }
    for (const NearDuplicate& link : duplicate_links(signatures)) {
      groups_.join(places[link.earlier], places[link.later], link.likeness, false);
    }
  }

  void report() {
    for (const Groups::Group& group : groups_.all()) add(group);
  }

 private:
  std::string labels_text(std::size_t place) const {
    const std::vector<std::string> labels = videos_[place]->labels();
    return labels.empty() ? "no label" : printable(fmt::format("{}", fmt::join(labels, " and ")));
  }
  std::string side_text(std::size_t place) const {
    if (collection_.data.folds) return fmt::format("fold {}", sides_[place] + 1);
    return videos_[place]->validates ? "validates" : "trains";
  }
  // What tells the group's members apart: "walk, validates".
  std::string facts(std::size_t place, bool with_labels, bool with_side) const {
    std::string text = with_labels ? labels_text(place) : "";
    if (with_side) text += (text.empty() ? "" : ", ") + side_text(place);
    return text;
  }
  // "b.mp4", or "b.mp4 (walk, validates)".
  std::string named(std::size_t place, bool with_labels, bool with_side) const {
    const std::string file = printable(videos_[place]->file().native());
    const std::string told = facts(place, with_labels, with_side);
    return told.empty() ? file : fmt::format("{} ({})", file, told);
  }

  static bool differ(const std::vector<std::size_t>& members, const std::vector<std::int32_t>& numbers) {
    return std::ranges::any_of(members, [&](std::size_t one) { return numbers[one] != numbers[members[0]]; });
  }

  // The first, then those that differ from it: what is wrong is seen in those that are named.
  std::vector<std::size_t> telling_first(const Groups::Group& group) const {
    std::vector<std::size_t> members = group.members;
    const std::size_t first = members[0];
    std::ranges::stable_sort(members.begin() + 1, members.end(), {}, [&](std::size_t one) {
      return std::pair(labels_[one] == labels_[first], sides_[one] == sides_[first]);
    });
    return members;
  }

  // "trains: 180, validates: 20", the most first.
  template <typename Name>
  static std::string counts(const std::vector<std::size_t>& members, const Name& name) {
    std::map<std::string, std::int64_t> count;
    for (const std::size_t one : members) ++count[name(one)];
    std::vector<std::pair<std::int64_t, std::string>> ordered;
    ordered.reserve(count.size());
    for (const auto& [text, number] : count) ordered.emplace_back(-number, text);
    std::ranges::sort(ordered);
    std::vector<std::string> parts;
    parts.reserve(ordered.size());
    for (const auto& [number, text] : ordered) parts.push_back(fmt::format("{}: {}", text, -number));
    return a_few(parts);
  }

  void add(const Groups::Group& group) {
    const bool labels = differ(group.members, labels_), sides = differ(group.members, sides_);
    const std::vector<std::size_t> members = telling_first(group);
    const std::size_t first = members[0], others = members.size() - 1;
    const std::size_t shown = std::min(others, kMostNamed);
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= shown; ++i) names.push_back(named(members[i], labels, sides));
    std::string text = group.all_equal
                           ? "holds the same bytes as "
                           : fmt::format("looks like a copy (likeness {:.2f}) of ", group.likeness);
    text += fmt::format("{}", fmt::join(names, ", "));
    if (others > shown) text += fmt::format(" and {} more", others - shown);
    if (labels || sides) text += "; itself (" + facts(first, labels, sides) + ")";
    if (others > shown && labels) {
      text += "; in all " + counts(members, [&](std::size_t one) { return labels_text(one); });
    }
    if (others > shown && sides) {
      text += "; in all " + counts(members, [&](std::size_t one) { return side_text(one); });
    }
    const char* kind = labels ? kinds::kAcrossClasses : sides ? kinds::kAcrossSplit : kinds::kCopy;
    findings_.push_back(finding(kind, videos_[first]->file(), std::move(text), action(labels, sides)));
    findings_.back().score = group.likeness;
    for (std::size_t i = 1; i < members.size(); ++i) {
      findings_.back().others.push_back(videos_[members[i]]->file());
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
  std::vector<bool> is_again_;                // another has the same bytes, and comes before
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
