// What holds on the CPU beyond the ops' values: NaN is kept, threads change nothing, a second step allocates
// nothing.
#include "kernels/cpu/cpu_backend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include "catch.h"
#include "tests/support/array.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// conv3d_max_pool3d there and back, then a linear layer's weight gradient.
std::vector<float> run_layers(int threads) {
  const auto backend = make_cpu_backend({.threads = threads});
  const Floats x = random_array({3, 4, 14, 14, 16}, 1), filter = random_array({32, 3, 3, 3, 16}, 2);
  const Floats bias = random_array({32}, 3), dy = random_array({3, 2, 7, 7, 32}, 4);
  Floats y({3, 2, 7, 7, 32}), dx(x.shape), dfilter(filter.shape), dbias({32}), sum({1});
  Bytes argmax(y.shape);
  backend->conv3d_max_pool3d_forward({}, {}, x, filter, bias, y, argmax);
  backend->conv3d_max_pool3d_backward({}, {}, x, filter, argmax, y, dy, dx, dfilter, dbias);
  backend->sum_of_squares(dx, sum);
  std::vector<float> all;
  for (const Floats* part : {&y, &dx, &dfilter, &dbias, &sum}) {
    all.insert(all.end(), part->values.begin(), part->values.end());
  }
  return all;
}

// What own loops alone compute: the same with any number of threads.
std::vector<float> run_loops(int threads) {
  const auto backend = make_cpu_backend({.threads = threads});
  backend->begin_step({.seed = 7, .step = 3, .first_row = 1});
  const Floats x = random_array({5, 1001}, 5), weight = random_array({77, 1001}, 6),
               bias = random_array({77}, 7);
  Floats dropped(x.shape), y({5, 77}), dx(x.shape), dweight(weight.shape), dbias({77}), sum({1});
  backend->dropout(2, 0.4f, x, dropped);
  backend->linear_forward(Activation::relu, dropped, weight, bias, y);
  backend->linear_backward(dropped, weight, y, dx, dweight, dbias);
  backend->sum_of_squares(dweight, sum);
  std::vector<float> all;
  for (const Floats* part : {&dropped, &y, &dx, &dweight, &dbias, &sum}) {
    all.insert(all.end(), part->values.begin(), part->values.end());
  }
  return all;
}

}  // namespace

TEST_CASE("the cpu keeps NaN through every fused ReLU") {
  const auto backend = make_cpu_backend({.threads = 2});
  Floats x = random_array({1, 2, 4, 4, 16}, 1);
  const Floats filter = random_array({16, 3, 3, 3, 16}, 2), bias({16}, std::vector<float>(16, -1000.0f));
  x.values[0] = kNaN;

  Floats y({1, 2, 4, 4, 16});
  backend->conv3d_forward({}, Activation::relu, x, filter, bias, y);
  CHECK(std::isnan(y.values.front()));
  CHECK(y.values.back() == 0);

  Floats pooled({1, 1, 2, 2, 16});
  backend->conv3d_max_pool3d_forward({}, {}, x, filter, bias, pooled, {});
  CHECK(std::isnan(pooled.values.front()));
  CHECK(pooled.values.back() == 0);

  const Floats rows = x, weight = random_array({16, 256}, 3);
  Floats z({2, 16});
  backend->linear_forward(Activation::relu, ConstTensor(rows).reshaped({2, 256}), weight, bias, z);
  CHECK(std::isnan(z.values.front()));
  CHECK(z.values.back() == 0);
}

TEST_CASE("the same threads give the same bytes on the cpu") {
  CHECK(run_layers(1) == run_layers(1));
  CHECK(run_layers(2) == run_layers(2));
}

TEST_CASE("the loops of the cpu give the same bytes with any number of threads") {
  const std::vector<float> one = run_loops(1);
  CHECK(one == run_loops(2));
  CHECK(one == run_loops(3));
}

TEST_CASE("dropout on the cpu drops what Philox says from any first row on") {
  const auto backend = make_cpu_backend({.threads = 2});
  const std::uint64_t first_row = GENERATE(0U, 1U, 10U);
  backend->begin_step({.seed = 11, .step = 5, .first_row = first_row});
  Floats x({3, 4099}), y({3, 4099});  // odd rows: blocks of four span two rows
  std::fill(x.values.begin(), x.values.end(), 1.0f);
  backend->dropout(9, 0.5f, x, y);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const bool drops = dropout_drops(11, 5, 9, first_row * 4099 + i, 0.5f);
    wrong += y.values[i] == (drops ? 0.0f : 2.0f) ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a second step on the cpu needs no more memory") {
  const auto backend = make_cpu_backend({.threads = 2});
  const Floats x = random_array({2, 4, 8, 8, 8}, 1), filter = random_array({16, 3, 3, 3, 8}, 2);
  const Floats bias = random_array({16}, 3), dy = random_array({2, 2, 4, 4, 16}, 4);
  Floats y({2, 2, 4, 4, 16}), dx(x.shape), dfilter(filter.shape), dbias({16});
  Bytes argmax(y.shape);
  const auto step = [&] {
    backend->conv3d_max_pool3d_forward({}, {}, x, filter, bias, y, argmax);
    backend->conv3d_max_pool3d_backward({}, {}, x, filter, argmax, y, dy, dx, dfilter, dbias);
    return backend->memory();
  };
  const BackendMemory first = step(), second = step();
  CHECK(first.workspace_bytes > 0);
  CHECK(first.packed_bytes > 0);
  CHECK(second.workspace_bytes == first.workspace_bytes);
  CHECK(second.packed_bytes == first.packed_bytes);
}

TEST_CASE("the cpu refuses tf32") {
  CHECK(message_of([] { make_cpu_backend({.precision = Precision::tf32}); }).find("tf32") !=
        std::string::npos);
}

TEST_CASE("the cpu refuses bf16 where the instruction set has no such products") {
  const std::string message =
      message_of([] { make_cpu_backend({.precision = Precision::bf16, .instruction_set = "portable"}); });
  CHECK(message.find("no bf16 products") != std::string::npos);
  CHECK(message.find("portable") != std::string::npos);
}

TEST_CASE("the cpu refuses an instruction set that there is not") {
  const std::string message = message_of([] { make_cpu_backend({.instruction_set = "avx1024"}); });
  CHECK(message.find("avx1024") != std::string::npos);
  CHECK(message.find("portable") != std::string::npos);
}

TEST_CASE("the cpu says what it is and how many threads it uses") {
  CHECK(make_cpu_backend({.threads = 3})->description().find("3 threads") != std::string::npos);
  CHECK(make_cpu_backend({.instruction_set = "portable"})->description().find("portable") !=
        std::string::npos);
}

TEST_CASE("work runs beside the CPU's ops on as many threads as are asked for") {
  const auto backend = make_cpu_backend({.threads = 2});
  const int wanted = GENERATE(1, 3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::vector<int> calls;
  std::jthread beside([&] {
    backend->run_beside(wanted, [&](int number) {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      calls.push_back(number);
    });
  });
  const std::vector<float> computed = run_layers(2);
  beside.join();
  std::ranges::sort(calls);
  std::vector<int> expected(static_cast<std::size_t>(wanted));
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(calls == expected);
  CHECK(threads.size() == calls.size());
  CHECK(computed == run_layers(1));
}

}  // namespace c3d
