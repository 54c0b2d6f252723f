// What each tool does from its command line to its exit code. A tool's program is main.cpp, which calls one of
// these; where libc3d.so holds them (C3D_TOOLS_IN_LIBRARY), all programs share its code.
#pragma once

#include "c3d/export.h"

namespace c3d::tools {

C3D_API int bench_main(int argc, char** argv);
C3D_API int check_main(int argc, char** argv);
C3D_API int infer_main(int argc, char** argv);
C3D_API int synth_main(int argc, char** argv);
C3D_API int train_main(int argc, char** argv);
C3D_API int weights_main(int argc, char** argv);

}  // namespace c3d::tools
