# `cmake --install BUILD --prefix P` after `make`: the library, its headers, the tools, and how others find it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

foreach(tool c3d_check c3d_train c3d_infer c3d_bench c3d_synth c3d_weights_tool)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  endif()
endforeach()
# Weights to start from (c3d/training/shipped_start.h): beside the built tools as beside the installed ones.
set(pretrained ${CMAKE_SOURCE_DIR}/weights/pretrained)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/c3d)
file(CREATE_LINK ${pretrained} ${CMAKE_BINARY_DIR}/share/c3d/pretrained SYMBOLIC)
if(IS_DIRECTORY ${pretrained})
  install(DIRECTORY ${pretrained}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/c3d/pretrained COMPONENT tools
          FILES_MATCHING PATTERN "*.safetensors")
endif()
if(NOT TARGET c3d)
  return()
endif()

install(TARGETS c3d EXPORT c3d
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(c3d_headers check clip_batches device error evaluation explanation export feature_match features invalid_argument live report training video
                video_classifier video_network weights)
list(TRANSFORM c3d_headers REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/c3d/\\1.h")
install(FILES ${c3d_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/c3d COMPONENT development)

set(c3d_example ${CMAKE_SOURCE_DIR}/tests/c3d/install)
install(FILES ${c3d_example}/label.cpp DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/c3d/examples COMPONENT development)
install(FILES ${c3d_example}/by_cmake/CMakeLists.txt DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/c3d/examples/by_cmake
        COMPONENT development)

file(RELATIVE_PATH C3D_PREFIX_OF_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
# What a static libc3d.a needs besides itself.
set(C3D_NEEDED_PACKAGES fmt)
set(C3D_NEEDED_LIBRARIES "-lstdc++ -lm -pthread")
if(C3D_WITH_CPU)
  string(APPEND C3D_NEEDED_LIBRARIES " -fopenmp")
endif()
if(C3D_WITH_FFMPEG)
  foreach(library avformat avcodec swscale avutil)
    list(APPEND C3D_NEEDED_PACKAGES lib${library}${C3D_FFMPEG_SUFFIX})
  endforeach()
  list(APPEND C3D_NEEDED_PACKAGES re2 libutf8proc)
  if(C3D_WITH_HDF5)
    list(APPEND C3D_NEEDED_PACKAGES hdf5)
  endif()
endif()
if(C3D_WITH_CAIRO)
  list(APPEND C3D_NEEDED_PACKAGES cairo fontconfig libpng)
endif()
if(C3D_WITH_WEIGHTS)
  list(APPEND C3D_NEEDED_PACKAGES libzip zlib protobuf-lite)
endif()
find_package(OpenSSL COMPONENTS Crypto QUIET)
if(OPENSSL_FOUND)
  list(APPEND C3D_NEEDED_PACKAGES libcrypto)
endif()
list(JOIN C3D_NEEDED_PACKAGES " " C3D_NEEDED_PACKAGES)
if(BUILD_SHARED_LIBS)
  # pkg-config would ask for the development files of all these, which nobody needs who links a shared library.
  set(C3D_NEEDED_PACKAGES)
  set(C3D_NEEDED_LIBRARIES)
endif()

set(c3d_cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/c3d)
install(EXPORT c3d NAMESPACE c3d:: DESTINATION ${c3d_cmake_folder} FILE c3dTargets.cmake COMPONENT development)
configure_package_config_file(${CMAKE_SOURCE_DIR}/tools/cmake/c3dConfig.cmake.in ${CMAKE_BINARY_DIR}/c3dConfig.cmake
                              INSTALL_DESTINATION ${c3d_cmake_folder} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/c3dConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/c3dConfig.cmake ${CMAKE_BINARY_DIR}/c3dConfigVersion.cmake
        DESTINATION ${c3d_cmake_folder} COMPONENT development)

configure_file(${CMAKE_SOURCE_DIR}/tools/cmake/c3d.pc.in ${CMAKE_BINARY_DIR}/c3d.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/c3d.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
