// main() of a program that makes files for another test to look at.
#pragma once

#include <filesystem>
#include <functional>
#include <iostream>

#include "engine/core/error.h"

namespace c3d {

// PROGRAM FOLDER. The exit code.
inline int write_examples(int argc, char** argv,
                          const std::function<void(const std::filesystem::path&)>& write) {
  try {
    expect(argc == 2 && argv[1][0] != '-', "{} FOLDER", argc > 0 ? argv[0] : "");
    std::filesystem::create_directories(argv[1]);
    write(argv[1]);
    return 0;
  } catch (const Error& error) {
    std::cerr << error.message() << "\n";
    return 1;
  }
}

}  // namespace c3d
