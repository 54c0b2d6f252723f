// From the settings of optimizer, loss, layers and the best to what the engine is told, and what is refused.
#include "c3d/training/optimization_settings.h"

#include <cmath>

#include "c3d/training/train_config.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"

using namespace c3d;

namespace {

TrainSettings settings_of(const std::vector<Assignment>& assignments) {
  TrainSettings settings;
  settings.data = "/videos";
  for (const Assignment& assignment : assignments) assign(settings, assignment);
  return settings;
}

std::string complaint_about(const std::vector<Assignment>& assignments) {
  return message_of([&] { check_settings(settings_of(assignments)); });
}

// Classes a, b and c with 4, 2 and 0 training videos, and two videos that validate.
PreparedData some_data() {
  PreparedData data;
  data.train.labels = data.validation.labels = {"a", "b", "c"};
  for (const std::int32_t label : {0, 0, 0, 0, 1, 1}) data.train.videos.push_back({"v", label, 20});
  for (const std::int32_t label : {0, 1}) data.validation.videos.push_back({"w", label, 20});
  data.clip = clip_spec(settings_of({}));
  return data;
}

TrainConfig config_of(const std::vector<Assignment>& assignments) {
  const TrainSettings settings = settings_of(assignments);
  return train_config(settings, model_info(settings, {100, 100, 100}), some_data(), 10);
}

}  // namespace

TEST_CASE("what is not set trains as ever") {
  const TrainConfig config = config_of({});
  CHECK(config.optimizer.rule == OptimizerRule::sgd);
  CHECK(config.optimizer.momentum == 0.9f);
  CHECK(config.average.decay == 0);
  CHECK(config.loss.class_weights.empty());
  CHECK(config.loss.focal_gamma == 0);
  CHECK(config.best_by == BestBy::video_accuracy);
  CHECK(config.patience == 0);
  CHECK(config.schedule.total_steps == 1200);
  CHECK(loader_options(settings_of({}), true).balance == 0);
}

TEST_CASE("optimizers are chosen by name and sgd by its convention") {
  CHECK(config_of({{"sgd", "caffe"}}).optimizer.rule == OptimizerRule::caffe);
  CHECK(config_of({{"optimizer", "nesterov"}}).optimizer.rule == OptimizerRule::nesterov);
  const OptimizerOptions adamw =
      config_of({{"optimizer", "adamw"}, {"momentum", "0.8"}, {"beta2", "0.99"}, {"epsilon", "1e-6"}})
          .optimizer;
  CHECK(adamw.rule == OptimizerRule::adamw);
  CHECK(adamw.momentum == 0.8f);
  CHECK(adamw.beta2 == 0.99f);
  CHECK(adamw.epsilon == 1e-6f);
  CHECK_THROWS_WITH(settings_of({{"optimizer", "caffe"}}), Catch::Contains("sgd, nesterov, adamw"));
  CHECK_THROWS_WITH(settings_of({{"beta2", "1"}}), Catch::Contains("from 0 to 0.999999"));
}

TEST_CASE("average loss best and patience are passed on") {
  const TrainConfig config = config_of({{"ema", "0.99"},
                                        {"ema_warmup", "false"},
                                        {"focal", "2"},
                                        {"best_by", "loss"},
                                        {"patience", "3"},
                                        {"label_smoothing", "0.1"},
                                        {"cutmix", "1"}});
  CHECK(config.average.decay == 0.99);
  CHECK_FALSE(config.average.warms_up);
  CHECK(config.loss.focal_gamma == 2);
  CHECK(config.loss.label_smoothing == 0.1f);
  CHECK(config.loss.targets == TargetKind::mixed_labels);
  CHECK(config.best_by == BestBy::loss);
  CHECK(config.patience == 3);
  CHECK(config_of({{"ema", "0.99"}}).average.warms_up);
}

TEST_CASE("class weights are those written or follow from how often classes are drawn") {
  CHECK(config_of({{"class_weights", "1, 2.5,0"}}).loss.class_weights == std::vector<float>{1, 2.5f, 0});
  const std::vector<float> by_videos = config_of({{"class_weights", "auto"}}).loss.class_weights;
  CHECK(by_videos[0] == Approx(6.0 / (2 * 4)));
  CHECK(by_videos[1] == Approx(6.0 / (2 * 2)));
  CHECK(by_videos[2] == 1);
  CHECK(config_of({{"class_weights", "auto"}, {"balance", "1"}}).loss.class_weights ==
        std::vector<float>{1, 1, 1});
}

TEST_CASE("class weights for other classes are an error with both numbers") {
  const auto message = [](const char* weights) {
    return message_of([&] { check_against_data(settings_of({{"class_weights", weights}}), some_data()); });
  };
  CHECK_THAT(message("1,2"), Catch::Contains("`class_weights` has 2 numbers and the videos show 3 classes"));
  CHECK(message("1,2,3") == "no error");
  CHECK(message("auto") == "no error");
  CHECK_THAT(complaint_about({{"class_weights", "1,-2,3"}}), Catch::Contains("`class_weights` holds -2"));
  CHECK_THAT(complaint_about({{"class_weights", "1,nan"}}), Catch::Contains("wants numbers; `nan` is none"));
  CHECK_THAT(complaint_about({{"class_weights", "0,0"}}), Catch::Contains("`class_weights` are all 0"));
  CHECK_THAT(complaint_about({{"class_weights", "even"}}),
             Catch::Contains("`class_weights`") && Catch::Contains("`even`"));
}

TEST_CASE("patience and another choice of the best want videos that validate") {
  PreparedData data = some_data();
  data.validation.videos.clear();
  const auto message = [&](const std::vector<Assignment>& assignments) {
    return message_of([&] { check_against_data(settings_of(assignments), data); });
  };
  CHECK(message({}) == "no error");
  CHECK_THAT(message({{"patience", "2"}}), Catch::Contains("`patience`") && Catch::Contains("--val"));
  CHECK_THAT(message({{"best_by", "loss"}}), Catch::Contains("`best_by`") && Catch::Contains("--val"));
}

TEST_CASE("optimizers and layers that contradict each other are refused") {
  CHECK_THAT(complaint_about({{"sgd", "caffe"}, {"optimizer", "adamw"}}),
             Catch::Contains("`sgd` is caffe") && Catch::Contains("`optimizer` is adamw"));
  CHECK_THAT(complaint_about({{"sgd", "caffe"}, {"optimizer", "nesterov"}}), Catch::Contains("nesterov"));
  CHECK_THAT(complaint_about({{"optimizer", "nesterov"}, {"momentum", "0"}}),
             Catch::Contains("`momentum` is 0"));
  CHECK_THAT(complaint_about({{"unfreeze_every", "10"}, {"freeze", "conv1"}}),
             Catch::Contains("`freeze` keeps conv1") && Catch::Contains("`unfreeze_every`"));
  CHECK_THAT(complaint_about({{"unfreeze_first", "3"}}), Catch::Contains("`unfreeze_every`"));
  CHECK(complaint_about({{"unfreeze_first", "3"}, {"unfreeze_every", "10"}}) == "no error");
  CHECK(complaint_about({{"label_smoothing", "0.1"}, {"focal", "2"}, {"mixup", "0.2"}}) == "no error");
}

TEST_CASE("the convention of caffe with soft labels is refused of new runs alone") {
  for (const Assignment& soft :
       {Assignment("label_smoothing", "0.1"), Assignment("mixup", "0.2"), Assignment("cutmix", "1")}) {
    const TrainSettings settings = settings_of({{"sgd", "caffe"}, soft});
    CHECK_THROWS_WITH(check_new_optimization(settings),
                      Catch::Contains("`sgd` is caffe") && Catch::Contains("`" + soft.first + "`"));
    CHECK_NOTHROW(check_settings(settings));  // as a run that goes on has them
    CHECK_NOTHROW(check_new_optimization(settings_of({soft})));
  }
  CHECK_NOTHROW(check_new_optimization(settings_of({{"sgd", "caffe"}})));
}

TEST_CASE("rates fall and learning starts from fc8 downwards") {
  const TrainSettings settings = settings_of({{"width", "0.05"},
                                              {"layer_decay", "0.5"},
                                              {"head_lr_scale", "10"},
                                              {"bias_lr_scale", "2"},
                                              {"unfreeze_every", "100"},
                                              {"unfreeze_first", "2"}});
  ParameterStore parameters;
  C3dConfig network;
  network.width = settings.width;
  const C3d model(network, parameters);
  set_parameter_rules(settings, model, parameters);
  const auto weight = [&](std::size_t layer) { return parameters.spec(model.layers()[layer].weight); };
  const auto bias = [&](std::size_t layer) { return parameters.spec(model.layers()[layer].bias); };
  CHECK(weight(10).learning_rate_scale == 10);  // fc8
  CHECK(bias(10).learning_rate_scale == 20);
  CHECK(weight(9).learning_rate_scale == 0.5f);  // fc7
  CHECK(weight(0).learning_rate_scale == Approx(std::pow(0.5, 10)));
  CHECK(weight(10).trains_from == 0);
  CHECK(weight(9).trains_from == 0);
  CHECK(weight(8).trains_from == 100);
  CHECK(bias(0).trains_from == 900);

  TrainConfig config;
  config.schedule.total_steps = 800;
  CHECK_THAT(optimization_notes(settings, model, config, {}),
             Catch::Contains("ends before conv1, conv2 would learn"));
  config.schedule.total_steps = 901;
  CHECK(optimization_notes(settings, model, config, {}).empty());
}

TEST_CASE("a list of settings from before these were there means what it did") {
  const auto old = parse_settings(R"({"data": "/videos", "sgd": "caffe", "momentum": 0.8})", "config.json");
  const TrainSettings settings = settings_of(old);
  CHECK(resume_conflicts(settings_of({{"sgd", "caffe"}, {"momentum", "0.8"}}), settings).empty());
  CHECK(settings.optimizer == OptimizerRule::sgd);
  CHECK(settings.patience == 0);
}
