#include "tools/shared/option_checks.h"

#include "catch.h"
#include "engine/core/error.h"
#include "tools/shared/named_values.h"

namespace c3d {
namespace {

// What a validator says of a text; empty: it passes.
std::string said(CLI::Validator check, std::string text) { return check(text); }

TEST_CASE("a whole number is checked by its digits and its range is said as it is") {
  const CLI::Validator check = whole_number_within(1, 1000);
  for (const char* text : {"1", "1000", "17"}) CHECK(said(check, text).empty());
  for (const char* text :
       {"0", "-1", "1001", "99999999999999999999999", "1.5", "1e2", "nan", "", " 1", "2 "}) {
    INFO(text);
    CHECK(said(check, text) == "is '" + std::string(text) + "', but must be a whole number from 1 to 1000");
  }
  const CLI::Validator seed = whole_number_within(0, std::numeric_limits<std::uint64_t>::max());
  CHECK(said(seed, "18446744073709551615").empty());
  CHECK(said(seed, "18446744073709551616") ==
        "is '18446744073709551616', but must be a whole number from 0 to 18446744073709551615");
}

TEST_CASE("a number that is none or that is infinite passes no range") {
  const CLI::Validator check = number_within(0.01, 8);
  for (const char* text : {"0.01", "8", "1e0"}) CHECK(said(check, text).empty());
  for (const char* text : {"nan", "-nan", "inf", "-inf", "0", "8.1", "1e999", "one", ""}) {
    INFO(text);
    CHECK(said(check, text) == "is '" + std::string(text) + "', but must be a number from 0.01 to 8");
  }
  CHECK(said(not_negative(), "0").empty());
  for (const char* text : {"nan", "inf", "-1"}) {
    CHECK(said(not_negative(), text) == "is '" + std::string(text) + "', but must be a number from 0 on");
  }
}

TEST_CASE("a word that is none of those there are has its nearest named and many are not listed") {
  CHECK(said(one_of({"train", "test"}), "test").empty());
  CHECK(said(one_of({"train", "test"}), "trian") ==
        "is 'trian', but must be one of train, test; the nearest is 'train'");
  std::vector<std::string> many;
  for (int i = 10; i < 90; ++i) many.push_back("word" + std::to_string(i));
  CHECK(said(one_of(many), "wrd33") == "is 'wrd33', which is none of 80 words; the nearest is 'word33'");
  CHECK(one_of(many).get_description().empty());
  CHECK(one_of({"a", "b"}).get_description() == "{a,b}");
}

TEST_CASE("what an Error says of a text is said of the option") {
  const CLI::Validator check =
      checked_by([](const std::string& text) { expect(text == "a", "no {}", text); });
  CHECK(said(check, "a").empty());
  CHECK(said(check, "b") == "no b");
}

}  // namespace
}  // namespace c3d
