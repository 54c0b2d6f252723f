#include "c3d/check/network_doubts.h"

#include <algorithm>
#include <map>

#include "c3d/check/kinds.h"
#include "c3d/check/label_suspects.h"
#include "c3d/training/data_warnings.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"

namespace c3d {
namespace {

class NetworkDoubts {
 public:
  NetworkDoubts(const Collection& collection, VideoClassifier& classifier)
      : collection_(collection), labels_(collection.data.train.labels), classifier_(classifier) {
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < labels_.size(); ++i) numbers[labels_[i]] = i;
    const std::vector<double>& thresholds = classifier.thresholds();
    known_.assign(labels_.size(), false);
    thresholds_.assign(labels_.size(), 0.5);
    for (std::size_t i = 0; i < classifier.labels().size(); ++i) {
      const auto number = numbers.find(classifier.labels()[i]);
      if (number == numbers.end()) continue;
      known_[number->second] = true;
      if (i < thresholds.size()) thresholds_[number->second] = thresholds[i];
    }
    numbers_ = std::move(numbers);
  }

  // Those that the network does not know.
  std::vector<std::string> unknown() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      if (!known_[i]) names.push_back(printable(labels_[i]));
    }
    return names;
  }

  void look(const ClipOptions& clips, const CountCallback& progress) {
    std::vector<std::filesystem::path> files;
    for (const CollectedVideo& one : collection_.videos) {
      if (!is_judged(one)) continue;
      wanted_.push_back(&one);
      files.push_back(one.file());
    }
    std::int64_t done = 0;
    classifier_.label(files, clips, classifier_.labels().size(), [&](const LabeledVideo& video) {
      if (video.error.empty()) add(*wanted_[static_cast<std::size_t>(done)], video);
      ++done;
      if (progress) progress(done, std::ssize(files));
      return true;
    });
  }

  void report(Findings& findings) const {
    const bool has_sets = collection_.data.train.has_label_sets;
    for (const LabelSuspect& suspect :
         has_sets ? label_set_suspects(judged_, thresholds_) : label_suspects(judged_, labels_.size())) {
      findings.push_back(finding(kinds::kSuspect, seen_[suspect.video]->file(), text(suspect),
                                 has_sets ? "look at it, and correct its labels"
                                          : "look at it, and correct its label or remove it"));
      findings.back().score = suspect.doubt;
    }
  }

  std::int64_t count() const { return std::ssize(judged_); }

 private:
  // A network that does not know its one label has nothing to say of it.
  bool is_judged(const CollectedVideo& one) const {
    return one.dataset->has_label_sets || known_[static_cast<std::size_t>(one.video->label)];
  }

  void add(const CollectedVideo& one, const LabeledVideo& video) {
    const auto shown = classes_of(*one.dataset, *one.video);
    NetworkOpinion judged{.labels = {shown.begin(), shown.end()},
                          .probabilities = std::vector<double>(labels_.size(), -1)};
    for (const RankedLabel& label : video.labels) {
      const auto number = numbers_.find(label.name);
      if (number != numbers_.end()) judged.probabilities[number->second] = label.probability;
    }
    judged_.push_back(std::move(judged));
    seen_.push_back(&one);
  }

  std::string text(const LabelSuspect& suspect) const {
    const auto named = [&](std::int32_t label) {
      const auto place = static_cast<std::size_t>(label);
      return fmt::format("{} ({:.1f} %)", printable(labels_[place]),
                         100 * judged_[suspect.video].probabilities[place]);
    };
    if (suspect.seen < 0)
      return fmt::format("bears the label {}, which the network does not see", named(suspect.label));
    if (suspect.label < 0)
      return fmt::format("does not bear the label {}, which the network sees", named(suspect.seen));
    return fmt::format("bears the label {}, and the network sees {}", named(suspect.label),
                       named(suspect.seen));
  }

  const Collection& collection_;
  const std::vector<std::string>& labels_;
  VideoClassifier& classifier_;
  std::map<std::string, std::size_t> numbers_;  // of the classes
  std::vector<bool> known_;
  std::vector<double> thresholds_;
  std::vector<const CollectedVideo*> wanted_, seen_;
  std::vector<NetworkOpinion> judged_;  // of those seen
};

}  // namespace

void expect_same_kind(const VideoClassifier& classifier, const TrainSettings& settings) {
  expect(classifier.has_label_sets() == settings.label_sets,
         "the network of the weights tells {}, and the videos have {}: take other weights, or set targets",
         classifier.has_label_sets() ? "any number of labels" : "one label of several",
         settings.label_sets ? "any number of them" : "one each");
}

std::int64_t find_network_doubts(const Collection& collection, VideoClassifier& classifier,
                                 const ClipOptions& clips, const CountCallback& progress, Findings& findings,
                                 std::vector<std::string>& notes) {
  if (collection.videos.empty()) return 0;
  NetworkDoubts doubts(collection, classifier);
  const std::vector<std::string> unknown = doubts.unknown();
  expect(unknown.size() < collection.data.train.labels.size(),
         "the network of the weights knows none of the classes ({}): it has others, such as {}",
         a_few(unknown), classifier.labels().empty() ? "none" : printable(classifier.labels()[0]));
  if (!unknown.empty()) {
    notes.push_back(fmt::format("the network of the weights does not know {}: their labels are not judged",
                                a_few(unknown)));
  }
  doubts.look(clips, progress);
  doubts.report(findings);
  return doubts.count();
}

}  // namespace c3d
