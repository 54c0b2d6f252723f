// The instruction sets that inner loops are compiled for, and which of them this process may use. Code that
// is compiled for several sets lies in one source file a set, whose functions stand in a table
// (data/pixel_loops, kernels/cpu/isa); the table is chosen at run time by what is asked here. Any thread.
#pragma once

#include <cstdint>

namespace c3d {

enum class InstructionSet : std::uint8_t {
  portable,     // any processor of the architecture
  avx2,         // with FMA
  avx512,       // F, BW, DQ and VL; and avx2
  avx512_bf16,  // products of pairs of bf16; and avx512
  amx,          // bf16 products of tiles; and avx512_bf16
  neon,         // of aarch64
};

// Whether the processor has the set and the system saves its registers. The first question about amx asks the
// system to let this process use the tiles.
bool processor_runs(InstructionSet set);

}  // namespace c3d
