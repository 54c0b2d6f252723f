#include "engine/core/backend.h"

#include "engine/core/parallel_items.h"

namespace c3d {

Buffer::Buffer(std::byte* data, std::size_t bytes, MemoryKind kind, Free free)
    : data_(data, std::move(free)), bytes_(bytes), memory_kind_(kind) {}

Tensor Buffer::tensor(const Shape& shape, DType type, std::size_t offset_bytes) const {
  const Tensor view(data() + offset_bytes, shape, type, memory_kind_);
  expect(offset_bytes + view.bytes() <= bytes_, "buffer of {} bytes: {} {} at {} does not fit", bytes_,
         to_string(type), shape, offset_bytes);
  return view;
}

void Backend::add_plan(const std::string& /*lines*/) { fail("{} has no plan to be given", description()); }

void Backend::replay(std::uint64_t /*program*/, const std::function<void()>& step) { step(); }

void Backend::run_beside(int threads, const std::function<void(int)>& body) { run_threads(threads, body); }

void Backend::do_copy_parts(std::span<const ConstTensor> parts, Tensor to) {
  std::byte* place = to.data();
  for (const ConstTensor& part : parts) {
    do_copy(part, Tensor(place, part.shape(), to.type(), to.memory_kind()));
    place += part.bytes();
  }
}

}  // namespace c3d
