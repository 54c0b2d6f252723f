# Which sources may name a processor's instructions: those of x86, of aarch64, or of neither.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(C3D_PROCESSOR x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(C3D_PROCESSOR aarch64)
else()
  set(C3D_PROCESSOR portable)
endif()
