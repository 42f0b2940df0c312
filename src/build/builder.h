#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "build/arguments.h"
#include "build/cache.h"
#include "build/worker.h"
#include "image/store.h"
#include "oci/platform.h"
#include "oci/reference.h"

namespace mydock::build {

struct BuildRequest {
  std::string dockerfile;  // its text
  fs::path context;        // a private directory
  std::string target;
  GivenArguments arguments;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> secrets;  // by id
  std::vector<oci::Reference> names;
  std::optional<oci::Platform> platform;
  bool no_cache = false;
  bool pull = false;
  std::string network;    // of RUN; a part of its cache key
  fs::path cache_mounts;  // the directory of RUN --mount=type=cache
  fs::path scratch;       // a private directory for mounts' sources and secrets, on a tmpfs
  fs::path copies;        // a private directory for what a mount writes and nobody keeps
};

// Where the classic builder's stream of text comes out.
class Report : public Output {
 public:
  virtual void text(std::string_view text) = 0;  // with its line's end
};

// A RUN that failed; `code` goes to the client.
class StepFailed : public Error {
 public:
  StepFailed(std::string message, int code)
      : Error(Kind::system, std::move(message)), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

// Builds the request's target. Every step that went well is in the cache afterwards, also when a
// later one fails. Errors: invalid, not_found, StepFailed, cancelled, system.
image::ImagePtr build_image(const BuildRequest& request, image::Store& store, Cache& cache,
                            Worker& worker, Report& report, const std::stop_token& stop);

}  // namespace mydock::build
