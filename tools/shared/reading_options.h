// The options that say how videos are read, alike in every tool that reads several side by side.
#pragma once

#include <CLI/CLI.hpp>

#include "data/decode_device.h"
#include "engine/core/usable_threads.h"
#include "tools/shared/named_values.h"
#include "tools/shared/option_checks.h"

namespace c3d {

inline CLI::Option* add_readers_option(CLI::App& app, int& readers) {
  return app
      .add_option("--readers", readers,
                  "threads that read videos side by side, a video each; results keep their order and their "
                  "bytes; 0: as many as this process has processors")
      ->capture_default_str()
      ->check(whole_number_within(0, kMostThreads))
      ->group("Device");
}

inline CLI::Option* add_decode_option(CLI::App& app, DecodeOn& decode) {
  return app
      .add_option("--decode", decode,
                  "what decodes videos: cpu; auto: the GPU that computes, where its decoder gives the same "
                  "bytes (8-bit 4:2:0 of H.264, HEVC, VP8, VP9 and AV1), else the CPU; cuda: a GPU, and what "
                  "it does not decode is an error [cpu]")
      ->transform(value_of(decode_names()))
      ->type_name("auto|cpu|cuda")
      ->group("Device");
}

}  // namespace c3d
