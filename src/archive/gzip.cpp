#include <zlib.h>

#include <algorithm>
#include <vector>

#include "archive/codecs.h"
#include "base/error.h"

#if __has_include(<isa-l.h>)
#include <isa-l.h>
#define MYDOCK_HAS_ISAL 1
#endif

namespace mydock::archive {

namespace {

constexpr std::size_t kOutput = std::size_t{128} << 10;

// The header says nothing of a name or a time, so the same data make the same bytes.
class Gzip final : public Compressor {
 public:
  Gzip(Sink& to, int level) : to_(to), output_(kOutput) {
    if (deflateInit2(&state_, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      fail(Kind::invalid, "gzip: level {} is not possible", level);
    }
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { deflateEnd(&state_); }

  void write(ConstBytes bytes) override {
    while (!bytes.empty()) {
      const ConstBytes piece = bytes.first(std::min(bytes.size(), std::size_t{1} << 30));
      run(piece, Z_NO_FLUSH);
      bytes = bytes.subspan(piece.size());
    }
  }
  void finish() override { run({}, Z_FINISH); }

 private:
  void run(ConstBytes input, int flush) {
    // zlib's interface is not const-correct; it does not write there.
    state_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    state_.avail_in = static_cast<uInt>(input.size());
    do {
      state_.next_out = reinterpret_cast<Bytef*>(output_.data());
      state_.avail_out = static_cast<uInt>(output_.size());
      if (deflate(&state_, flush) == Z_STREAM_ERROR) fail(Kind::system, "gzip: wrong state");
      to_.write(ConstBytes(output_).first(output_.size() - state_.avail_out));
    } while (state_.avail_out == 0);
  }

  Sink& to_;
  std::vector<std::byte> output_;
  z_stream state_{};
};

#ifdef MYDOCK_HAS_ISAL

// Some ten times as fast as zlib's level 6, for a few percent more bytes.
class FastGzip final : public Compressor {
 public:
  explicit FastGzip(Sink& to) : to_(to), output_(kOutput), work_(ISAL_DEF_LVL1_DEFAULT) {
    isal_deflate_init(state_.get());
    state_->level = 1;
    state_->level_buf = work_.data();
    state_->level_buf_size = static_cast<std::uint32_t>(work_.size());
    state_->gzip_flag = IGZIP_GZIP;
  }

  void write(ConstBytes bytes) override {
    while (!bytes.empty()) {
      const ConstBytes piece = bytes.first(std::min(bytes.size(), std::size_t{1} << 30));
      run(piece, false);
      bytes = bytes.subspan(piece.size());
    }
  }
  void finish() override { run({}, true); }

 private:
  void run(ConstBytes input, bool last) {
    state_->next_in =
        const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(input.data()));
    state_->avail_in = static_cast<std::uint32_t>(input.size());
    state_->end_of_stream = last ? 1 : 0;
    do {
      state_->next_out = reinterpret_cast<std::uint8_t*>(output_.data());
      state_->avail_out = static_cast<std::uint32_t>(output_.size());
      const int rc = isal_deflate(state_.get());
      if (rc != COMP_OK) fail(Kind::system, "gzip: error {}", rc);
      to_.write(ConstBytes(output_).first(output_.size() - state_->avail_out));
    } while (state_->avail_out == 0 || (last && state_->internal_state.state != ZSTATE_END));
  }

  Sink& to_;
  std::vector<std::byte> output_;
  std::vector<std::uint8_t> work_;
  std::unique_ptr<isal_zstream> state_ = std::make_unique<isal_zstream>();
};

#endif

}  // namespace

std::unique_ptr<Compressor> make_gzip(Sink& to, int level) {
#ifdef MYDOCK_HAS_ISAL
  if (level == 0) return std::make_unique<FastGzip>(to);
#endif
  return std::make_unique<Gzip>(to, level == 0 ? 1 : level);
}

}  // namespace mydock::archive
