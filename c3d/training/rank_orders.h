// What the lead of several ranks tells the others before the first step: they read no file of the run, and nothing of theirs
// but the place of their videos' cache and their device is their own.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "c3d/training/train_settings.h"
#include "engine/distributed/communicator.h"

namespace c3d {

struct RankOrders {
  TrainSettings settings;
  std::array<float, 3> mean{};
  std::string videos;  // PreparedData::fingerprint
};

// The lead's, on all ranks, once; nullopt: there is nothing to train. Collective.
std::optional<RankOrders> share_orders(Communicator& ranks, const std::optional<RankOrders>& of_lead);

// Whether a rank was asked to stop. Error, on all ranks: one sees other videos than the lead. Collective.
bool agree_on_videos(Communicator& ranks, const std::string& fingerprint, bool stopped);

// Divides the processors and threads of this host among its ranks, where they may all use the same: each has processors of its
// own from now on, and OMP_NUM_THREADS where it was not set. Returns what people should know of it: on the lead for all ranks,
// else nothing. Before any other thread computes. Collective.
std::string share_processors(Communicator& ranks);

// A note where the setting `threads` gives a rank more threads than the processors that share_processors() left it; else nothing.
std::string note_of_threads(const Communicator& ranks, std::int64_t threads);

// `device`, of this rank: auto and cuda are the card of its number on this host.
std::string device_of(const Communicator& ranks, const std::string& device, int cards);

}  // namespace c3d
