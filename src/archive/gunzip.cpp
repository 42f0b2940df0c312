#include <algorithm>
#include <vector>

#include "archive/codecs.h"
#include "base/error.h"

#if __has_include(<isa-l.h>)
#include <isa-l.h>
#else
#include <zlib.h>
#endif

namespace mydock::archive {

namespace {

constexpr std::size_t kInput = std::size_t{128} << 10;

// Bytes of `from` that were read and not used yet.
class Input {
 public:
  explicit Input(Source& from) : from_(from), buffer_(kInput) {}

  // False: the end.
  bool fill() {
    if (!rest_.empty()) return true;
    rest_ = Bytes(buffer_).first(from_.read(buffer_));
    return !rest_.empty();
  }
  Bytes rest() const { return rest_; }
  void used(std::size_t left) { rest_ = rest_.last(left); }

 private:
  Source& from_;
  std::vector<std::byte> buffer_;
  Bytes rest_;
};

// Between members: true when another one follows. Zeros after the last (tapes) are no harm.
bool next_member(Input& input) {
  while (input.fill()) {
    const Bytes rest = input.rest();
    const auto found =
        std::find_if(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; });
    const auto left = static_cast<std::size_t>(rest.end() - found);
    const bool skipped = left < rest.size();
    input.used(left);
    if (left == 0) continue;
    if (skipped || *found != std::byte{0x1f}) {
      fail(Kind::invalid, "gzip: garbage after the end of the data");
    }
    return true;
  }
  return false;
}

#if __has_include(<isa-l.h>)

// ISA-L inflates about twice as fast as zlib.
class Gunzip final : public Source {
 public:
  explicit Gunzip(Source& from) : input_(from) { start(); }

  std::size_t read(Bytes buffer) override {
    if (buffer.empty() || ended_) return 0;
    const auto room = static_cast<std::uint32_t>(std::min(buffer.size(), std::size_t{1} << 30));
    state_->next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    state_->avail_out = room;
    while (state_->avail_out == room) {
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        if (!next_member(input_)) {
          ended_ = true;
          return 0;
        }
        const auto out = state_->next_out;
        start();
        state_->next_out = out;
        state_->avail_out = room;
      }
      // It may hold output back although all input is taken.
      if (!input_.fill() && !may_have_more_)
        fail(Kind::invalid, "gzip: unexpected end of the data");
      step();
      may_have_more_ = state_->avail_out == 0;
    }
    return room - state_->avail_out;
  }

 private:
  void start() {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }
  void step() {
    state_->next_in = reinterpret_cast<std::uint8_t*>(input_.rest().data());
    state_->avail_in = static_cast<std::uint32_t>(input_.rest().size());
    const int rc = isal_inflate(state_.get());
    if (rc == ISAL_INCORRECT_CHECKSUM) fail(Kind::invalid, "gzip: wrong checksum");
    // After an error avail_in may be anything: it wraps below zero on some damaged blocks.
    if (rc < 0 || state_->avail_in > input_.rest().size()) {
      fail(Kind::invalid, "gzip: damaged data (error {})", rc);
    }
    input_.used(state_->avail_in);
  }

  Input input_;
  std::unique_ptr<inflate_state> state_ = std::make_unique<inflate_state>();
  bool may_have_more_ = false;
  bool ended_ = false;
};

#else

class Gunzip final : public Source {
 public:
  explicit Gunzip(Source& from) : input_(from) {
    if (inflateInit2(&state_, 15 + 16) != Z_OK) fail(Kind::system, "gzip: no memory");
  }
  ~Gunzip() override { inflateEnd(&state_); }

  std::size_t read(Bytes buffer) override {
    if (buffer.empty() || ended_) return 0;
    const auto room = static_cast<uInt>(std::min(buffer.size(), std::size_t{1} << 30));
    state_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    state_.avail_out = room;
    while (state_.avail_out == room) {
      if (member_ended_) {
        if (!next_member(input_)) {
          ended_ = true;
          return 0;
        }
        inflateReset(&state_);
        member_ended_ = false;
      }
      if (!input_.fill()) fail(Kind::invalid, "gzip: unexpected end of the data");
      state_.next_in = reinterpret_cast<Bytef*>(input_.rest().data());
      state_.avail_in = static_cast<uInt>(input_.rest().size());
      const int rc = inflate(&state_, Z_NO_FLUSH);
      input_.used(state_.avail_in);
      member_ended_ = rc == Z_STREAM_END;
      if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
        fail(Kind::invalid, "gzip: {}", state_.msg != nullptr ? state_.msg : "damaged data");
      }
    }
    return room - state_.avail_out;
  }

 private:
  Input input_;
  z_stream state_{};
  bool member_ended_ = false;
  bool ended_ = false;
};

#endif

}  // namespace

std::unique_ptr<Source> make_gunzip(Source& from) { return std::make_unique<Gunzip>(from); }

}  // namespace mydock::archive
