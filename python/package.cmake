# What a package holds besides the files of python/c3d: the extension, and beside each other as in a prefix the library, the tools and
# what they look for in ../share. Files themselves, under the names that others ask for: a wheel has no links, and would hold twice
# what two names lead to.
install(TARGETS _c3d LIBRARY DESTINATION . COMPONENT python)
install(FILES ${package}/_c3d.pyi DESTINATION . COMPONENT python)
set(tools c3d_bench c3d_check c3d_infer c3d_synth c3d_train c3d_weights)
if(NOT C3D_INSTALLED)
  set_target_properties(c3d PROPERTIES VERSION ${C3D_INTERFACE} INSTALL_RPATH "$ORIGIN")
  install(TARGETS c3d LIBRARY DESTINATION lib COMPONENT python NAMELINK_SKIP)
  list(TRANSFORM tools REPLACE "c3d_weights" "c3d_weights_tool")
  foreach(tool ${tools})
    set_target_properties(${tool} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
    install(TARGETS ${tool} RUNTIME DESTINATION bin COMPONENT python)
  endforeach()
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/weights/pretrained/ DESTINATION share/c3d/pretrained COMPONENT python
          FILES_MATCHING PATTERN "*.safetensors")
  return()
endif()

# A wheel for other machines brings FFmpeg's libraries from the same prefix, and fonts.
set(C3D_WHEEL_FONTS "" CACHE STRING "fonts that are installed into the package")
file(GLOB libraries ${C3D_INSTALLED}/lib/lib*-c3d.so)
foreach(library ${C3D_INSTALLED}/lib/libc3d.so ${libraries})
  get_filename_component(file ${library} REALPATH)
  string(REGEX REPLACE ".*/(lib[^/]*[.]so[.][0-9]+)[.].*" "\\1" name ${file})
  install(PROGRAMS ${file} DESTINATION lib RENAME ${name} COMPONENT python)
endforeach()
foreach(tool ${tools})
  install(PROGRAMS ${C3D_INSTALLED}/bin/${tool} DESTINATION bin COMPONENT python)
endforeach()
install(DIRECTORY ${C3D_INSTALLED}/share/c3d/pretrained DESTINATION share/c3d COMPONENT python)
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/fonts/fonts.conf ${C3D_WHEEL_FONTS} DESTINATION share/c3d/fonts COMPONENT python)
