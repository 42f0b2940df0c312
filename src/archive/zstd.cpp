#include <zstd.h>

#include <vector>

#include "archive/codecs.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

// A frame may ask for a window of 2 GiB; what this allows is zstd's own default limit.
constexpr int kLargestWindowLog = 27;

std::size_t demand(std::size_t code) {
  if (ZSTD_isError(code) != 0) fail(Kind::invalid, "zstd: {}", ZSTD_getErrorName(code));
  return code;
}

struct Free {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class Unzstd final : public Source {
 public:
  explicit Unzstd(Source& from) : from_(from), buffer_(ZSTD_DStreamInSize()) {
    demand(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kLargestWindowLog));
  }

  std::size_t read(Bytes buffer) override {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0 && !buffer.empty()) {
      if (input_.pos == input_.size && !held_back_) {
        input_ = {buffer_.data(), from_.read(buffer_), 0};
        if (input_.size == 0) {
          if (!frame_ended_) fail(Kind::invalid, "zstd: unexpected end of the data");
          return 0;
        }
      }
      frame_ended_ = demand(ZSTD_decompressStream(context_.get(), &out, &input_)) == 0;
      held_back_ = out.pos == out.size && !frame_ended_;
    }
    return out.pos;
  }

 private:
  Source& from_;
  std::vector<std::byte> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  bool frame_ended_ = false;
  bool held_back_ = false;  // output is left although all input is taken
};

class Zstd final : public Compressor {
 public:
  Zstd(Sink& to, int level) : to_(to), output_(ZSTD_CStreamOutSize()) {
    demand(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
    demand(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
  }

  void write(ConstBytes bytes) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) run(in, ZSTD_e_continue);
  }
  void finish() override {
    ZSTD_inBuffer in{nullptr, 0, 0};
    while (run(in, ZSTD_e_end) != 0) {
    }
  }

 private:
  std::size_t run(ZSTD_inBuffer& in, ZSTD_EndDirective end) {
    ZSTD_outBuffer out{output_.data(), output_.size(), 0};
    const std::size_t left = demand(ZSTD_compressStream2(context_.get(), &out, &in, end));
    if (out.pos > 0) to_.write(ConstBytes(output_).first(out.pos));
    return left;
  }

  Sink& to_;
  std::vector<std::byte> output_;
  std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
};

}  // namespace

std::unique_ptr<Source> make_unzstd(Source& from) { return std::make_unique<Unzstd>(from); }

std::unique_ptr<Compressor> make_zstd(Sink& to, int level) {
  return std::make_unique<Zstd>(to, level == 0 ? 2 : level);
}

}  // namespace mydock::archive
