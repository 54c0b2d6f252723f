if(C3D_SANITIZE)
  add_compile_options(-fsanitize=${C3D_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g)
  add_link_options(-fsanitize=${C3D_SANITIZE})
endif()
