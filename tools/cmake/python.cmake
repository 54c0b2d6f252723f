# C3D_WITH_PYTHON: AUTO is on where C3D_PYTHON is a Python with nanobind and numpy: that of build/python-venv, which
# `make test` makes.
set(C3D_WITH_PYTHON AUTO CACHE STRING "the Python package: AUTO, ON or OFF")
set(C3D_PYTHON ${CMAKE_BINARY_DIR}/python-venv/bin/python CACHE FILEPATH "Python with nanobind and numpy, to build the package for")
set(C3D_PYTHON_FOUND OFF)
if(C3D_WITH_PYTHON STREQUAL "ON" OR SKBUILD)
  set(C3D_PYTHON_FOUND ON)
elseif(C3D_WITH_PYTHON STREQUAL "AUTO" AND C3D_WITH_FFMPEG AND NOT CMAKE_CROSSCOMPILING)
  execute_process(COMMAND ${C3D_PYTHON} -c "import nanobind, numpy" RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(status STREQUAL "0")
    set(C3D_PYTHON_FOUND ON)
  endif()
endif()
