#include "python/src/bindings.h"

NB_MODULE(_c3d, m) {
  nanobind::set_leak_warnings(false);  // what lives to the end of the process is no matter of its user
  m.doc() = "C3D's library, as the package c3d uses it.";
  c3d::python::bind_errors(m);
  c3d::python::bind_options(m);
  c3d::python::bind_model(m);
  c3d::python::bind_stream(m);
  c3d::python::bind_video(m);
  c3d::python::bind_clips(m);
  c3d::python::bind_runs(m);
  c3d::python::bind_weights(m);
}
