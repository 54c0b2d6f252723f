if(C3D_SANITIZE)
  add_compile_options(-fsanitize=${C3D_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g)
  add_link_options(-fsanitize=${C3D_SANITIZE})
endif()
# What the thread sanitizer sees of OpenMP's loops. GCC's knows no barriers of libgomp: the kernels' loops are not
# instrumented. Clang's learns of them from libomp through Archer (OMP_TOOL_LIBRARIES), and sees all.
set(C3D_OPENMP_OPTIONS -fno-sanitize=thread)
if(C3D_SANITIZE STREQUAL thread AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  set(C3D_OPENMP_OPTIONS)
endif()
