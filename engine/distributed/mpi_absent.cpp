#include "engine/distributed/mpi_communicator.h"

namespace c3d {

bool mpi_is_built() { return false; }

std::unique_ptr<Communicator> make_mpi_communicator(const RankOptions& /*options*/, int /*expected_size*/) {
  fail(
      "this build has no MPI, so that one process trains alone; build with libopenmpi-dev installed and "
      "-DC3D_WITH_MPI=ON, or start c3d_train without mpirun, srun and --ranks");
}

}  // namespace c3d
