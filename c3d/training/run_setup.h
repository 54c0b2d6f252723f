// What is settled before a run of training begins: where it computes, and that it writes over nothing that it
// reads.
#pragma once

#include "c3d/training/prepared_data.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/run_request.h"
#include "c3d/training/train_settings.h"
#include "kernels/make_backend.h"

namespace c3d {

BackendSpec backend_spec(const TrainSettings& settings);
bool computes_on_host(Backend& backend);  // not on a GPU
// Error: one of the run's files is what the run starts from, its folder holds videos, or the folder for event
// files those of another run.
void check_outputs(const RunRequest& request, const RunFolder& folder, const TrainSettings& settings);
// Once the videos are known. BadRequest: an output is one of them.
void expect_no_video(const RunRequest& request, const TrainSettings& settings, const PreparedData& data);
// Before the run's folder is touched. BadRequest: it is the folder that its videos are in.
void expect_apart_from_data(const RunRequest& request);

}  // namespace c3d
