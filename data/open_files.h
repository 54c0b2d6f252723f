// How many files this process may still open: readers of many videos open fewer at a time where that is
// little.
#pragma once

namespace c3d {

// By the process's limit (ulimit -n) and what is open now, less a few for whoever else opens one.
int open_files_left();

}  // namespace c3d
