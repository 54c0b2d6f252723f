# `cpack -G DEB` in the build's folder: c3d-tools, libc3d0 and libc3d-dev, for the Debian that it was built on. What they
# depend on is read from the programs (dpkg-shlibdeps); as CUDA and cuDNN are no packages of Debian's, a build with them
# makes none. `make packages` builds for /usr, where libraries have a folder for each architecture.
if(NOT TARGET c3d OR NOT BUILD_SHARED_LIBS OR C3D_CUDA)
  return()
endif()
set(C3D_PACKAGER "C3D's developers <root@localhost>" CACHE STRING "who makes the packages, as Debian wants it: name and address")
mark_as_advanced(C3D_PACKAGER)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME c3d)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${C3D_PACKAGER})
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_OUTPUT_FILE_PREFIX ${CMAKE_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL tools library development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${C3D_PACKAGER})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME c3d-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION video)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS fonts-dejavu-core)  # of the text in pictures
# Cameras need it; it is opened when one is asked for (data/live/camera.cpp).
string(REGEX MATCH "^[0-9]+" avdevice "${C3D_AVDEVICE_VERSION}")
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS libavdevice${avdevice})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS libavdevice${avdevice})
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "trains C3D networks, labels videos with them and takes features
 C3D is a 3-D convolutional network that reads 16 frames of a video and names the action.")

set(library libc3d${C3D_INTERFACE})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS fonts-dejavu-core)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "library that trains C3D networks and labels videos with them
 C3D is a 3-D convolutional network that reads 16 frames of a video and names the action.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libc3d-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library} (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "headers of C3D's library, and how CMake and pkg-config find it
 C3D is a 3-D convolutional network that reads 16 frames of a video and names the action.")

# Each package holds the licence it comes under, where Debian looks for it; `cmake --install` leaves it out.
foreach(pair tools:c3d-tools library:${library} development:libc3d-dev)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 package)
  install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} RENAME copyright
          COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
include(CPack)
