#include "tools/c3d_bench/pipeline_options.h"

#include "tools/shared/option_checks.h"
#include "tools/shared/reading_options.h"

namespace c3d {

void add_pipeline_options(CLI::App& app, PipelineRequest& request) {
  const char* const group = "Pipeline";
  CLI::Option* pipeline =
      app.add_option("--pipeline", request.videos,
                     "only this: from the videos in VIDEOS, a file or all below a folder, to the network's "
                     "answers, as c3d_infer goes: each stage, and the whole; by random weights of --width "
                     "without --weights");
  pipeline->option_text("VIDEOS")->group(group);
  add_readers_option(app, request.readers)->needs(pipeline)->group(group);
  CLI::Option* window =
      app.add_option("--window", request.window,
                     "a window of so many frames slides over each video, as c3d_infer's [ten clips of each, "
                     "spread evenly]");
  window->check(whole_number_within(1, kLargestInt))->needs(pipeline)->group(group);
  app.add_option("--step", request.clips.step,
                 "frames from one window's start to the next [half of --window]")
      ->check(whole_number_within(1, kLargestInt))
      ->needs(window)
      ->group(group);
  app.add_flag("!--no-network", request.has_network, "read the videos, and compute nothing")
      ->needs(pipeline)
      ->group(group);
}

}  // namespace c3d
