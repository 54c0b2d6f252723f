#include "c3d/training/recipes.h"

#include <algorithm>

#include "c3d/training/augmentation_settings.h"
#include "c3d/training/shipped_start.h"
#include "c3d/training/train_setting_table.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tests/support/environment.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

using namespace c3d;

namespace {

// The folder of the shipped weights, which another test's machine may have installed.
struct Pretrained {
  ScratchFolder folder;
  EnvironmentVariable variable{"C3D_PRETRAINED", folder.path().string()};

  std::filesystem::path motion() const { return folder / "c3d-motion-w025.safetensors"; }
};

struct WithMotion : Pretrained {
  explicit WithMotion(int frame_stride = 1) { write_small_model(motion(), {.frame_stride = frame_stride}); }
};

TrainSettings with(const std::vector<Assignment>& assignments) {
  TrainSettings settings;
  assign(settings, {"data", "/videos"});
  for (const Assignment& assignment : assignments) assign(settings, assignment);
  return settings;
}

RecipeChoice choice(const std::vector<Assignment>& assignments) {
  std::set<std::string> given;
  for (const Assignment& assignment : assignments) given.insert(assignment.first);
  return {with(assignments), given};
}

const std::vector<std::string> kLabels = {"open", "close"};

}  // namespace

TEST_CASE("every row of every recipe is a setting that differs from its default") {
  CHECK(recipe_names() == std::vector<std::string>{"auto", "none", "scratch", "small", "finetune", "paper"});
  for (const TrainRecipe& recipe : recipe_table()) {
    TrainSettings settings = with({});
    std::vector<std::string> rows = recipe.settings;
    rows.insert(rows.end(), recipe.with_start.begin(), recipe.with_start.end());
    for (const std::string& row : rows) {
      INFO(recipe.name << ": " << row);
      const Assignment assignment = parse_assignment(row);
      CHECK_NOTHROW(assign(settings, assignment));
      CHECK(setting_text({}, assignment.first) != setting_text(settings, assignment.first));
    }
    if (recipe.falls_by_quarter) settings.schedule_every = 1;
    CHECK_NOTHROW(check_settings(settings));
    CHECK_THAT(recipes_help(), Catch::Contains("\n  " + recipe.name));
  }
  CHECK_THROWS_WITH(with({{"recipe", "smal"}}), Catch::Contains("auto, none, scratch, small"));
}

TEST_CASE("no recipe contradicts the defaults or itself") {
  const Pretrained nothing;
  for (const char* name : {"none", "scratch", "small", "paper"}) {
    RecipeChoice recipe = choice({{"recipe", name}});
    recipe.see_videos({.training = 40, .validation = 9, .labels = kLabels});
    recipe.see_device(true, true);
    CHECK_THAT(recipe.text(), !Catch::Contains("settings of yours"));
    CHECK_NOTHROW(check_settings(recipe.settings()));
  }
  const TrainSettings paper = choice({{"recipe", "paper"}}).settings();
  CHECK(paper.schedule == ScheduleKind::step);
  CHECK(paper.sgd == OptimizerRule::caffe);
  CHECK(paper.initialization == Initialization::caffe);
  RecipeChoice cosine = choice({{"recipe", "paper"}, {"schedule", "cosine"}});
  CHECK_FALSE(cosine.falls_by_quarter());
  CHECK(cosine.settings().schedule_every == 0);
}

TEST_CASE("few videos take the recipe small and many take none") {
  const Pretrained nothing;
  RecipeChoice few = choice({});
  few.see_videos({.training = kFewVideos - 1, .validation = 9, .labels = kLabels});
  few.see_device(true, true);
  CHECK(few.settings().recipe == "small");
  CHECK(augmentation_of(few.settings()).changes_pixels());
  CHECK(few.settings().precision == Precision::bf16);
  CHECK(few.settings().minutes == 20);
  CHECK(few.fits_width());
  CHECK_THAT(few.text(), Catch::Contains("recipe small, for 1999 training videos: ") &&
                             Catch::Contains("scale=0.5,1") && Catch::Contains("minutes=20") &&
                             Catch::Contains("`motion` are not installed") &&
                             Catch::Contains("--recipe none"));

  RecipeChoice many = choice({});
  many.see_videos({.training = kFewVideos, .validation = 9, .labels = kLabels});
  many.see_device(true, true);
  TrainSettings plain = with({});
  plain.recipe = "none";
  CHECK(settings_json(many.settings()) == settings_json(plain));
  CHECK_FALSE(many.fits_time());
  CHECK_THAT(many.text(), Catch::Contains("recipe none, for 2000 training videos"));
}

TEST_CASE("the recipe none sets and says nothing") {
  RecipeChoice none = choice({{"recipe", "none"}});
  none.see_videos({.training = 8, .validation = 9, .labels = kLabels});
  none.see_device(true, true);
  CHECK(settings_json(none.settings()) == settings_json(with({{"recipe", "none"}})));
  CHECK(none.text().empty());
}

TEST_CASE("a GPU and a processor without bf16 take no recipe's minutes and no bf16") {
  const Pretrained nothing;
  RecipeChoice gpu = choice({{"recipe", "scratch"}});
  gpu.see_device(false, false);
  CHECK(gpu.settings().minutes == 0);
  CHECK(gpu.settings().precision == Precision::f32);
  CHECK_FALSE(gpu.fits_time());
}

TEST_CASE("what the user sets wins over a recipe and is said") {
  const Pretrained nothing;
  RecipeChoice mine = choice({{"recipe", "small"}, {"scale", ""}, {"minutes", "3"}, {"width", "0.25"}});
  mine.see_device(true, true);
  CHECK(mine.settings().scale.empty());
  CHECK(mine.settings().minutes == 3);
  CHECK(mine.fits_time());
  CHECK_FALSE(mine.fits_width());
  CHECK_THAT(mine.text(),
             Catch::Contains("as you set it: scale= minutes=3") && !Catch::Contains("scale=0.5,1"));
}

TEST_CASE("steps or epochs that were given are the length whatever a recipe or minutes say") {
  const Pretrained nothing;
  for (const char* key : {"steps", "epochs"}) {
    RecipeChoice long_run = choice({{"recipe", "small"}, {key, "7"}});
    long_run.see_device(true, false);
    CHECK_FALSE(long_run.fits_time());
    CHECK(long_run.settings().minutes == 0);
    RecipeChoice both = choice({{"minutes", "2"}, {key, "7"}});
    CHECK_FALSE(both.fits_time());
    CHECK_THAT(both.text(), Catch::Contains(std::string("`") + key + "` says how long to train"));
    RecipeChoice paper = choice({{"recipe", "paper"}, {key, "7"}});
    CHECK(paper.settings().epochs == (key == std::string("epochs") ? 7 : 0));
    CHECK_NOTHROW(check_settings(paper.settings()));
  }
  CHECK(choice({{"recipe", "paper"}}).settings().epochs == 16);
  RecipeChoice timed = choice({{"recipe", "paper"}, {"minutes", "9"}});
  CHECK(timed.settings().epochs == 16);
  CHECK(timed.fits_time());
  CHECK(timed.falls_by_quarter());
}

TEST_CASE("small starts from the shipped weights and takes their network and frames") {
  const WithMotion shipped;
  RecipeChoice small = choice({});
  CHECK(small.settings().init == "motion");
  CHECK(small.settings().width == 1.0 / 64);
  CHECK(small.settings().crop == 48);
  CHECK(small.settings().resize_width == 64);
  CHECK(small.settings().mean == "110,100,90");
  CHECK(small.settings().learning_rate == 0.0006);
  CHECK(small.settings().optimizer == OptimizerRule::adamw);
  CHECK_NOTHROW(check_settings(small.settings()));
  small.see_videos({.training = 40, .validation = 9, .labels = kLabels});
  CHECK(small.settings().reinit == "fc8");
  CHECK_THAT(small.text(), Catch::Contains("init=motion") && Catch::Contains("reinit=fc8"));
  small.see_device(true, false);
  CHECK(small.settings().epochs == 200);
  CHECK(small.fits_time());
  CHECK_FALSE(small.fits_width());
  RecipeChoice same_classes = choice({});
  same_classes.see_videos({.training = 40, .validation = 9, .labels = small_model_info().labels});
  CHECK(same_classes.settings().reinit.empty());
  RecipeChoice many = choice({});
  many.see_videos({.training = kFewVideos, .validation = 9, .labels = kLabels});
  CHECK(many.settings().init.empty());
  CHECK(many.settings().crop == 112);
}

TEST_CASE("rates that are of the recipe's optimizer are not taken with another one") {
  const WithMotion shipped;
  const TrainSettings plain = with({});
  for (const Assignment& other : {Assignment("optimizer", "sgd"), Assignment("sgd", "caffe")}) {
    const RecipeChoice recipe = choice({other});
    INFO(other.first);
    CHECK(recipe.settings().optimizer == OptimizerRule::sgd);
    CHECK(recipe.settings().learning_rate == plain.learning_rate);
    CHECK(recipe.settings().weight_decay == plain.weight_decay);
    CHECK_THAT(recipe.text(), Catch::Contains("learning_rate"));
  }
}

TEST_CASE("a clip of the shipped weights sees as much of a video as nearly all have, to twice its stride") {
  const WithMotion shipped(2);
  const auto unknown = SeenVideos().frames;
  for (const auto& [frames, stride] : {std::pair<std::int64_t, int>(1000, 4),
                                       {61, 4},
                                       {60, 3},
                                       {46, 3},
                                       {45, 2},
                                       {31, 2},
                                       {30, 1},
                                       {8, 1},
                                       {unknown, 2}}) {
    RecipeChoice recipe = choice({});
    CHECK(recipe.settings().frame_stride == 2);
    recipe.see_videos({.training = 40, .validation = 9, .labels = kLabels, .frames = frames});
    CHECK(recipe.settings().frame_stride == stride);
    const std::string said = fmt::format("frame_stride={}", stride);
    CHECK((recipe.text().find(said + ", not 2") != std::string::npos) == (stride != 2));
    CHECK(recipe.text().find(said) != std::string::npos);
  }
  RecipeChoice mine = choice({{"frame_stride", "2"}});
  mine.see_videos({.training = 40, .validation = 9, .labels = kLabels, .frames = 8});
  CHECK(mine.settings().frame_stride == 2);
}

TEST_CASE("a clip of weights that the user names spans no more frames than they say") {
  const WithMotion shipped(2);
  RecipeChoice recipe = choice({{"init", shipped.motion().string()}});
  recipe.see_videos({.training = 40, .validation = 9, .labels = kLabels, .frames = 1000});
  CHECK(recipe.settings().frame_stride == 2);
}

TEST_CASE("another network leaves the shipped weights out of the default and contradicts them where asked") {
  const WithMotion shipped;
  for (const Assignment& other :
       {Assignment("width", "0.5"), Assignment("crop", "112"), Assignment("clip_frames", "8")}) {
    RecipeChoice own = choice({other});
    CHECK(own.settings().init.empty());
    CHECK(own.settings().learning_rate == 0.01);
    CHECK_THAT(own.text(), Catch::Contains("from random weights: the weights `motion` have " + other.first));
    CHECK_THROWS_WITH(choice({other, {"init", "motion"}}),
                      Catch::Contains("--init motion: these weights have " + other.first + " "));
  }
  CHECK(choice({{"width", "0.015625"}}).settings().init == "motion");
  CHECK(choice({{"init", ""}}).settings().init.empty());
  // Whatever the recipe.
  RecipeChoice none = choice({{"recipe", "none"}, {"init", "motion"}});
  CHECK(none.settings().width == 1.0 / 64);
  CHECK(none.settings().scale.empty());
}

TEST_CASE("weights that are not installed are an error where they are asked for") {
  const Pretrained nothing;
  CHECK_THROWS_WITH(choice({{"init", "motion"}}), Catch::Contains("c3d-motion-w025.safetensors, are not") &&
                                                      Catch::Contains(nothing.folder.path().string()));
  write_file(nothing.motion(), "no weights");
  CHECK_THROWS_WITH(choice({{"init", "motion"}}), Catch::Contains("while starting from the weights"));
}

TEST_CASE("weights of one's own take the recipe finetune and finetune wants some") {
  const WithMotion shipped;
  const std::string file = (shipped.folder / "own.safetensors").string();
  write_small_model(file);
  RecipeChoice own = choice({{"init", file}});
  own.see_videos({.training = 40, .validation = 9, .labels = kLabels});
  CHECK(own.settings().recipe == "finetune");
  CHECK(own.settings().init == file);
  CHECK(own.settings().crop == 48);
  CHECK(own.settings().head_lr_scale == 10);
  CHECK(own.settings().reinit == "fc8");
  CHECK_THROWS_WITH(choice({{"recipe", "finetune"}}), Catch::Contains("name them by --init"));
  CHECK_THROWS_WITH(choice({{"recipe", "scratch"}, {"init", file}}), Catch::Contains("leave it out"));
  RecipeChoice none = choice({{"recipe", "none"}, {"init", file}});
  none.see_videos({.training = 40, .validation = 9, .labels = kLabels});
  CHECK(none.settings().crop == 112);
  CHECK(none.settings().reinit.empty());
  // Frames of the user's own.
  RecipeChoice framed = choice({{"init", file}, {"profile", "pvr"}});
  CHECK(framed.settings().mean == "90,98,102");
  CHECK(framed.settings().resize_width == 171);
}

TEST_CASE("rows of a recipe that contradict settings of the user's are left out and named") {
  const Pretrained nothing;
  RecipeChoice caffe = choice({{"recipe", "small"}, {"sgd", "caffe"}});
  CHECK(caffe.settings().label_smoothing == 0);
  CHECK(caffe.settings().scale == "0.5,1");
  CHECK_THAT(caffe.text(), Catch::Contains("against settings of yours: label_smoothing"));
  RecipeChoice wrong = choice({{"recipe", "small"}, {"crop", "200"}});
  CHECK_THROWS_WITH(check_settings(wrong.settings()), Catch::Contains("`crop` is 200"));
}

TEST_CASE("patience wants videos that validate and no length of one's own") {
  const Pretrained nothing;
  const auto patience = [](RecipeChoice recipe, std::size_t validation) {
    recipe.see_videos({.training = 40, .validation = validation, .labels = kLabels});
    return recipe.settings().patience;
  };
  CHECK(patience(choice({}), 9) == 5);
  CHECK(patience(choice({}), 0) == 0);
  CHECK(patience(choice({{"steps", "100"}}), 9) == 0);
  CHECK(patience(choice({{"steps", "100"}, {"patience", "2"}}), 9) == 2);
  CHECK(patience(choice({{"patience", "0"}}), 9) == 0);
}

TEST_CASE("settings that a recipe made are made again without it") {
  const WithMotion shipped;
  RecipeChoice first = choice({});
  first.see_videos({.training = 40, .validation = 9, .labels = kLabels});
  first.see_device(true, true);
  TrainSettings fitted = first.settings();
  fitted.steps = 321;
  fitted.epochs = 0;
  RecipeChoice second = choice(parse_settings(settings_json(fitted), "config.json"));
  second.see_videos({.training = 40, .validation = 9, .labels = kLabels});
  second.see_device(true, true);
  CHECK(settings_json(second.settings()) == settings_json(fitted));
  CHECK_FALSE(second.fits_time());
}
