#include "image/fetch.h"

#include "base/error.h"
#include "base/id.h"
#include "image/metered.h"
#include "registry/patience.h"

namespace mydock::image {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = std::size_t{128} << 10;
// Who sends less than this holds the line without a use.
constexpr std::chrono::seconds kSlowTime{60};
constexpr std::uint64_t kSlowBytes = std::uint64_t{60} << 10;

class Fetching {
 public:
  Fetching(const registry::Repository& repository, const oci::Descriptor& layer,
           const PullOptions& options, Progress& progress, const std::stop_token& stop)
      : repository_(repository),
        layer_(layer),
        options_(options),
        progress_(progress),
        stop_(stop),
        id_(short_id(layer.digest.str())) {}

  void run(Download& download) {
    for (int attempt = 1;; ++attempt) {
      const std::uint64_t before = download.offset();
      std::chrono::milliseconds wait{0};
      try {
        fetch(download);
        if (download.is_whole()) break;
        fail(Kind::system, "unexpected EOF");
      } catch (const Error& error) {
        if (download.offset() > before) attempt = 1;  // it gets on, if slowly
        const bool broken_off = error.kind() == Kind::invalid && !download.is_whole() &&
                                error.message().find("EOF") != std::string::npos;
        if (attempt >= options_.attempts || (!broken_off && !registry::may_pass(error))) throw;
        wait = registry::wait_before(error, attempt, options_.first_wait);
      }
      wait_aloud(wait);
    }
    progress_.layer(id_, "Verifying Checksum", 0, 0);
  }

 private:
  void fetch(Download& download) {
    registry::BlobStream stream = repository_.open_blob(layer_, download.offset(), stop_);
    if (stream.offset != download.offset()) download.restart();
    const auto total = static_cast<std::uint64_t>(layer_.size);
    std::vector<std::byte> buffer(kPiece);
    Clock::time_point told = Clock::now();
    Clock::time_point window = told;
    std::uint64_t window_start = download.offset();
    while (const std::size_t got = stream.response.body().read(buffer)) {
      download.append(std::span(buffer).first(got));
      const Clock::time_point at = Clock::now();
      if (at - told >= std::chrono::milliseconds(100) || download.is_whole()) {
        told = at;
        progress_.layer(id_, "Downloading", download.offset(), total);
      }
      if (at - window < kSlowTime) continue;
      if (download.offset() - window_start < kSlowBytes)
        fail(Kind::deadline, "download is too slow");
      window = at;
      window_start = download.offset();
    }
  }

  void wait_aloud(std::chrono::milliseconds wait) {
    for (; wait > std::chrono::milliseconds(0); wait -= std::chrono::seconds(1)) {
      const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
      progress_.layer(id_, fmt::format("Retrying in {} second{}", seconds, seconds == 1 ? "" : "s"),
                      0, 0);
      registry::pause(std::min<std::chrono::milliseconds>(wait, std::chrono::seconds(1)), stop_);
    }
  }

  const registry::Repository& repository_;
  const oci::Descriptor& layer_;
  const PullOptions& options_;
  Progress& progress_;
  const std::stop_token& stop_;
  std::string id_;
};

}  // namespace

StagedBlob fetch_layer(Downloads& downloads, const registry::Repository& repository,
                       const oci::Descriptor& layer, const PullOptions& options, Progress& progress,
                       const std::stop_token& stop) {
  Fetching fetching(repository, layer, options, progress, stop);
  return downloads.bring(
      layer, [&](Download& download) { fetching.run(download); }, stop);
}

}  // namespace mydock::image
