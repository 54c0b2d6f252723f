# GCC collects its garbage each time its heap has grown past 128 MiB, which takes a sixth of the time of large sources. A heap of
# 1 GiB, or of a sixteenth of the machine's memory where that is less, holds most of them whole.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  cmake_host_system_information(RESULT c3d_memory QUERY TOTAL_PHYSICAL_MEMORY)  # MiB
  math(EXPR c3d_heap "${c3d_memory} * 1024 / 16")
  if(c3d_heap GREATER 1048576)
    set(c3d_heap 1048576)
  endif()
  if(c3d_heap GREATER 131072)
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:--param=ggc-min-heapsize=${c3d_heap}>")
  endif()
endif()
