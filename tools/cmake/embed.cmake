# c3d_embed(TARGET FILE NAME): the text of FILE as `const std::string_view NAME` in namespace c3d, which a header beside
# the file declares (assets.h). The build follows changes of the file.
function(c3d_embed target file name)
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} text)
  get_filename_component(folder ${path} DIRECTORY)
  file(RELATIVE_PATH header_folder ${CMAKE_SOURCE_DIR} ${folder})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  configure_file(${CMAKE_SOURCE_DIR}/tools/cmake/embedded.cpp.in ${source} @ONLY)
  # Alone: a change of its text compiles nothing else.
  set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_sources(${target} PRIVATE ${source})
endfunction()
