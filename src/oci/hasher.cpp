#include "oci/hasher.h"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <vector>

#include "base/error.h"

namespace mydock::oci {

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void demand(int rc) {
  if (rc != 1) fail(Kind::system, "OpenSSL cannot compute a digest");
}

Context make_context(const EVP_MD* algorithm) {
  Context context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  demand(EVP_DigestInit_ex(context.get(), algorithm, nullptr));
  return context;
}

std::string finish(EVP_MD_CTX* context) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  demand(EVP_DigestFinal_ex(context, bytes.data(), &size));
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4U];
    hex += kDigits[bytes[i] & 15U];
  }
  return hex;
}

}  // namespace

struct Hasher::State {
  Context context = make_context(EVP_sha256());
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(ConstBytes bytes) {
  demand(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

Digest Hasher::digest() const {
  const Context copy = make_context(EVP_sha256());
  demand(EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()));
  return Digest::parse("sha256:" + finish(copy.get()));
}

Digest sha256_of(ConstBytes bytes) {
  Hasher hasher;
  hasher.add(bytes);
  return hasher.digest();
}

bool matches(const Digest& expected, Source& content) {
  const bool long_one = expected.algorithm() == "sha512";
  const Context context = make_context(long_one ? EVP_sha512() : EVP_sha256());
  std::vector<std::byte> buffer(std::size_t{128} << 10);
  while (const std::size_t count = content.read(buffer)) {
    demand(EVP_DigestUpdate(context.get(), buffer.data(), count));
  }
  return finish(context.get()) == expected.hex();
}

ChainId chain_id(std::span<const DiffId> layers) {
  if (layers.empty()) fail(Kind::invalid, "an image without layers has no chain");
  ChainId chain{layers.front().digest};
  for (const DiffId& layer : layers.subspan(1)) {
    chain.digest = sha256_of(chain.str() + " " + layer.str());
  }
  return chain;
}

std::size_t HashingSource::read(Bytes buffer) {
  const std::size_t count = from_.read(buffer);
  hasher_.add(buffer.first(count));
  size_ += count;
  return count;
}

void HashingSink::write(ConstBytes bytes) {
  hasher_.add(bytes);
  size_ += bytes.size();
  to_.write(bytes);
}

}  // namespace mydock::oci
