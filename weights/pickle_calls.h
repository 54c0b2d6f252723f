// What a pickle may call, and what each call makes: the globals of torch.serialization's safe list.
#pragma once

#include <string>

#include "weights/pickle.h"

namespace c3d {

// Error for any global that is not on the list.
PickleGlobal find_global(const std::string& module, const std::string& name);
// The value that `callable(*arguments)` stands for; it may be one of the arguments' own nodes, then `made` is
// left alone and that node comes back, else nullptr.
PickleNode* call_global(const PickleNode& callable, const PickleNode& arguments, PickleNode& made);
// ('storage', class, key, location, elements[, view])
PickleStorage storage_of(const PickleNode& persistent_id);

}  // namespace c3d
