#include "weights/pickle.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"

namespace c3d {
namespace {

using namespace std::string_literals;

PickleDocument read(const std::string& text) { return read_pickle(std::as_bytes(std::span(text))); }

std::string error_of(const std::string& text) {
  return message_of([&] { read(text); });
}

template <typename T>
T value_of(const std::string& text) {
  const PickleDocument document = read(text);
  REQUIRE(document.root->as<T>() != nullptr);
  return *document.root->as<T>();
}

TEST_CASE("numbers come out of each of their opcodes") {
  CHECK(value_of<std::int64_t>("K\xff."s) == 255);
  CHECK(value_of<std::int64_t>("M\x01\x02."s) == 0x201);
  CHECK(value_of<std::int64_t>("J\xfe\xff\xff\xff."s) == -2);
  CHECK(value_of<std::int64_t>("\x8a\x00."s) == 0);
  CHECK(value_of<std::int64_t>("\x8a\x01\x80."s) == -128);
  CHECK(value_of<std::int64_t>("\x8a\x03\x00\x00\x01."s) == 65536);
  CHECK(value_of<double>("G\x3f\xe0\x00\x00\x00\x00\x00\x00."s) == 0.5);
  CHECK(value_of<bool>("\x88."s));
  CHECK_THAT(error_of("\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01."s), Catch::Contains("beyond 64 bits"));
}

TEST_CASE("a pickle ends at its stop whatever follows") {
  const PickleDocument document = read("\x80\x02K\x05.rest"s);
  CHECK(document.bytes == 5);
}

TEST_CASE("containers hold what was put in them in order") {
  const PickleDocument document = read(
      "\x80\x02}(U\x01"
      "aK\x01U\x01"
      "b](K\x02K\x03"
      "eu."s);
  const auto* dict = document.root->as<PickleDict>();
  REQUIRE(dict != nullptr);
  REQUIRE(dict->items.size() == 2);
  CHECK(*dict->items[0].first->as<std::string>() == "a");
  CHECK(*dict->items[0].second->as<std::int64_t>() == 1);
  REQUIRE(dict->items[1].second->as<PickleList>()->items.size() == 2);
  CHECK(*dict->items[1].second->as<PickleList>()->items[1]->as<std::int64_t>() == 3);
}

TEST_CASE("an OrderedDict of Python 2 is made from a list of pairs") {
  const PickleDocument document = read(
      "ccollections\nOrderedDict\n]](U\x01"
      "aK\x07"
      "ea\x85R."s);
  const auto* dict = document.root->as<PickleDict>();
  REQUIRE(dict != nullptr);
  REQUIRE(dict->items.size() == 1);
  CHECK(*dict->items[0].second->as<std::int64_t>() == 7);
}

TEST_CASE("a value that is named twice without a cycle is fine") {
  CHECK(read("]q\x01(]q\x02h\x02h\x02"
             "e."s)
            .root->as<PickleList>()
            ->items.size() == 3);
}

TEST_CASE("calls cannot multiply what a pickle holds") {
  // A list of 10,000 pairs, made into an OrderedDict a thousand times.
  std::string text = "]q\x01(";
  for (int i = 0; i < 10'000; ++i) text += "K\x01K\x01\x86";
  text += "e";
  for (int i = 0; i < 1000; ++i) text += "ccollections\nOrderedDict\nh\x01\x85R\x86";
  CHECK_THAT(error_of(text + "."), Catch::Contains("more than 500000 values"));
  CHECK_THAT(error_of("ctorch\nSize\n" + std::string(300, 'x')), !Catch::Contains("Size"));
}

TEST_CASE("errors quote little of a file and nothing that a terminal obeys") {
  const std::string error = error_of("c\x1b[2J" + std::string(150, 'm') + "\nname\n.");
  CHECK(error.find('\x1b') == std::string::npos);
  CHECK(error.size() < 300);
  CHECK_THAT(error_of("c" + std::string(10'000, 'm')), Catch::Contains("more than 200 characters"));
}

TEST_CASE("opcodes outside the short list are named or given by number") {
  CHECK_THAT(error_of("(lp0\n."), Catch::Contains("opcode LIST"));
  CHECK_THAT(error_of("\x95."s), Catch::Contains("opcode FRAME"));
  CHECK_THAT(error_of("\xff."s), Catch::Contains("0xff, is no opcode"));
  CHECK_THAT(error_of(""), Catch::Contains("cut short"));
}

}  // namespace
}  // namespace c3d
