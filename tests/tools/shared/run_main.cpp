#include "tools/shared/run_main.h"

#include <unistd.h>

#include <array>
#include <iostream>
#include <new>
#include <sstream>

#include "c3d/common/bad_request.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tools/shared/device_options.h"

namespace c3d {
namespace {

struct Outcome {
  int code;
  std::string output, errors;
};

// Runs a tool with the device options, and catches what it prints.
Outcome run(std::vector<std::string> arguments, BackendSpec& spec, const std::function<int()>& work) {
  CLI::App app("says what a tool is for", "tool");
  add_device_options(app, spec);
  arguments.insert(arguments.begin(), "tool");
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  std::ostringstream output, errors;
  std::streambuf* const cout = std::cout.rdbuf(output.rdbuf());
  std::streambuf* const cerr = std::cerr.rdbuf(errors.rdbuf());
  const int code = run_main(app, static_cast<int>(raw.size()), raw.data(), work);
  std::cout.rdbuf(cout);
  std::cerr.rdbuf(cerr);
  return {code, output.str(), errors.str()};
}

TEST_CASE("run_main turns every end into a message and a code") {
  BackendSpec spec;
  SECTION("work that ends gives its own code") {
    CHECK(run({}, spec, [] { return 0; }).code == 0);
    CHECK(run({}, spec, [] { return 1; }).code == 1);
  }
  SECTION("an Error is said without the place in the source") {
    const Outcome outcome = run({}, spec, []() -> int { fail("a.mp4: no such file"); });
    CHECK(outcome.code == 1);
    CHECK(outcome.errors == "tool: a.mp4: no such file\n");
  }
  SECTION("a request that contradicts itself ends as a wrong command line") {
    const Outcome outcome = run({}, spec, []() -> int { refuse("--json {} is an input", "a.avi"); });
    CHECK(outcome.code == 2);
    CHECK(outcome.errors == "tool: --json a.avi is an input\n");
    CHECK(run({"--device", "gpu"}, spec, [] { return 0; }).code == 2);
    CHECK(run({"--device", "cuda:x"}, spec, [] { return 0; }).code == 2);
  }
  SECTION("an option that nothing is like has no other suggested") {
    const auto said = [&](const char* option) { return run({option}, spec, [] { return 0; }).errors; };
    CHECK_THAT(said("--devise"), Catch::Contains("did you mean --device?"));
    for (const char* option : {"--csv", "-w", "--features"}) {
      INFO(option);
      CHECK(said(option).find("did you mean") == std::string::npos);
      CHECK_THAT(said(option), Catch::Contains("--help lists"));
    }
  }
  SECTION("other exceptions are said too") {
    CHECK(run({}, spec, []() -> int { throw std::bad_alloc(); }).errors.find("not enough memory") !=
          std::string::npos);
    CHECK(run({}, spec, []() -> int { throw std::runtime_error("odd\x1b"); }).errors ==
          "tool: the work was given up for an unexpected reason: odd\\x1b\n");
  }
  SECTION("a closed pipe is an error of the write and ends nothing") {
    CHECK(run({}, spec, [] {
            std::array<int, 2> ends{};
            if (::pipe(ends.data()) != 0 || ::close(ends[0]) != 0) return 2;
            return ::write(ends[1], "x", 1) == -1 && ::close(ends[1]) == 0 ? 0 : 3;
          }).code == 0);
  }
  SECTION("a wrong command line does not start the work") {
    const Outcome outcome = run({"--nonsense"}, spec, [] { return 0; });
    CHECK(outcome.code == 2);
    CHECK(outcome.errors.find("--nonsense") != std::string::npos);
    CHECK(run({"--precision", "f16"}, spec, [] { return 0; }).code == 2);
  }
  SECTION("what is wrong with a command line is fit for a terminal") {
    const Outcome outcome = run({"--device=cpu", "\x1b[31m"}, spec, [] { return 0; });
    CHECK(outcome.code == 2);
    CHECK(outcome.errors.find('\x1b') == std::string::npos);
    CHECK(run({"--threads", "99999"}, spec, [] { return 0; }).code == 2);
    CHECK(run({"--threads", "-1"}, spec, [] { return 0; }).code == 2);
  }
  SECTION("output that cannot be written is no success") {
    const Outcome outcome = run({}, spec, [] {
      std::cout.setstate(std::ios::badbit);
      return 0;
    });
    std::cout.clear();
    CHECK(outcome.code == 1);
    CHECK(outcome.errors == "tool: standard output cannot be written\n");
  }
  SECTION("--version says what this is") {
    const Outcome outcome = run({"--version"}, spec, [] { return 1; });
    CHECK(outcome.code == 0);
    CHECK(outcome.output.starts_with("tool 0.1.0 (commit "));
    CHECK(outcome.output.find("\nbackends: reference") != std::string::npos);
  }
  SECTION("--option-table is for programs, and not in --help") {
    const Outcome outcome = run({"--option-table"}, spec, [] { return 1; });
    CHECK(outcome.code == 0);
    CHECK(outcome.output.starts_with("\t-h,--help\t0\t"));
    CHECK(outcome.output.find("\n\t--device\t1\tauto|cpu|reference|cuda[:N]\twhere to compute") !=
          std::string::npos);
    CHECK(outcome.output.find("--option-table") == std::string::npos);
    CHECK(run({"--help"}, spec, [] { return 1; }).output.find("--option-table") == std::string::npos);
  }
  SECTION("--help is no error") {
    const Outcome outcome = run({"--help"}, spec, [] { return 1; });
    CHECK(outcome.code == 0);
    CHECK(outcome.output.find("--precision") != std::string::npos);
  }
}

TEST_CASE("a command asks for none of the tool's own options") {
  const auto parsed_command = [](std::vector<std::string> arguments, int& code) {
    CLI::App app("says what a tool is for", "tool");
    app.add_option("--needed", "a file")->required();
    const CLI::App* command = app.add_subcommand("score", "a command");
    arguments.insert(arguments.begin(), "tool");
    std::vector<char*> raw;
    for (std::string& argument : arguments) raw.push_back(argument.data());
    std::ostringstream errors;
    std::streambuf* const cerr = std::cerr.rdbuf(errors.rdbuf());
    code = run_main(app, static_cast<int>(raw.size()), raw.data(), [] { return 0; });
    std::cerr.rdbuf(cerr);
    return command->parsed();
  };
  int code = -1;
  CHECK(parsed_command({"score"}, code));
  CHECK(code == 0);
  CHECK(!parsed_command({"--needed", "score"}, code));
  CHECK(code == 0);
  CHECK(!parsed_command({}, code));
  CHECK(code == 2);
}

TEST_CASE("what a tool does not know has its nearest named in the order typed") {
  BackendSpec spec;
  const auto errors = [&](const std::vector<std::string>& arguments) {
    const Outcome outcome = run(arguments, spec, [] { return 0; });
    CHECK(outcome.code == 2);
    return outcome.errors.substr(0, outcome.errors.find("\nRun with"));
  };
  CHECK(errors({"--devise", "cpu"}) == "there is no option --devise; did you mean --device?");
  CHECK(errors({"--thread=3", "--presicion", "bf16"}) ==
        "there is no option --thread; did you mean --threads?\n"
        "there is no option --presicion; did you mean --precision?");
  CHECK(errors({"first", "second"}) == "nothing takes the words first second");
  CHECK(errors({"--", "--device"}) == "nothing takes the word --device");
  CHECK_THAT(errors({"--isa", "avx521"}), Catch::Contains("the nearest is 'avx512'"));
  CHECK_THAT(errors({"--threads", "99999999999999999999"}),
             Catch::Contains("--threads") && Catch::Contains("must be a whole number from 0 to"));
}

TEST_CASE("a slip in a command is named before what it lacks") {
  CLI::App app("says what a tool is for", "tool");
  app.require_subcommand(1);
  std::string file;
  app.add_subcommand("inspect", "looks")->add_option("FILE", file)->required();
  app.add_subcommand("convert", "writes");
  std::array<std::string, 3> words = {"tool", "inspct", "a.pth"};
  std::array<char*, 3> raw = {words[0].data(), words[1].data(), words[2].data()};
  std::ostringstream errors;
  std::streambuf* const cerr = std::cerr.rdbuf(errors.rdbuf());
  const int code = run_main(app, 3, raw.data(), [] { return 0; });
  std::cerr.rdbuf(cerr);
  CHECK(code == 2);
  CHECK(errors.str().starts_with("there is no command inspct; did you mean inspect?\n"));
}

TEST_CASE("a slip in measured or fixed is no plan file") {
  BackendSpec spec;
  for (const char* plan : {"fxed", "messured", "Fixed"}) {
    const Outcome outcome = run({"--plan", plan}, spec, [] { return 0; });
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.errors, Catch::Contains("did you mean"));
  }
  CHECK(run({"--plan", "./fxed"}, spec, [] { return 0; }).code == 0);
  CHECK(run({"--plan", "fixed.plan"}, spec, [] { return 0; }).code == 0);
}

TEST_CASE("device options fill the backend spec") {
  BackendSpec spec;
  const Outcome outcome =
      run({"--device", "cuda:1", "--precision", "bf16", "--threads", "3"}, spec, [] { return 0; });
  INFO(outcome.errors);
  CHECK(outcome.code == 0);
  CHECK(spec.device == "cuda:1");
  CHECK(spec.precision == Precision::bf16);
  CHECK(spec.threads == 3);
  CHECK(spec.plan.empty());  // the device's own
  CHECK(spec.max_packed_bytes == 0);
}

TEST_CASE("device options say the plan and the memory for filters") {
  BackendSpec spec;
  CHECK(run({"--plan", "fixed", "--memory", "64"}, spec, [] { return 0; }).code == 0);
  CHECK(spec.plan == "fixed");
  CHECK(spec.max_packed_bytes == 64'000'000);
  CHECK(run({"--memory", "-1"}, spec, [] { return 0; }).code == 2);
  CHECK(run({"--memory", "much"}, spec, [] { return 0; }).code == 2);
}

}  // namespace
}  // namespace c3d
