// What the main() of every tool does around its work: reads the command line, then turns what is thrown into
// one clear message on stderr and an exit code. 0: done (and --help); 1: the work failed; 2: the command line
// is wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>
#include <new>

#include "engine/core/error.h"

namespace c3d {

// `work` runs after the options are parsed; what it returns is the exit code.
inline int run_main(CLI::App& app, int argc, char** argv, const std::function<int()>& work) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return work();
  } catch (const Error& error) {
    std::cerr << app.get_name() << ": " << error.message() << std::endl;
  } catch (const std::bad_alloc&) {
    std::cerr << app.get_name() << ": not enough memory; a smaller --batch needs less" << std::endl;
  } catch (const std::exception& error) {
    std::cerr << app.get_name() << ": " << error.what() << std::endl;
  }
  return 1;
}

}  // namespace c3d
