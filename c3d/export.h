// Marks what the shared library shows; all else in it is hidden.
#pragma once

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): an attribute has no other short name
#define C3D_API __attribute__((visibility("default")))
