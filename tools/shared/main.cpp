// The program of every tool; the build says by C3D_TOOL_MAIN which one it is.
#include "tools/shared/tool_mains.h"

int main(int argc, char** argv) { return c3d::tools::C3D_TOOL_MAIN(argc, argv); }
