// The fonts of pictures: the system's, unless the installation brings its own.
#pragma once

namespace c3d {

// Once per process, before text is drawn: where share/c3d/fonts beside the program or the library holds a fonts.conf, Fontconfig's
// configuration of this process is that file. A package for systems without fonts or without Fontconfig's settings
// brings one. The environment's FONTCONFIG_FILE goes before it. Any thread.
void use_installed_fonts();

}  // namespace c3d
