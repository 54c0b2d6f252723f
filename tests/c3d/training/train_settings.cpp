#include "c3d/training/train_settings.h"

#include "c3d/training/augmentation_settings.h"
#include "c3d/training/train_setting_table.h"
#include "catch.h"
#include "engine/io/atomic_file.h"
#include "tests/c3d/training/usable_settings.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

TEST_CASE("a plan is one of two words or a path") {
  TrainSettings settings;
  CHECK(settings.plan.empty());  // the device's own
  assign(settings, {"plan", "measured"});
  CHECK(settings.plan == "measured");
  assign(settings, {"plan", ""});
  CHECK(settings.plan.empty());
  assign(settings, {"plan", "fixed"});
  CHECK(settings.plan == "fixed");
  assign(settings, {"plan", "some/file"});
  CHECK(settings.plan == std::filesystem::absolute("some/file").string());
  CHECK_THROWS_AS(assign(settings, {"memory", "-1"}), Error);
}

TEST_CASE("settings are assigned by kind") {
  TrainSettings settings;
  assign(settings, {"width", "0.25"});
  assign(settings, {"batch", "4"});
  assign(settings, {"bias_decay", "false"});
  assign(settings, {"schedule", "step"});
  CHECK(settings.width == 0.25);
  CHECK(settings.batch == 4);
  CHECK_FALSE(settings.bias_decay);
  CHECK(settings.schedule == ScheduleKind::step);
}

TEST_CASE("every word of a setting is read and written back") {
  for (const TrainSetting& setting : train_setting_table()) {
    for (const std::string& word : setting.choices) {
      TrainSettings settings;
      assign(settings, {setting.name, word});
      CHECK_THAT(settings_json(settings), Catch::Contains("\"" + setting.name + "\": \"" + word + "\""));
    }
  }
  TrainSettings settings;
  assign(settings, {"precision", "bf16"});
  assign(settings, {"convolution", "direct"});
  CHECK(settings.precision == Precision::bf16);
  CHECK(settings.direct_convolution);
}

TEST_CASE("an unknown setting is an error that names the nearest") {
  TrainSettings settings;
  CHECK_THROWS_WITH(assign(settings, {"widht", "1"}), Catch::Contains("did you mean `width`"));
  CHECK_THROWS_WITH(assign(settings, {"learning-rate", "1"}),
                    Catch::Contains("did you mean `learning_rate`"));
}

TEST_CASE("a plan of an older config becomes that of its device") {
  const auto plan = [](const char* text) {
    TrainSettings settings;
    for (const Assignment& one : parse_settings(text, "config.json")) assign(settings, one);
    return settings.plan;
  };
  CHECK(plan(R"({"plan": "measured", "autotune": false})").empty());
  CHECK(plan(R"({"autotune": true, "plan": "measured"})") == "measured");
  CHECK(plan(R"({"autotune": true})") == "measured");
  CHECK(plan(R"({"autotune": true, "plan": "fixed"})") == "fixed");
  CHECK(plan(R"({"plan": "measured"})") == "measured");
  CHECK_THROWS_WITH(static_cast<void>(parse_settings(R"({"autotune": 1})", "config.json")),
                    Catch::Contains("`autotune` wants true or false"));
}

TEST_CASE("a value of another kind is an error that names the setting") {
  TrainSettings settings;
  CHECK_THROWS_WITH(assign(settings, {"epochs", "ten"}), Catch::Contains("`epochs` wants a whole number"));
  CHECK_THROWS_WITH(assign(settings, {"epochs", "1.5"}), Catch::Contains("whole number"));
  CHECK_THROWS_WITH(assign(settings, {"width", ""}), Catch::Contains("`width` wants a number"));
  CHECK_THROWS_WITH(assign(settings, {"width", "0.5x"}), Catch::Contains("0.5x"));
  CHECK_THROWS_WITH(assign(settings, {"width", "nan"}), Catch::Contains("must be"));
  CHECK_THROWS_WITH(assign(settings, {"flip", "1.5"}), Catch::Contains("from 0 to 1"));
  CHECK_THROWS_WITH(assign(settings, {"batch", "0"}), Catch::Contains("from 1 to"));
  CHECK_THROWS_WITH(assign(settings, {"bias_decay", "no"}), Catch::Contains("true or false"));
  CHECK_THROWS_WITH(assign(settings, {"pool5", "torch"}), Catch::Contains("pytorch, caffe"));
}

TEST_CASE("an assignment needs a key and an equals sign") {
  CHECK(parse_assignment("init=a=b") == Assignment("init", "a=b"));
  CHECK_THROWS_AS(parse_assignment("width"), Error);
  CHECK_THROWS_AS(parse_assignment("=1"), Error);
}

TEST_CASE("a settings file is one flat object") {
  const ScratchFolder folder;
  const auto file = folder / "settings.json";
  write_file(file, R"({"width": 0.5, "milestones": [10, 20], "bias_decay": false, "sgd": "caffe"})");
  TrainSettings settings;
  for (const Assignment& assignment : read_settings(file)) assign(settings, assignment);
  CHECK(settings.width == 0.5);
  CHECK(settings.milestones == "10,20");
  CHECK_FALSE(settings.bias_decay);
  CHECK(settings.sgd == OptimizerRule::caffe);
  for (const char* text :
       {"", "[1]", "{\"a\": {\"b\": 1}}", "{\"a\": null}", "{\"a\": [[1]]}", "{\"a\": 1"}) {
    write_file(file, text);
    CHECK_THROWS_WITH(read_settings(file), Catch::Contains("settings.json"));
  }
  CHECK_THROWS_WITH(read_settings(folder.path()), Catch::Contains("a folder"));
  CHECK_THROWS_WITH(read_settings(folder / "absent.json"), Catch::Contains("absent.json"));
}

TEST_CASE("text that is no JSON is an error with its line and what was expected") {
  const auto message = [](const std::string& text) {
    try {
      static_cast<void>(parse_settings(text, "x.json"));
    } catch (const Error& error) {
      CHECK_THAT(error.message(), Catch::StartsWith("x.json") && !Catch::Contains("json.exception"));
      return error.message();
    }
    return std::string();
  };
  CHECK_THAT(message("{\"width\": 1,\n\"batch\": }\n"),
             Catch::StartsWith("x.json, line 2: this is not JSON"));
  CHECK_THAT(message("{\"width\": 1\n\n\"batch\": 2}"),
             Catch::Contains("line 3") && Catch::Contains("expected"));
  CHECK_THAT(message(""), Catch::Contains("line 1") && Catch::Contains("end of input"));
  CHECK_THAT(message("{\"width\": 1e999}"), Catch::Contains("1e999"));
  CHECK_THAT(message("{\"width\": 1} x"), Catch::Contains("not JSON"));
  CHECK_THAT(message("{\"data\": \"\xff\"}"), Catch::Contains("not JSON") && !Catch::Contains("\xff"));
}

TEST_CASE("every error in a settings file names the file and the setting") {
  const auto refuses = [](const std::string& text, const std::string& what) {
    INFO(text);
    CHECK_THROWS_WITH(parse_settings(text, "x.json"), Catch::StartsWith("x.json") && Catch::Contains(what));
  };
  refuses(R"({"lerning_rate": 1})", "did you mean `learning_rate`");
  refuses(R"({"batch": "4"})", "`batch` wants a whole number; it is the text \"4\"");
  refuses(R"({"width": "0.5"})", "`width` wants a number");
  refuses(R"({"bias_decay": "true"})", "`bias_decay` wants true or false");
  refuses(R"({"bias_decay": 1})", "`bias_decay` wants true or false");
  refuses(R"({"sgd": true})", "`sgd` wants a text");
  refuses(R"({"batch": [1, 2]})", "`batch` wants a whole number, not a list");
  refuses(R"({"batch": 1.5})", "whole number");
  refuses(R"({"batch": 0})", "from 1 to 4096; it is 0");
  refuses(R"({"width": 0})", "`width` must be from 0.01 to 8");
  refuses(R"({"report_every": 0})", "`report_every` must be");
  refuses(R"({"cache_gb": -1})", "`cache_gb` must be");
  refuses(R"({"cache_gb": NaN})", "not JSON");
  refuses(R"({"loader_threads": 99999})", "`loader_threads` must be from 0 to 1024; it is 99999");
  refuses(R"({"broken_share": 1.5})", "`broken_share` must be from 0 to 1");
  refuses(R"({"seed": 1, "seed": 2})", "`seed` stands there twice");
  refuses(R"({"seed": null})", "`seed` is null");
  refuses("[]", "one JSON object");
  refuses("7", "one JSON object");
}

TEST_CASE("a seed keeps all its digits or is refused") {
  const auto seed_of = [](const std::string& digits) {
    TrainSettings settings;
    for (const Assignment& assignment : parse_settings("{\"seed\": " + digits + "}", "x.json"))
      assign(settings, assignment);
    return settings.seed;
  };
  CHECK(seed_of("9007199254740993") == 9007199254740993);
  CHECK(seed_of("9223372036854775807") == 9223372036854775807);
  for (const char* digits :
       {"9223372036854775808", "18446744073709551616", "123456789012345678901234567890"}) {
    CHECK_THROWS_WITH(seed_of(digits),
                      Catch::Contains("x.json") && Catch::Contains("`seed`") && Catch::Contains(digits));
  }
  CHECK_THROWS_WITH(seed_of("-1"), Catch::Contains("from 0 to 9223372036854775807; it is -1"));
}

TEST_CASE("settings written as JSON come back equal") {
  TrainSettings settings;
  settings.input_scale = 0.1 + 0.2;
  settings.seed = 9223372036854775807;
  settings.milestones = "1,2";
  settings.data = "/a folder/ünï";
  TrainSettings again;
  for (const Assignment& assignment : parse_settings(settings_json(settings), "here"))
    assign(again, assignment);
  CHECK(settings_json(again) == settings_json(settings));
  CHECK(resume_conflicts(settings, again).empty());
}

TEST_CASE("a profile sets what it prescribes and refuses what contradicts it") {
  TrainSettings settings;
  settings.data = "/videos";
  assign(settings, {"profile", "pvr"});
  CHECK(settings.mean == "90,98,102");
  CHECK(settings.crop_left == 30);
  CHECK(settings.input_scale == 1);
  CHECK_NOTHROW(check_settings(settings));
  TrainSettings again;
  for (const Assignment& assignment : parse_settings(settings_json(settings), "here"))
    assign(again, assignment);
  CHECK(settings_json(again) == settings_json(settings));
  assign(settings, {"colour_order", "rgb"});
  CHECK_THROWS_WITH(check_settings(settings), Catch::Contains("choose custom"));
  assign(settings, {"profile", "mmaction2"});
  CHECK(settings.resize == ResizeRule::short_side);
  CHECK_NOTHROW(check_settings(settings));
  assign(settings, {"profile", "caffe-sports1m"});
  CHECK(model_info(settings, parse_mean(settings.mean)).preprocessing.mean ==
        std::array<float, 3>{90.25f, 97.66f, 101.41f});
  CHECK_THROWS_AS(assign(settings, {"profile", "vgg"}), Error);
}

TEST_CASE("the clips of training are those of its weights") {
  TrainSettings settings = usable();
  for (const Assignment& assignment :
       {Assignment("profile", "pvr"), Assignment("frame_stride", "2"), Assignment("short_clips", "repeat"),
        Assignment("validation_clips", "3"), Assignment("flip", "0.25")}) {
    assign(settings, assignment);
  }
  const ClipSpec spec = clip_spec(settings), of_weights = clip_spec(model_info(settings, {90, 98, 102}));
  CHECK(spec.short_clips == ShortClips::repeat);
  CHECK(spec.clips == 3);
  CHECK(spec.flip == 0.25);
  CHECK(spec.span() == 31);
  CHECK(of_weights.span() == spec.span());
  CHECK(spec.evaluation_left() == 30);
  CHECK(of_weights.evaluation_left() == spec.evaluation_left());
  assign(settings, {"profile", "mmaction2"});
  CHECK(clip_spec(settings).stored_width() == 112);
}

TEST_CASE("paths become absolute") {
  TrainSettings settings;
  assign(settings, {"data", "videos/../clips"});
  CHECK(settings.data == (std::filesystem::current_path() / "clips").string());
  assign(settings, {"val", ""});
  CHECK(settings.val.empty());
}

TEST_CASE("only settings that change nothing learnt may change on resume") {
  TrainSettings now;
  now.loader_threads = 7;
  now.threads = 3;
  now.data = now.val = now.root = now.classes = now.cache_folder = "/moved";
  now.broken_share = 0.5;
  CHECK(resume_conflicts({}, now).empty());
  now.width = 0.5;
  now.schedule = ScheduleKind::step;
  const auto conflicts = resume_conflicts({}, now);
  REQUIRE(conflicts.size() == 2);
  CHECK_THAT(conflicts[0], Catch::Contains("width") && Catch::Contains("now 0.5"));
  CHECK_THAT(conflicts[1], Catch::Contains("schedule"));
}

TEST_CASE("settings that contradict each other are refused") {
  CHECK(complaint(usable()) == "no error");
  CHECK_THAT(complaint(TrainSettings()), Catch::Contains("--data"));
  TrainSettings settings = usable();
  settings.epochs = settings.steps = 3;
  CHECK_THAT(complaint(settings), Catch::Contains("`epochs` and `steps`"));
  settings = usable();
  settings.crop = 129;
  CHECK_THAT(complaint(settings), Catch::Contains("171x128"));
  settings = usable();
  settings.schedule = ScheduleKind::step;
  CHECK_THAT(complaint(settings), Catch::Contains("schedule_every"));
  settings.schedule = ScheduleKind::multistep;
  CHECK_THAT(complaint(settings), Catch::Contains("milestones"));
  settings.milestones = "20,10";
  CHECK_THAT(complaint(settings), Catch::Contains("rise"));
  settings = usable();
  settings.mean = "1,2";
  CHECK_THAT(complaint(settings), Catch::Contains("three numbers"));
  settings = usable();
  settings.reinit = "fc8";
  CHECK_THAT(complaint(settings), Catch::Contains("--init"));
}

TEST_CASE("augmentation is off and read from short lists whose errors name the setting") {
  CHECK(augmentation_of(usable()) == Augmentation{});
  CHECK_FALSE(clip_spec(usable()).crop_when_read);
  TrainSettings settings = usable();
  for (const Assignment& assignment : parse_settings(
           R"({"scale": [0.5, 1], "rotate": [10, 0.5], "hue": 0.05, "speed": "0.75, 1.5"})", "here")) {
    assign(settings, assignment);
  }
  Augmentation wanted;
  wanted.scale = {0.5, 1};
  wanted.rotate = {10, 0.5};
  wanted.hue = {0.05};
  wanted.speed = {0.75, 1.5};
  CHECK(augmentation_of(settings) == wanted);
  CHECK(complaint(settings) == "no error");
  CHECK(clip_spec(settings).stored_width() == 112);
  TrainSettings again;
  for (const Assignment& assignment : parse_settings(settings_json(settings), "here"))
    assign(again, assignment);
  CHECK(augmentation_of(again) == wanted);
  CHECK(resume_conflicts(settings, again).empty());
  CHECK(resume_conflicts(usable(), settings).size() == 4);

  const auto refused = [](const char* key, const char* value) {
    TrainSettings wrong = usable();
    assign(wrong, {key, value});
    return complaint(wrong);
  };
  CHECK_THAT(refused("scale", "0.5"), Catch::Contains("`scale` is `0.5`; write LOW,HIGH"));
  CHECK_THAT(refused("rotate", "1,2,3"), Catch::Contains("`rotate`"));
  CHECK_THAT(refused("noise", "loud"), Catch::Contains("`noise`"));
  CHECK_THAT(refused("aspect", "2,1"), Catch::Contains("give the smaller number first"));
  settings.mean_file = "/cube.npy";
  CHECK_THAT(complaint(settings), Catch::Contains("`mean_file`"));
}

TEST_CASE("help lists every setting with its default and every default is valid") {
  const std::string help = settings_help();
  const TrainSettings defaults;
  for (const TrainSetting& setting : train_setting_table()) {
    CHECK_THAT(help, Catch::Contains("  " + setting.name + " "));
    CHECK_FALSE((setting.unit.empty() && setting.choices.empty()));
    CHECK_FALSE(setting.help.empty());
  }
  CHECK_THAT(help, Catch::Contains("[0.01]"));
  TrainSettings again;
  for (const Assignment& assignment : parse_settings(settings_json(defaults), "defaults")) {
    CHECK_NOTHROW(assign(again, assignment));
  }
}

TEST_CASE("a slip in a word of a setting has the nearest named") {
  TrainSettings settings;
  CHECK_THROWS_WITH(assign(settings, {"precision", "bf61"}), Catch::Contains("the nearest is `bf16`"));
  CHECK_THROWS_WITH(assign(settings, {"profile", "cafe-sports1m"}),
                    Catch::Contains("the nearest is `caffe-sports1m`"));
  CHECK_THROWS_WITH(assign(settings, {"schedule", "cosin"}), Catch::Contains("the nearest is `cosine`"));
  CHECK_THROWS_WITH(assign(settings, {"plan", "fxed"}), Catch::Contains("did you mean fixed?"));
  CHECK_THROWS_WITH(assign(settings, {"data", "synth"}), Catch::Contains("did you mean synth:,"));
  CHECK_THROWS_WITH(assign(settings, {"data", "Synth:clips=5"}),
                    Catch::Contains("did you mean synth:clips=5,"));
  CHECK_THROWS_WITH(assign(settings, {"val", "synth:clips=5"}),
                    Catch::Contains("validation videos are files"));
  CHECK_NOTHROW(assign(settings, {"data", "./synth"}));
  CHECK_NOTHROW(assign(settings, {"data", "videos"}));
}

TEST_CASE("a list of numbers has a finite number at every place") {
  TrainSettings settings;
  settings.data = "/videos";
  const auto checked = [&](const std::string& scale) {
    assign(settings, {"scale", scale});
    check_settings(settings);
  };
  CHECK_THROWS_WITH(checked("nan,1"), Catch::Contains("`scale`") && Catch::Contains("`nan` is none"));
  CHECK_THROWS_WITH(checked("0.5,inf"), Catch::Contains("`scale`") && Catch::Contains("`inf` is none"));
  for (const char* text : {",", "0.5,,1", ",1"}) {
    INFO(text);
    CHECK_THROWS_WITH(checked(text), Catch::Contains("`scale`") && Catch::Contains("a number is missing"));
  }
  CHECK_NOTHROW(checked("0.5,1"));
  CHECK_NOTHROW(checked("0.5, 1,"));  // as older files of settings may end
  CHECK_NOTHROW(checked(""));
  CHECK_THROWS_WITH(assign(settings, {"learning_rate", "nan"}), Catch::Contains("must be"));
}
