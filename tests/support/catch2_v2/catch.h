// The one include of every test; Catch2 2.
#pragma once

#include <catch2/catch.hpp>
