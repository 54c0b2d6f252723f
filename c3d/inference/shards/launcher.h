// Which shard a process is that a cluster's or MPI's starter has started many of, by the variables that the
// starter sets:
//   SLURM_ARRAY_TASK_ID, ..._MIN, ..._STEP, ..._COUNT        tasks of a Slurm array (sbatch --array)
//   OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE               Open MPI's mpirun
//   PMI_RANK, PMI_SIZE                                       mpirun of MPICH and Intel
//   RANK, WORLD_SIZE beside LOCAL_RANK and MASTER_ADDR       torchrun
//   SLURM_PROCID, SLURM_STEP_NUM_TASKS beside SLURM_STEP_ID  tasks of one srun; a batch script, which has a
//                                                            SLURM_PROCID and SLURM_NTASKS too, is in no step
// The first of these that started more than one process counts.
#pragma once

#include <optional>
#include <string>

#include "c3d/common/environment.h"
#include "c3d/inference/shards/shard.h"

namespace c3d {

struct StartedShard {
  Shard shard;
  std::string by;  // "SLURM_ARRAY_TASK_ID=3, from 1, of 6 tasks"
};

// nullopt: nothing started several. BadRequest: numbers that are none, or do not fit together.
std::optional<StartedShard> shard_of_launcher(const Environment& environment);
// What a launcher that seems to have started several left unsaid, for people; "": nothing.
std::string half_set_launcher(const Environment& environment);

}  // namespace c3d
