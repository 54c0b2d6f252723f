#include "c3d/common/machine.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <utility>

#include "engine/core/instruction_set.h"

namespace c3d {

namespace {

// The value of the first line of this name in what the system says of its processors; `otherwise` without
// one.
std::string processor_info(const char* name, const char* otherwise) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with(name)) continue;
    if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  }
  return otherwise;
}

}  // namespace

std::string processor_name() {
  const std::string part = processor_info("CPU part", "");  // of ARM's, which Linux gives no names
  const std::string numbers = fmt::format("ARM {} {}", processor_info("CPU implementer", ""), part);
  return processor_info("model name", part.empty() ? "unknown processor" : numbers.c_str());
}

std::string machine_name() {
  const auto pages = static_cast<double>(sysconf(_SC_PHYS_PAGES));
  const double gib = pages * static_cast<double>(sysconf(_SC_PAGE_SIZE)) / (1 << 30);
  return fmt::format("{}, {} cores, {:.0f} GiB", processor_name(), std::thread::hardware_concurrency(), gib);
}

std::vector<std::string> instruction_sets() {
  std::vector<std::string> sets;
  for (const auto& [set, name] : {std::pair{InstructionSet::avx2, "avx2"},
                                  {InstructionSet::avx512, "avx512"},
                                  {InstructionSet::avx512_bf16, "avx512_bf16"},
                                  {InstructionSet::amx, "amx_bf16"},
                                  {InstructionSet::neon, "neon"}}) {
    if (processor_runs(set)) sets.emplace_back(name);
  }
  return sets;
}

std::string commit() { return C3D_COMMIT; }

std::size_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace c3d
