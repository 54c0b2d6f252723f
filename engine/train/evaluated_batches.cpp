#include "engine/train/evaluated_batches.h"

#include <algorithm>

#include "engine/train/plain_bytes.h"

namespace c3d {
namespace {

struct Header {
  std::int64_t rows = 0, classes = 0, size = 0;
  std::int64_t has_sets = 0;
};

// One batch, in memory of its own.
struct Evaluated {
  std::vector<float> probabilities, losses, sets;
  std::vector<std::int32_t> labels;
  std::vector<ClipOrigin> origins;

  explicit Evaluated(const Header& header)
      : probabilities(static_cast<std::size_t>(header.rows * header.classes)),
        losses(static_cast<std::size_t>(header.rows)),
        sets(header.has_sets != 0 ? probabilities.size() : 0),
        labels(losses.size()),
        origins(losses.size()) {}
};

void count_one(ByteReader& reader, const EvaluatedBatches::Count& count) {
  const auto header = reader.number<Header>();
  Evaluated all(header);
  reader.read(std::span(all.probabilities));
  reader.read(std::span(all.losses));
  reader.read(std::span(all.labels));
  reader.read(std::span(all.origins));
  reader.read(std::span(all.sets));
  const Shape classes{header.rows, header.classes};
  Batch batch;
  batch.labels_i32 = host_tensor(all.labels.data(), {header.rows});
  batch.origins = all.origins;
  batch.size = header.size;
  if (header.has_sets != 0) batch.label_sets = host_tensor(all.sets.data(), classes);
  count(host_tensor(all.probabilities.data(), classes), host_tensor(all.losses.data(), {header.rows}), batch);
}

}  // namespace

void EvaluatedBatches::add(ConstTensor probabilities, ConstTensor losses, const Batch& batch) {
  const Header header{.rows = probabilities.shape()[0],
                      .classes = probabilities.shape()[1],
                      .size = batch.size,
                      .has_sets = batch.label_sets.empty() ? 0 : 1};
  ByteWriter bytes;
  bytes.add(header);
  const auto values = [](ConstTensor tensor) {
    return std::span(tensor.as<float>(), static_cast<std::size_t>(tensor.count()));
  };
  bytes.add(values(probabilities));
  bytes.add(values(losses));
  bytes.add(std::span(batch.labels_i32.as<std::int32_t>(), static_cast<std::size_t>(header.rows)));
  bytes.add(batch.origins);
  if (header.has_sets != 0) bytes.add(values(batch.label_sets));
  bytes_ += bytes.take();
}

bool EvaluatedBatches::count_all(Communicator& ranks, bool stopped, const Count& count) {
  const std::vector<std::string> stops = ranks.all_gather(stopped ? "1" : "");
  if (std::ranges::any_of(stops, [](const std::string& stop) { return !stop.empty(); })) return false;
  const std::vector<std::string> all = ranks.all_gather(bytes_);
  std::vector<ByteReader> readers(all.begin(), all.end());
  for (std::size_t batch = 0; !readers[batch % readers.size()].is_at_end(); ++batch) {
    count_one(readers[batch % readers.size()], count);
  }
  return true;
}

}  // namespace c3d
