#include "engine/distributed/nccl_reducer.h"

namespace c3d {

std::unique_ptr<AllReducer> make_nccl_reducer(Communicator& /*ranks*/, ConstTensor /*example*/) {
  return nullptr;
}

}  // namespace c3d
