// By OpenSSL's libcrypto, which uses the processor's own instructions.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "engine/core/error.h"
#include "engine/core/handle.h"
#include "weights/sha256.h"

namespace c3d {

struct Sha256::State {
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_MD_CTX* const context = state_->context.get();
  expect(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1,
         "OpenSSL's libcrypto on this machine computes no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
  expect(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
         "OpenSSL's libcrypto could not compute a SHA-256");
}

std::string Sha256::digits() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  expect(EVP_DigestFinal_ex(state_->context.get(), sum.data(), &size) == 1,
         "OpenSSL's libcrypto could not compute a SHA-256");
  std::string digits;
  for (unsigned int i = 0; i < size; ++i) digits += fmt::format("{:02x}", sum[i]);
  return digits;
}

}  // namespace c3d
