// Any bytes as the records of c3d_infer's outputs: what they say of an output is the same once they are
// written and read again, or they are somebody else's.
#include <cstdint>
#include <cstdlib>

#include "c3d/inference/output_records.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const c3d::ScratchFolder folder;  // TMPDIR=/dev/shm: in memory
  const c3d::Origin now{{{"weights", "12ab"}, {"layer", "fc6"}}, {"v/x.mp4", "/v/x.mp4", 7, 1}};
  folder.write(".c3d_infer.jsonl", std::string(data, data + size));
  try {
    c3d::OutputRecords records(folder.path(), true);
    const std::string before = records.complaint(folder / "a.npy", now);
    records.forget({});
    if (c3d::OutputRecords(folder.path(), true).complaint(folder / "a.npy", now) != before) std::abort();
  } catch (const c3d::Error&) {
  }
  return 0;
}
