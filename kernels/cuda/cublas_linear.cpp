#include "kernels/cuda/cublas_linear.h"

#include <algorithm>

#include "kernels/cuda/check.h"
#include "kernels/cuda/launch.h"

namespace c3d::cuda {
namespace {

// What NVIDIA advises for Hopper.
constexpr std::size_t kWorkspaceLimit = std::size_t{32} << 20;
// The arena's tensors lie at 256 bytes, the bf16 copies of parameters at 128.
constexpr std::uint32_t kAlignment = 16;

cudaDataType_t data_type(DType type) {
  if (type == DType::e4m3) return CUDA_R_8F_E4M3;
  return type == DType::bf16 ? CUDA_R_16BF : CUDA_R_32F;
}

template <typename T>
void set(const MatmulDescriptor& descriptor, cublasLtMatmulDescAttributes_t name, const T& value) {
  check(cublas_lt().set_descriptor(descriptor.get(), name, &value, sizeof(value)),
        "setting attribute {} of a matrix product", static_cast<int>(name));
}

template <typename T>
void set(const MatmulPreference& preference, cublasLtMatmulPreferenceAttributes_t name, const T& value) {
  check(cublas_lt().set_preference(preference.get(), name, &value, sizeof(value)),
        "setting preference {} of a matrix product", static_cast<int>(name));
}

MatrixLayout column_major(DType type, std::int64_t rows, std::int64_t columns) {
  cublasLtMatrixLayout_t layout = nullptr;
  check(cublas_lt().create_layout(&layout, data_type(type), static_cast<std::uint64_t>(rows),
                                  static_cast<std::uint64_t>(columns), rows),
        "describing a matrix of {} x {}", rows, columns);
  return MatrixLayout(layout);
}

bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % kAlignment == 0; }

}  // namespace

// d [m,n] = a b, column by column; the layouts are those of a, b and d as they lie in memory.
struct CublasLinear::Key {
  cublasOperation_t a_operation, b_operation;
  std::int64_t m, n, k;
  cublasLtEpilogue_t epilogue;
  DType type, d_type;
  friend bool operator==(const Key&, const Key&) = default;
};

struct CublasLinear::Product {
  explicit Product(const Key& its_key) : key(its_key) {}
  Key key;
  MatmulDescriptor descriptor;
  MatrixLayout a, b, d;
  cublasLtMatmulAlgo_t algorithm{};
  std::size_t workspace_bytes = 0;
  bool supported = false;
};

CublasLinear::CublasLinear(const Format& format, Workspace& workspace, cudaStream_t stream)
    : format_(format), workspace_(workspace), stream_(stream) {
  cublasLtHandle_t handle = nullptr;
  check(cublas_lt().create(&handle), "starting cuBLAS");
  handle_.reset(handle);
}

CublasLinear::~CublasLinear() = default;

CublasLinear::Product& CublasLinear::product(const Key& key) {
  const auto found =
      std::find_if(products_.begin(), products_.end(), [&](const auto& made) { return made->key == key; });
  if (found != products_.end()) return **found;

  auto made = std::make_unique<Product>(key);
  cublasLtMatmulDesc_t descriptor = nullptr;
  const cublasComputeType_t arithmetic =
      format_.product == ProductType::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  check(cublas_lt().create_descriptor(&descriptor, arithmetic, CUDA_R_32F), "describing a matrix product");
  made->descriptor.reset(descriptor);
  set(made->descriptor, CUBLASLT_MATMUL_DESC_TRANSA, key.a_operation);
  set(made->descriptor, CUBLASLT_MATMUL_DESC_TRANSB, key.b_operation);
  set(made->descriptor, CUBLASLT_MATMUL_DESC_EPILOGUE, key.epilogue);
  const bool a_turned = key.a_operation == CUBLAS_OP_T, b_turned = key.b_operation == CUBLAS_OP_T;
  made->a = column_major(key.type, a_turned ? key.k : key.m, a_turned ? key.m : key.k);
  made->b = column_major(key.type, b_turned ? key.n : key.k, b_turned ? key.k : key.n);
  made->d = column_major(key.d_type, key.m, key.n);

  cublasLtMatmulPreference_t raw_preference = nullptr;
  check(cublas_lt().create_preference(&raw_preference), "describing what a matrix product may use");
  const MatmulPreference preference(raw_preference);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kWorkspaceLimit);
  for (const auto name :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference, name, kAlignment);
  }
  cublasLtMatmulHeuristicResult_t result{};
  int count = 0;
  const cublasStatus_t status =
      cublas_lt().heuristic(handle_.get(), made->descriptor.get(), made->a.get(), made->b.get(),
                            made->d.get(), made->d.get(), preference.get(), 1, &result, &count);
  made->supported = succeeded(status) && count > 0 && succeeded(result.state);
  made->algorithm = result.algo;
  made->workspace_bytes = result.workspaceSize;
  return *products_.emplace_back(std::move(made));
}

void CublasLinear::run(Product& product, const void* a, const void* b, void* d, void* bias) {
  const Key& key = product.key;
  expect(product.supported, "cuBLAS has no product of {} x {} x {} {} with epilogue {}", key.m, key.n, key.k,
         to_string(key.type), static_cast<int>(key.epilogue));
  expect(aligned(a) && aligned(b) && aligned(d) && aligned(bias),
         "cuda: a matrix product of {} x {} x {} has an operand that does not lie at {} bytes", key.m, key.n,
         key.k, kAlignment);
  if (bias != nullptr) set(product.descriptor, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  const float one = 1, zero = 0;
  std::byte* scratch = workspace_.get(Purpose::library, product.workspace_bytes);
  check(cublas_lt().matmul(handle_.get(), product.descriptor.get(), &one, a, product.a.get(), b,
                           product.b.get(), &zero, d, product.d.get(), d, product.d.get(), &product.algorithm,
                           scratch, product.workspace_bytes, stream_),
        "a matrix product of {} x {} x {}", key.m, key.n, key.k);
}

// y' [O,N] = weight [O,I] x' [I,N]
void CublasLinear::forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                           Tensor y) {
  const auto epilogue = activation == Activation::relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  const Key key{CUBLAS_OP_T,       CUBLAS_OP_N, weight.shape()[0], x.shape()[0],
                weight.shape()[1], epilogue,    x.type(),          y.type()};
  // The attribute is a plain void*; with this epilogue the bias is only read.
  run(product(key), weight.data(), x.data(), y.data(), const_cast<std::byte*>(bias.data()));
}

// The factors differ from row to row of the weight, for which cuBLAS has no epilogue with a bias: it gives the sums.
bool CublasLinear::forward_e4m3(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                                ConstTensor bias, Tensor y) {
  const Key key{CUBLAS_OP_T,  CUBLAS_OP_N,       weight.shape()[0],
                x.shape()[0], weight.shape()[1], CUBLASLT_EPILOGUE_DEFAULT,
                DType::e4m3,  DType::f32};
  if (!product(key).supported) return false;
  const Tensor sums = workspace_.tensor(Purpose::sums, y.shape(), DType::f32);
  run(product(key), weight.data(), x.data(), sums.data(), nullptr);
  check(scaled_sums({.sums = sums.as<float>(),
                     .factors = factors.as<float>(),
                     .bias = bias.as<float>(),
                     .rows = y.shape()[0],
                     .channels = y.shape()[1],
                     .relu = activation == Activation::relu},
                    y.type() == DType::e4m3, y.data(), stream_),
        "rounding the sums of e4m3");
  return true;
}

// dx' [I,N] = weight' [I,O] dy' [O,N]
void CublasLinear::backward_data(ConstTensor weight, ConstTensor dy, Tensor dx) {
  const Key key{CUBLAS_OP_N,   CUBLAS_OP_N,       weight.shape()[1],
                dy.shape()[0], weight.shape()[0], CUBLASLT_EPILOGUE_DEFAULT,
                dy.type(),     dx.type()};
  run(product(key), weight.data(), dy.data(), dx.data(), nullptr);
}

// dweight' [I,O] = x' [I,N] dy [N,O]; the sum of dy over N is the gradient of the bias.
bool CublasLinear::backward_weight(ConstTensor x, ConstTensor dy, Tensor dweight, Tensor dbias) {
  Key key{CUBLAS_OP_N, CUBLAS_OP_T,   x.shape()[1], dy.shape()[1], x.shape()[0], CUBLASLT_EPILOGUE_BGRADB,
          x.type(),    dweight.type()};
  const bool with_bias = !dbias.empty() && product(key).supported;
  if (!with_bias) key.epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  run(product(key), x.data(), dy.data(), dweight.data(), with_bias ? dbias.data() : nullptr);
  return with_bias;
}

}  // namespace c3d::cuda
