// c3d_infer: what do these videos show, and how well does a network tell it?

#include <functional>
#include <vector>

#include "tools/c3d_infer/command.h"
#include "tools/c3d_infer/label_command.h"
#include "tools/shared/run_main.h"
#include "tools/shared/tool_mains.h"

int c3d::tools::infer_main(int argc, char** argv) {
  CLI::App app(
      "Labels videos with a trained C3D: the likeliest classes of each, and what stands for them in time.\n"
      "With a command as its first word it does that instead.",
      "c3d_infer");
  const std::function<int()> label = c3d::add_labelling(app);
  const std::vector<c3d::Command> commands = {c3d::add_evaluate(app), c3d::add_match(app),
                                              c3d::add_merge(app)};
  return c3d::run_main(app, argc, argv, [&] {
    for (const c3d::Command& command : commands) {
      if (command.app->parsed()) return command.work();
    }
    return label();
  });
}
