# Decides whether c3d_train trains by several processes: C3D_MPI is then on, and MPI::MPI_CXX known.
set(C3D_MPI OFF)
if(C3D_WITH_MPI)  # AUTO or ON
  set(MPI_CXX_SKIP_MPICXX ON)  # the C interface alone
  find_package(MPI COMPONENTS CXX QUIET)
  if(MPI_CXX_FOUND)
    set(C3D_MPI ON)
  elseif(NOT C3D_WITH_MPI STREQUAL AUTO)
    message(FATAL_ERROR "C3D_WITH_MPI is ${C3D_WITH_MPI}, but no MPI is found: install libopenmpi-dev and openmpi-bin, as "
                        "tools/scripts/setup.sh does, or name another's compiler (-DMPI_CXX_COMPILER=.../mpicxx)")
  endif()
endif()
message(STATUS "MPI: ${C3D_MPI}")
