# cuDNN 9, wherever it came from: the CUDA toolkit's folder, /usr (packages), or NVIDIA's Python wheel, whose folder has
# libcudnn.so.9 but no plain libcudnn.so. -DcuDNN_ROOT=FOLDER names another. Gives cuDNN_INCLUDE_DIR, cuDNN_LIBRARY and
# cuDNN_VERSION.
include(nvidia_folders)
nvidia_folders(cudnn_folders cudnn ${cuDNN_ROOT} $ENV{CUDNN_ROOT})
find_path(cuDNN_INCLUDE_DIR cudnn_graph.h HINTS ${cudnn_folders} ${CUDAToolkit_INCLUDE_DIRS}
          PATH_SUFFIXES include)
find_library(cuDNN_LIBRARY NAMES cudnn libcudnn.so.9
             HINTS ${cudnn_folders} PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE})
if(cuDNN_INCLUDE_DIR AND EXISTS ${cuDNN_INCLUDE_DIR}/cudnn_version.h)
  file(STRINGS ${cuDNN_INCLUDE_DIR}/cudnn_version.h cudnn_numbers REGEX "#define CUDNN_(MAJOR|MINOR|PATCHLEVEL) ")
  string(REGEX REPLACE "[^0-9;]" "" cudnn_numbers "${cudnn_numbers}")
  string(REPLACE ";" "." cuDNN_VERSION "${cudnn_numbers}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cuDNN REQUIRED_VARS cuDNN_LIBRARY cuDNN_INCLUDE_DIR VERSION_VAR cuDNN_VERSION)
mark_as_advanced(cuDNN_LIBRARY cuDNN_INCLUDE_DIR)
