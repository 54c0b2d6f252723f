// c3d_train as a process, and the smallest training there is.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/json.h"
#include "kernels/cpu/cpu_backend.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scratch_folder.h"

namespace c3d {

class Process {
 public:
  Process(std::vector<std::string> words, const std::filesystem::path& output) : output_(output) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int status = posix_spawn(&id_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    expect(status == 0, "{} does not start", words[0]);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  // A test that fails leaves none behind.
  ~Process() {
    send(SIGKILL);
    wait();
  }
  bool running() {
    reaped_ = reaped_ || waitpid(id_, &status_, WNOHANG) == id_;
    return !reaped_;
  }
  void send(int signal) const {
    if (!reaped_) ::kill(id_, signal);  // the number may be another's by now
  }
  // 0 ... 255, or 1000 + the signal that killed it.
  int wait() {
    if (!reaped_) waitpid(id_, &status_, 0);
    reaped_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 1000 + WTERMSIG(status_);
  }
  std::string output() const { return read_text(output_); }

 private:
  std::filesystem::path output_;
  pid_t id_ = 0;
  int status_ = 0;
  bool reaped_ = false;
};

struct Training {
  Training() { write_plain_videos(scratch / "videos", 4); }

  std::filesystem::path run(const std::string& name) const { return scratch / name; }
  Process start(const std::string& name, std::vector<std::string> more) const {
    std::vector<std::string> words = {std::string(C3D_BINARY_DIR) + "/bin/c3d_train", "--out",
                                      run(name).string()};
    words.insert(words.end(), more.begin(), more.end());
    // A file for each: two processes in one run's folder may live at the same time.
    return {words, scratch / fmt::format("{}.{}.out", name, ++started)};
  }
  // The smallest C3D there is, on the CPU backend where there is one. Its settings are those that stand here: no
  // recipe adds to them.
  Process start_new(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"--data", (scratch / "videos").string()};
    for (const char* setting : {"recipe=none", "width=0.03", "crop=16", "resize_width=20", "resize_height=18",
                                "batch=3", "steps=9", "snapshot_every=2", "validate_every=5",
                                "validation_clips=2", "loader_threads=2", "warmup_steps=2", "accumulate=2"}) {
      words.insert(words.end(), {"--set", setting});
    }
    words.insert(words.end(), {"--set", has_cpu() ? "device=cpu" : "device=reference", "--set",
                               "cache_folder=" + (scratch / "cache").string()});
    words.insert(words.end(), more.begin(), more.end());
    return start(name, words);
  }
  static bool has_cpu() { return cpu_backend_obstacle({}).empty(); }
  // Until `done` is true, or the run is over. Polls without taking the processor from the run.
  static void wait_until(Process& process, const std::function<bool()>& done) {
    while (process.running() && !done()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // Until the run has reported so many times, or is over.
  void wait_for_lines(Process& process, const std::string& name, std::int64_t lines) const {
    const auto count = [&] {
      const std::string text = read_text(run(name) / "metrics.jsonl");
      return std::count(text.begin(), text.end(), '\n');
    };
    wait_until(process, [&] { return count() >= lines; });
  }
  // Kills the run when it has reported so many times.
  void kill_at(Process& process, const std::string& name, std::int64_t lines) const {
    wait_for_lines(process, name, lines);
    process.send(SIGKILL);
    process.wait();
  }

  ScratchFolder scratch;
  mutable int started = 0;  // processes
};

inline std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  const std::size_t start = text.rfind('\n', end);
  return text.substr(start + 1, end - start);
}

inline std::vector<nlohmann::json> json_lines(const std::filesystem::path& file) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_text(file));
  for (std::string line; std::getline(text, line);) lines.push_back(parse_json(line));
  return lines;
}

inline nlohmann::json last_evaluation(const std::filesystem::path& run) {
  nlohmann::json last;
  for (const nlohmann::json& line : json_lines(run / "metrics.jsonl")) {
    if (line["event"] == "evaluation") last = line;
  }
  return last;
}

}  // namespace c3d
