# nvidia_folders(OUT PACKAGE ROOT ...): where a library of NVIDIA's may lie that is no part of the toolkit: the folders ROOT that users
# name, the CUDA toolkit's, and NVIDIA's Python wheel of that PACKAGE ("cudnn"), wherever Python keeps it.
function(nvidia_folders out package)
  file(GLOB wheels
    $ENV{VIRTUAL_ENV}/lib/python3*/site-packages/nvidia/${package}
    /usr/local/lib/python3*/site-packages/nvidia/${package}
    /usr/local/lib/python3*/dist-packages/nvidia/${package}
    /opt/*/lib/python3*/site-packages/nvidia/${package})
  set(${out} ${ARGN} ${CUDAToolkit_LIBRARY_ROOT} ${CUDAToolkit_TARGET_DIR} ${CUDAToolkit_LIBRARY_DIR} ${wheels} PARENT_SCOPE)
endfunction()
