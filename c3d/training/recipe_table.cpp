// What each recipe sets. `precision=bf16` holds where the device has it, `minutes` on a CPU, `patience` where
// videos validate; what contradicts a setting of the user's is left out.
#include "c3d/training/recipes.h"

namespace c3d {
namespace {

// Against learning few videos by heart, and in the time that one has.
const std::vector<std::string> kFewVideosRows = {
    "scale=0.5,1",    "brightness=0.2,0.5", "contrast=0.2,0.5",    "saturation=0.2,0.5",
    "erase=0.2,0.25", "balance=0.5",        "label_smoothing=0.1", "ema=0.99",
    "patience=5",     "precision=bf16",     "minutes=20"};

// Chosen on folds of UT-Interaction's training videos (weights/pretrained/README.md). More epochs learn the
// videos by heart.
const std::vector<std::string> kMotionRows = {"optimizer=adamw", "weight_decay=0.05", "learning_rate=0.0006",
                                              "head_lr_scale=2", "epochs=200"};

// As pytorch-video-recognition and mmaction2 fine-tune C3D: a tenth of the rate from scratch, but for fc8.
const std::vector<std::string> kFineTuningRows = {"learning_rate=0.001", "head_lr_scale=10"};

}  // namespace

std::vector<TrainRecipe> recipe_table() {
  return {
      {.name = kNoRecipe, .summary = "every setting at its default"},
      {.name = "scratch",
       .summary = "from random weights, of a width that the time allows",
       .start = RecipeStart::none,
       .settings = kFewVideosRows},
      {.name = "small",
       .summary = "for few videos: from the shipped weights (init motion) where they fit, else as scratch",
       .start = RecipeStart::motion,
       .settings = kFewVideosRows,
       .with_start = kMotionRows},
      {.name = "finetune",
       .summary = "from the weights of --init, which say the width and how frames are prepared",
       .start = RecipeStart::given,
       .settings = kFewVideosRows,
       .with_start = kFineTuningRows},
      // Tran et al., "Learning Spatiotemporal Features with 3D Convolutional Networks" (ICCV 2015), on
      // UCF101: batches of 30, a rate of 0.003 that falls to a tenth after each 4 epochs of 16. What it
      // does not say is as the Caffe release has it.
      {.name = "paper",
       .summary = "as the paper of C3D trains on UCF101 from scratch, by the Caffe release's conventions",
       .settings = {"epochs=16", "batch=30", "learning_rate=0.003", "schedule=step", "warmup_steps=0",
                    "clip_norm=0", "sgd=caffe", "initialisation=caffe", "pool5=caffe", "bias_lr_scale=2",
                    "bias_decay=false", "input_scale=1"},
       .falls_by_quarter = true},
  };
}

}  // namespace c3d
