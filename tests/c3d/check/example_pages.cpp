// example_pages FOLDER: pages for browser.py, which a browser is to show.
#include "c3d/check/check_page.h"
#include "engine/io/atomic_file.h"
#include "tests/c3d/check/example_report.h"
#include "tests/support/write_examples.h"

namespace c3d {
namespace {

void write_page(const std::filesystem::path& file, const CheckReport& report) {
  write_file(file, check_page(report, example_pictures(report)));
}

void write_pages(const std::filesystem::path& folder) {
  write_page(folder / "check.html", example_check({}));
  write_page(folder / "hostile_check.html", example_check({.hostile = true}));
  write_page(folder / "large_check.html",
             example_check({.videos = 20'000, .classes = 500, .findings = 2'000}));
  write_page(folder / "empty_check.html", empty_check());
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) { return c3d::write_examples(argc, argv, c3d::write_pages); }
