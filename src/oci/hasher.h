#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/stream.h"
#include "oci/digest.h"

// Everything that needs OpenSSL, so that the shim, which does not, is linked without it.
namespace mydock::oci {

// SHA-256, a piece at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void add(ConstBytes bytes);
  // The digest of all that was added so far; adding may go on.
  Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256_of(ConstBytes bytes);
inline Digest sha256_of(std::string_view text) { return sha256_of(as_bytes(text)); }
// Hashes to the end. The algorithm may be sha512 too: for digests that others gave.
bool matches(const Digest& expected, Source& content);

// config.md, "Layer ChainID". `layers` is not empty, lowest first.
ChainId chain_id(std::span<const DiffId> layers);

// Hash and count what passes through.
class HashingSource final : public Source {
 public:
  explicit HashingSource(Source& from) : from_(from) {}
  std::size_t read(Bytes buffer) override;
  Digest digest() const { return hasher_.digest(); }
  std::uint64_t size() const { return size_; }

 private:
  Source& from_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
};

class HashingSink final : public Sink {
 public:
  using Sink::write;
  explicit HashingSink(Sink& to) : to_(to) {}
  void write(ConstBytes bytes) override;
  Digest digest() const { return hasher_.digest(); }
  std::uint64_t size() const { return size_; }

 private:
  Sink& to_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
};

}  // namespace mydock::oci
