#include "tools/shared/exact_arguments.h"

#include <filesystem>

#include "catch.h"

namespace c3d {
namespace {

struct Tool {
  CLI::App app{"does nothing", "tool"};
  std::vector<std::filesystem::path> files;
  std::vector<std::string> layers;
  std::string out, named;
  bool flag = false;
  CLI::App* score = nullptr;

  Tool() {
    add_exact_option(app, "FILE", files, "files");
    add_exact_option(app, "--layers", layers, "layers");
    app.add_option("--out", out, "output");
    app.add_flag("--flag", flag, "a flag");
    score = app.add_subcommand("score", "a command");
    score->add_option("NAME", named, "a name");
    take_marks_off(app);
  }
  void parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tool");
    app.parse(marked_arguments(static_cast<int>(arguments.size()), arguments.data(), {"score"}));
  }
};

const std::vector<const char*> kOddNames{
    "[Group] Show [1080p]", "[a,b]", "[]",    "[",   "[[x]]", "%%", "{}", "a,b",
    "\"quoted\"",           "'q'",   "\x01x", "a=b", "x]",    "++"};

TEST_CASE("arguments reach the tool as they were given") {
  for (const char* name : kOddNames) {
    INFO(name);
    Tool tool;
    tool.parse({"first", name, "last"});
    CHECK(tool.files == std::vector<std::filesystem::path>{"first", name, "last"});
    Tool alone;
    alone.parse({name});
    CHECK(alone.files == std::vector<std::filesystem::path>{name});
  }
}

TEST_CASE("values of options reach the tool as they were given") {
  for (const char* name : kOddNames) {
    INFO(name);
    Tool tool;
    const std::string joined = std::string("--out=") + name;
    tool.parse({joined.c_str(), "--layers", name, "fc8"});
    CHECK(tool.out == name);
    CHECK(tool.layers == std::vector<std::string>{name, "fc8"});
    Tool apart;
    apart.parse({"--out", name, "--flag"});
    CHECK(apart.out == name);
    CHECK(apart.flag);
  }
}

TEST_CASE("after two dashes all are files") {
  Tool tool;
  tool.parse({"--flag", "--", "--flag", "-x", "--out=[a]", "score", "[b,c]"});
  CHECK(tool.files == std::vector<std::filesystem::path>{"--flag", "-x", "--out=[a]", "score", "[b,c]"});
  CHECK(!tool.score->parsed());
}

TEST_CASE("commands take odd names and files called like them are reached as paths") {
  Tool command;
  command.parse({"score", "[a,b]"});
  CHECK(command.score->parsed());
  CHECK(command.named == "[a,b]");
  Tool file;
  file.parse({"./score"});
  CHECK(!file.score->parsed());
  CHECK(file.files == std::vector<std::filesystem::path>{"./score"});
}

TEST_CASE("a command is the first word") {
  Tool file;
  file.parse({"a.mp4", "score", "--layers", "score"});
  CHECK(!file.score->parsed());
  CHECK(file.files == std::vector<std::filesystem::path>{"a.mp4", "score"});
  CHECK(file.layers == std::vector<std::string>{"score"});
  Tool behind_an_option;
  behind_an_option.parse({"--flag", "score"});
  CHECK(!behind_an_option.score->parsed());
  Tool command;
  command.parse({"score", "score"});
  CHECK(command.score->parsed());
  CHECK(command.named == "score");
}

}  // namespace
}  // namespace c3d
