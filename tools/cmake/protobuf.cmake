# c3d_add_messages(NAME FOLDER PROTO ...): a library of the messages of FOLDER/PROTO.proto, whose headers are included as
# FOLDER/PROTO.pb.h. They are generated beside the objects, and their code is not held to our warnings.
function(c3d_add_messages name folder)
  find_package(Protobuf REQUIRED)
  set(sources "")
  foreach(proto ${ARGN})
    set(generated ${CMAKE_BINARY_DIR}/generated/${folder}/${proto}.pb)
    add_custom_command(
      OUTPUT ${generated}.cc ${generated}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
      COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR} --cpp_out=${CMAKE_BINARY_DIR}/generated
              ${folder}/${proto}.proto
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
      DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/${proto}.proto
      VERBATIM)
    list(APPEND sources ${generated}.cc ${generated}.h)
  endforeach()
  add_library(${name} STATIC ${sources})
  target_compile_options(${name} PRIVATE -w)
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf-lite)
endfunction()
