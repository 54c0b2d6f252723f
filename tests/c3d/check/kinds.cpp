#include "c3d/check/kinds.h"

#include <algorithm>
#include <set>
#include <string>

#include "c3d/check/check_page.h"
#include "catch.h"
#include "tests/c3d/check/example_report.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

TEST_CASE("kinds stand by weight, the heaviest first, each once") {
  std::set<std::string_view> names;
  FindingWeight before = FindingWeight::stops_training;
  for (const FindingKind& kind : finding_kinds()) {
    CHECK(kind.weight >= before);
    CHECK(names.insert(kind.name).second);
    CHECK(finding_kind(kind.name).title == kind.title);
    before = kind.weight;
  }
  CHECK_THROWS_WITH(finding_kind("odd"), Catch::Contains("no kind of findings called 'odd'"));
}

TEST_CASE("findings of a weight are counted in words") {
  CHECK(weight_count(1, FindingWeight::spoils_results) == "1 spoils results");
  CHECK(weight_count(2, FindingWeight::spoils_results) == "2 spoil results");
  CHECK(weight_count(3, FindingWeight::to_know) == "3 are good to know");
}

TEST_CASE("the text and the page of a check have every kind, and stay short however much there is") {
  const CheckReport report = example_check({.videos = 2'000, .classes = 300, .findings = 1'000});
  const std::string text = check_text(report), page = check_page(report, {});
  for (const FindingKind& kind : finding_kinds()) {
    INFO(kind.name);
    CHECK_THAT(text, Catch::Contains("\n" + std::string(kind.title)));
    if (kind.weight == FindingWeight::stops_training) continue;
    CHECK_THAT(page, Catch::Contains("id=\"" + std::string(kind.name) + "\""));
  }
  CHECK_THAT(text,
             Catch::Contains("and 980 more, which --json lists") && Catch::Contains("and 200 more classes"));
  CHECK(std::ranges::count(text, '\n') < 800);
  CHECK(pictured_videos(report).size() <= 900);
  CHECK(page.size() < 8'000'000);
}
