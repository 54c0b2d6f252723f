#include "tools/c3d_infer/live_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "c3d/common/bad_request.h"
#include "c3d/common/output_guard.h"
#include "c3d/common/output_names.h"
#include "c3d/common/plan_file.h"
#include "c3d/inference/label_selection.h"
#include "c3d/inference/loaded_network.h"
#include "c3d/live/live_lines.h"
#include "c3d/live/live_run.h"
#include "engine/core/error.h"
#include "engine/io/file.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

constexpr std::chrono::seconds kLivePatience{10};  // with a window in work, and a recording that is finished

// Lines go where they were asked for as soon as there are some: a service's log grows, and is kept when it
// starts anew.
class LiveLines {
 public:
  explicit LiveLines(const LabelRequest& request) : json_to_output_(request.prints_json()) {
    if (request.json.empty() || json_to_output_) return;
    file_ = File(request.json, O_RDWR | O_CREAT | O_APPEND);
    end_last_line();
  }

  void add(const LiveWindow& window) { say(window, std::cout); }
  void add(const LiveAlert& alert) { say(alert, std::cout); }
  void add(const LiveEvent& event) { say(event, std::cerr); }
  void add(const LiveTotals& totals) { say(totals, std::cerr); }

 private:
  // A full disk may have cut an earlier run's last line: the next one begins behind it.
  void end_last_line() {
    char last = '\n';
    const bool is_plain = std::filesystem::is_regular_file(file_.path());
    if (is_plain && file_.size() > 0 &&
        ::pread(file_.descriptor(), &last, 1, static_cast<off_t>(file_.size() - 1)) == 1 && last != '\n') {
      file_.write("\n");
    }
  }

  template <typename Said>
  void say(const Said& said, std::ostream& for_people) {
    if (json_to_output_) {
      print(json_line(said) + "\n");
    } else if (file_) {
      file_.write(json_line(said) + "\n");
    }
    (json_to_output_ ? std::cerr : for_people) << text_line(said) << std::endl;
    expect_output_is_written();
  }

  bool json_to_output_;
  File file_;
};

// Lines are added behind what is there.
void expect_lines(const std::filesystem::path& json) {
  if (!is_replaceable(json)) return;
  std::ifstream file(json, std::ios::binary);
  std::string first;
  if (!std::getline(file, first) || try_parse_ordered_json(first).is_object()) return;
  refuse(
      "--json {}: lines would be added behind what it holds, and that is no JSON lines; give it another name",
      json);
}

void check_outputs(const LabelRequest& request, const LiveAddress& address) {
  OutputGuard guard;
  guard.add_input(request.weights, "the weights");
  guard.add_input(request.network.mean, "the mean file");
  guard.add_input(address.path, "the source");
  if (is_plan_file(request.device.plan)) guard.add_output(request.device.plan, "--plan");
  if (request.json.empty() || request.prints_json()) return;
  guard.add_output(request.json, "--json");
  expect_ending("--json", request.json, {".jsonl", ".json", ".txt", ".log"});
  expect_writable(request.json);
  expect_lines(request.json);
}

std::string unknown_alert(const LiveOptions& options, const std::vector<std::string>& labels) {
  for (const LiveAlertRule& rule : options.alerts) {
    if (std::string unknown = unknown_label(rule.label, labels); !unknown.empty()) return unknown;
  }
  return {};
}

}  // namespace

int run_live_command(const LiveArguments& a, const LabelRequest& request) {
  const Interrupt interrupt([] { return std::string("c3d_infer: stopping"); }, kLivePatience);
  LiveAddress address = live_address(a.source);
  check_outputs(request, address);
  LoadedNetwork network(request, std::cerr);
  Classifier& classifier = network.classifier();
  std::cerr << network.description() << std::endl;
  const LiveOptions options = live_options(a, request, classifier.info());
  if (const std::string unknown = unknown_alert(options, classifier.info().labels); !unknown.empty()) {
    std::cerr << "c3d_infer: --alert: " << unknown << std::endl;
    return kWrongCommandLine;
  }

  LiveLines lines(request);
  LiveCallbacks callbacks;
  callbacks.window = [&](const LiveWindow& window) { lines.add(window); };
  callbacks.alert = [&](const LiveAlert& alert) { lines.add(alert); };
  callbacks.event = [&](const LiveEvent& event) { lines.add(event); };
  callbacks.stop_requested = [&] { return interrupt.received() != 0; };
  LiveRule rule = live_rule(std::move(address), options, classifier.info());
  rule.decoder = network.decoder();
  const LiveTotals totals = run_live(classifier, rule, callbacks);
  lines.add(totals);
  if (totals.error.empty()) return 0;
  std::cerr << "c3d_infer: " << printable_lines(totals.error) << std::endl;
  return 1;
}

}  // namespace c3d
