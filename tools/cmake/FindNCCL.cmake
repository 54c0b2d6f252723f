# NCCL 2, wherever it came from: the CUDA toolkit's folder, /usr (packages), or NVIDIA's Python wheel, whose folder has
# libnccl.so.2 but no plain libnccl.so. -DNCCL_ROOT=FOLDER names another. Gives NCCL_INCLUDE_DIR, NCCL_LIBRARY and NCCL_VERSION.
set(nccl_folders ${NCCL_ROOT} $ENV{NCCL_ROOT} ${CUDAToolkit_LIBRARY_ROOT} ${CUDAToolkit_TARGET_DIR})
file(GLOB nccl_wheels
  $ENV{VIRTUAL_ENV}/lib/python3*/site-packages/nvidia/nccl
  /usr/local/lib/python3*/site-packages/nvidia/nccl
  /usr/local/lib/python3*/dist-packages/nvidia/nccl
  /opt/*/lib/python3*/site-packages/nvidia/nccl)
find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${nccl_folders} ${CUDAToolkit_INCLUDE_DIRS} ${nccl_wheels} PATH_SUFFIXES include)
find_library(NCCL_LIBRARY NAMES nccl libnccl.so.2
             HINTS ${nccl_folders} ${CUDAToolkit_LIBRARY_DIR} ${nccl_wheels} PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE})
if(NCCL_INCLUDE_DIR)
  file(STRINGS ${NCCL_INCLUDE_DIR}/nccl.h nccl_numbers REGEX "#define NCCL_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" nccl_numbers "${nccl_numbers}")
  string(REPLACE ";" "." NCCL_VERSION "${nccl_numbers}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(NCCL REQUIRED_VARS NCCL_LIBRARY NCCL_INCLUDE_DIR VERSION_VAR NCCL_VERSION)
