// c3d_infer merge: one file of what shards have labelled.

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "c3d/inference/shards/merge.h"
#include "engine/core/printable.h"
#include "tools/c3d_infer/command.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

constexpr std::int64_t kMostNamed = 20;  // videos that failed

int merge(const std::filesystem::path& whole) {
  std::optional<Progress> progress;
  const MergedShards merged = merge_shards(whole, [&](std::int64_t done, std::int64_t videos) {
    if (!is_terminal(stderr)) return;
    if (!progress) progress.emplace(std::cerr, true, "merging", "videos", videos);
    progress->update(done);
  });
  if (progress) progress->clear();
  const auto failed = static_cast<std::int64_t>(merged.failed.size());
  std::cerr << fmt::format("{}: {} labelled, {} failed, of {} shards\n", printable(whole.native()),
                           merged.videos - failed, failed, merged.shards);
  std::int64_t named = 0;
  for (const auto& [video, why] : merged.failed) {
    if (named++ == kMostNamed) {
      std::cerr << fmt::format("  and {} more: their lines say why\n", failed - kMostNamed);
      break;
    }
    std::cerr << fmt::format("  {}: failed: {}\n", printable(video), printable(why));
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace

Command add_merge(CLI::App& app) {
  CLI::App* command = app.add_subcommand("merge",
                                         "puts the files of all shards (--json --shard, HDF5 --features-out "
                                         "--shard) together, in the list's order");
  const auto whole = std::make_shared<std::filesystem::path>();
  command
      ->add_option("FILE", *whole,
                   "the name that --json, or --features-out of an HDF5 file, had in every shard: of "
                   "part.jsonl, which it "
                   "writes, the shards are part.0-of-6.jsonl ... in the same folder")
      ->required()
      ->type_name("FILE");
  command->footer(
      "The file is what one run over all videos writes. Shards stay as they are.\n"
      "Exit code: 0 if every video was labelled, 1 if any failed or the file cannot be written, 2 if a shard "
      "is "
      "missing, damaged or not of the same run as the others: nothing is written then.\n"
      "  c3d_infer merge part.jsonl");
  return {command, [whole] { return merge(*whole); }};
}

}  // namespace c3d
