#include "tools/shared/run_main.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "c3d/common/bad_request.h"
#include "c3d/device.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/file.h"
#include "tools/shared/exact_arguments.h"
#include "tools/shared/option_table.h"
#include "tools/shared/unknown_words.h"

namespace c3d {
namespace {

// Opened for the other direction, so that its use fails as it should. open() takes the lowest number free.
void hold_place_of_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) != -1) continue;
    if (::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

void fail_writes_instead_of_dying() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool output_is_written(const CLI::App& app) {
  try {
    expect_output_is_written();
    return true;
  } catch (const Error& error) {
    std::cerr << app.get_name() << ": " << error.message() << std::endl;
    return false;
  }
}

// --help too is said by an exception. A word that no option is called explains best what went wrong: that an
// option is missing may come of it.
int say(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out, err;
  const std::string unknown = error.get_exit_code() == 0 ? "" : unknown_words(app);
  const int code = unknown.empty()
                       ? app.exit(error, out, err)
                       : app.exit(CLI::ExtrasError(unknown, CLI::ExitCodes::ExtrasError), out, err);
  const auto text = [](const std::ostringstream& stream) {
    std::string lines = stream.str();
    std::erase(lines, '\x01');  // marks of exact_arguments.h
    return printable_lines(lines);
  };
  std::cout << text(out);
  std::cerr << text(err) << std::flush;
  if (!output_is_written(app)) return 1;
  return code == 0 ? 0 : kWrongCommandLine;
}

// Which option of this tool makes the work smaller, and to what.
std::string advice_for_less_memory(const CLI::App& tool) {
  const std::vector<const CLI::App*> commands =
      tool.get_subcommands([](const CLI::App* command) { return command->parsed(); });
  const CLI::App& app = commands.empty() ? tool : *commands.front();
  if (const CLI::Option* batch = app.get_option_no_throw("--batch")) {
    const int clips = batch->as<int>();
    if (clips > 1) return fmt::format("; --batch {} needs less than {}", std::max(1, clips / 4), clips);
  }
  if (app.get_option_no_throw("--set") != nullptr) return "; a smaller batch needs less: --set batch=N";
  if (app.get_option_no_throw("--width") != nullptr) return "; smaller --width and --height need less";
  return "";
}

// "c3d_infer 0.1.0 (commit 0123456789)", and what this build consists of.
std::string version_text(const std::string& tool) {
  const LibraryVersion v = library_version();
  const auto or_none = [](const std::string& version) { return version.empty() ? "none" : version; };
  return fmt::format("{} {} (commit {})\nbackends: {}\nFFmpeg: {}\ncuDNN: {}", tool, v.version, v.commit,
                     fmt::join(v.backends, ", "), or_none(v.ffmpeg), or_none(v.cudnn));
}

// With a command the tool's own options are not asked for.
void make_own_options_optional(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) option->required(false);
}

// For programs that read it (option_table.h): --help does not list it, and no option needs to be there with
// it.
void add_option_table_flag(CLI::App& app) {
  const auto print_table = [&app] {
    std::cout << option_table(app);
    throw CLI::Success();
  };
  app.add_flag_callback("--option-table", print_table, "the options as a table")->group("");
}

}  // namespace

void expect_output_is_written() { print(""); }

void print(std::string_view text) {
  errno = 0;
  std::cout << text << std::flush;
  const int code = errno;
  const std::string why = code == 0 ? "" : ": " + (code == EBADF ? "it is closed" : errno_text(code));
  expect(std::cout.good(), "standard output cannot be written{}", why);
}

int run_main(CLI::App& app, int argc, char** argv, const std::function<int()>& work) {
  hold_place_of_closed_streams();
  fail_writes_instead_of_dying();
  take_marks_off(app);
  app.set_version_flag(
      "--version", [&app] { return version_text(app.get_name()); },
      "the version, its commit, and what it was built with");
  add_option_table_flag(app);
  const std::vector<std::string> commands = command_names(app);
  if (argc > 1 && std::ranges::find(commands, argv[1]) != commands.end()) make_own_options_optional(app);
  try {
    app.parse(marked_arguments(argc, argv, commands));
  } catch (const CLI::ParseError& error) {
    return say(app, error);
  }
  try {
    const int code = work();
    return output_is_written(app) ? code : std::max(code, 1);
  } catch (const BadRequest& error) {
    std::cerr << app.get_name() << ": " << printable_lines(error.message()) << std::endl;
    return kWrongCommandLine;
  } catch (const Error& error) {
    std::cerr << app.get_name() << ": " << printable_lines(error.message()) << std::endl;
  } catch (const std::bad_alloc&) {
    std::cerr << app.get_name() << ": not enough memory" << advice_for_less_memory(app) << std::endl;
  } catch (const std::system_error& error) {
    const bool no_thread = error.code() == std::errc::resource_unavailable_try_again;
    std::cerr << app.get_name() << ": "
              << (no_thread ? "a thread cannot be started: memory or processes are limited (ulimit -v, -u)"
                            : "the system refused something: " + printable(error.what()))
              << (no_thread ? "; fewer --threads need less" : "") << std::endl;
  } catch (const std::exception& error) {
    std::cerr << app.get_name()
              << ": the work was given up for an unexpected reason: " << printable(error.what()) << std::endl;
  }
  return 1;
}

}  // namespace c3d
