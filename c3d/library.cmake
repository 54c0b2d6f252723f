# What users link: all the floors in one library that shows the functions and classes of c3d/*.h alone.
# The implementation of the headers; the other floors follow as far as it uses them.
set(faces c3d_device c3d_inference c3d_training c3d_conversion c3d_calibration c3d_checking c3d_evaluation c3d_explanation c3d_live c3d_match)
if(BUILD_SHARED_LIBS)
  set(exports ${CMAKE_CURRENT_SOURCE_DIR}/exports.map)
  list(JOIN faces "," joined)
  set(no_code ${CMAKE_CURRENT_BINARY_DIR}/no_code.cpp)  # a library must have a source of its own
  if(NOT EXISTS ${no_code})
    file(WRITE ${no_code} "")
  endif()
  add_library(c3d SHARED ${no_code})
  target_link_libraries(c3d PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${joined}>")
  target_link_options(c3d PRIVATE LINKER:--version-script=${exports} LINKER:--as-needed)
  if(NOT C3D_SANITIZE)  # whose functions are in the program
    target_link_options(c3d PRIVATE LINKER:--no-undefined)
  endif()
  set_target_properties(c3d PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${C3D_INTERFACE} LINK_DEPENDS ${exports})
else()
  set(floors ${faces} c3d_report c3d_events c3d_html c3d_pages c3d_common c3d_weights c3d_data c3d_model c3d_kernels c3d_reference c3d_cpu c3d_cuda
             c3d_engine)
  foreach(part c3d_cpu_isa c3d_cpu_sets c3d_augment c3d_augment_loops c3d_augment_loop_sets c3d_pixel_loops c3d_pixel_loop_sets
               c3d_weights_proto c3d_event_messages)
    if(TARGET ${part})
      list(APPEND floors ${part})
    endif()
  endforeach()
  list(TRANSFORM floors REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_library(c3d STATIC ${objects})
endif()
add_library(c3d::c3d ALIAS c3d)
target_compile_features(c3d INTERFACE cxx_std_20)
target_include_directories(c3d INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>)
