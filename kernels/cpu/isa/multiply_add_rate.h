// How many multiply-adds a second the processor can do at most, out of registers: the ceiling of every
// kernel.
#pragma once

#include "kernels/cpu/isa/kernels.h"

namespace c3d::cpu {

// Of a team of threads with the best instruction that the table's products use: the best of several runs,
// some twenty milliseconds in all. Other work on the machine makes it less, never more.
double multiply_add_rate(const TypeKernels& kernels, int threads);

}  // namespace c3d::cpu
