#include "engine/train/checkpoint.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "engine/io/safetensors.h"
#include "tests/engine/train/small_run.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

struct SavedRun {
  SavedRun() {
    Optimizer sgd(*backend, network.store, {});
    sgd.state_arrays()[0].values.as<float>()[5] = 0.25f;
    TrainState state;
    state.step = 12;
    state.seconds = 3.5;
    state.best_top1 = 1.0 / 3;
    state.best_clip_accuracy = 0.3;
    state.evaluations_since_best = 4;
    save_checkpoint(path(), *backend, network.store, sgd.state_arrays(), state, {{"settings", "{\"a\":1}"}});
  }
  std::filesystem::path path() const { return folder / "state.safetensors"; }

  std::unique_ptr<Backend> backend = make_reference_backend();
  SmallNetwork network{*backend};
  ScratchFolder folder;
};

}  // namespace

TEST_CASE("a training state comes back as it was saved") {
  SavedRun saved;
  const Checkpoint checkpoint = read_checkpoint(saved.path());
  CHECK(checkpoint.state.step == 12);
  CHECK(checkpoint.state.seconds == 3.5);
  CHECK(checkpoint.state.best_top1 == 1.0 / 3);
  CHECK(checkpoint.state.best_clip_accuracy == 0.3);
  CHECK(checkpoint.state.best_loss == std::numeric_limits<double>::infinity());
  CHECK(checkpoint.state.evaluations_since_best == 4);
  CHECK(checkpoint.other.at("settings") == "{\"a\":1}");

  SmallNetwork other(*saved.backend);
  const std::vector<float> before = saved.network.read(saved.network.store.all_values());
  saved.backend->zero(other.store.all_values());
  Optimizer sgd(*saved.backend, other.store, {});
  restore_checkpoint(checkpoint, *saved.backend, other.store, sgd.state_arrays());
  CHECK(other.read(other.store.all_values()) == before);
  CHECK(other.read(sgd.state_arrays()[0].values)[5] == 0.25f);
}

TEST_CASE("a training state of another network is refused") {
  SavedRun saved;
  const Checkpoint checkpoint = read_checkpoint(saved.path());
  ParameterStore store;
  store.declare({.name = "conv.weight", .shape = {4, 3, 3, 3, 8}});
  store.allocate(*saved.backend, true);
  Optimizer sgd(*saved.backend, store, {});
  CHECK_THROWS_WITH(restore_checkpoint(checkpoint, *saved.backend, store, sgd.state_arrays()),
                    Catch::Contains("other layers or sizes"));
}

TEST_CASE("a training state of another optimizer is refused") {
  SavedRun saved;
  const Checkpoint checkpoint = read_checkpoint(saved.path());
  SmallNetwork other(*saved.backend);
  Optimizer adamw(*saved.backend, other.store, {.rule = OptimizerRule::adamw});
  CHECK_THROWS_WITH(restore_checkpoint(checkpoint, *saved.backend, other.store, adamw.state_arrays()),
                    Catch::Contains("no second_moment") && Catch::Contains("settings it was started with"));

  save_checkpoint(saved.path(), *saved.backend, other.store, adamw.state_arrays(), {}, {});
  Optimizer sgd(*saved.backend, other.store, {});
  CHECK_THROWS_WITH(
      restore_checkpoint(read_checkpoint(saved.path()), *saved.backend, other.store, sgd.state_arrays()),
      Catch::Contains("has second_moment") && Catch::Contains("settings it was started with"));
}

TEST_CASE("a truncated or foreign training state is an error that names the file") {
  SavedRun saved;
  const std::string whole = read_text(saved.path());
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, whole.size() / 2, whole.size() - 1}) {
    write_file(saved.path(), std::string_view(whole).substr(0, length));
    CHECK_THROWS_WITH(read_checkpoint(saved.path()), Catch::Contains("state.safetensors"));
  }
  NamedTensors weights;
  weights.add("values", {2}, DType::f32);
  write_safetensors(saved.path(), weights);
  CHECK_THROWS_WITH(read_checkpoint(saved.path()), Catch::Contains("no training state"));
  CHECK_THROWS_AS(read_checkpoint(saved.folder / "absent"), Error);
}

TEST_CASE("a training state with a flipped bit is refused with the way out") {
  SavedRun saved;
  std::string bytes = read_text(saved.path());
  bytes[bytes.size() * 3 / 4] = static_cast<char>(bytes[bytes.size() * 3 / 4] ^ 64);
  write_file(saved.path(), bytes);
  CHECK_THROWS_WITH(read_checkpoint(saved.path()),
                    Catch::Contains("state.safetensors is damaged: tensor 'v") &&
                        Catch::Contains("does not have the checksum"));
}

TEST_CASE("a training state with a number out of its range is an error that names it") {
  SavedRun saved;
  const auto [key, value, complaint] = GENERATE(table<std::string, std::string, std::string>({
      {"step", "-1", "`step`; it is 0 to"},
      {"step", "9000000000000000000", "`step`"},
      {"step", "99999999999999999999", "no number"},
      {"seconds", "nan", "`seconds`"},
      {"seconds", "inf", "`seconds`"},
      {"best_top1", "1.5", "`best_top1`; it is -1 to 1"},
      {"best_clip_accuracy", "nan", "`best_clip_accuracy`; it is -1 to 1"},
      {"best_loss", "-0.5", "`best_loss`"},
      {"best_step", "-2", "`best_step`"},
      {"evaluated_step", "-9", "`evaluated_step`"},
      {"evaluations_since_best", "-1", "`evaluations_since_best`; it is 0 to"},
      {"evaluations_since_best", "few", "no number"},
      {"format", "c3d training state 2", "another version"},
      {"format", "\x1b[31mstate", "no training state"},
  }));
  NamedTensors tensors = read_safetensors(saved.path());
  tensors.metadata()[key] = value;
  write_safetensors(saved.path(), tensors);
  CHECK_THROWS_WITH(read_checkpoint(saved.path()),
                    Catch::Contains(complaint) && Catch::Contains("state.safetensors"));
}

TEST_CASE("a training state of a version that knew no patience is read") {
  SavedRun saved;
  NamedTensors tensors = read_safetensors(saved.path());
  for (const char* key : {"best_clip_accuracy", "evaluations_since_best"}) tensors.metadata().erase(key);
  write_safetensors(saved.path(), tensors);
  const TrainState state = read_checkpoint(saved.path()).state;
  CHECK(state.step == 12);
  CHECK(state.best_clip_accuracy == -1);
  CHECK(state.evaluations_since_best == 0);
}

TEST_CASE("a best loss that is no number is the worst") {
  SavedRun saved;
  NamedTensors tensors = read_safetensors(saved.path());
  tensors.metadata()["best_loss"] = "nan";
  write_safetensors(saved.path(), tensors);
  CHECK(read_checkpoint(saved.path()).state.best_loss == std::numeric_limits<double>::infinity());
}

TEST_CASE("a training state without a number where one belongs is an error") {
  SavedRun saved;
  NamedTensors tensors = read_safetensors(saved.path());
  tensors.metadata()["step"] = "12x";
  write_safetensors(saved.path(), tensors);
  CHECK_THROWS_WITH(read_checkpoint(saved.path()), Catch::Contains("12x"));
  tensors.metadata().erase("step");
  write_safetensors(saved.path(), tensors);
  CHECK_THROWS_WITH(read_checkpoint(saved.path()), Catch::Contains("`step`"));
}
