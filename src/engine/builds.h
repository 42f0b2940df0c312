#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/build.h"
#include "api/disk_usage.h"
#include "api/filters.h"
#include "api/host_config.h"
#include "api/system.h"
#include "base/stream.h"
#include "build/cache.h"
#include "engine/images.h"

namespace mydock::engine {

struct Parts;
class Registries;

struct BuildOptions {
  std::string dockerfile = "Dockerfile";  // below the context
  std::vector<std::string> names;         // "repo[:tag]"
  std::string target;
  std::map<std::string, std::optional<std::string>> arguments;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> secrets;  // by id
  std::string platform;
  bool no_cache = false;
  bool pull = false;
  bool quiet = false;           // only the image's id is told
  api::HostConfig host_config;  // of RUN: network mode, limits, shm size, extra hosts
  std::map<std::string, api::AuthConfig> auths;  // by registry
};

struct BuildPruneOptions {
  bool all = false;                        // also what images share
  std::optional<std::int64_t> keep_bytes;  // the last used stay, up to this many
  api::Filters filters;
};

// Builds of Dockerfiles, and their cache.
class Builds {
 public:
  Builds(Parts& parts, Registries& registries);

  // `context`: a tar, maybe compressed, read to its end. Lines as the classic builder's. Returns
  // the image's id; empty: a RUN has failed, and the last line says so. Errors: invalid, not_found,
  // cancelled, system.
  std::string run(const BuildOptions& options, Source& context, const ImageProgress& progress,
                  const std::stop_token& stop);
  api::BuildPruned prune(const BuildPruneOptions& options);
  std::vector<api::BuildCacheRecord> disk_usage() const;

 private:
  fs::path cache_mounts() const;
  Parts& parts_;
  Registries& registries_;
  build::Cache cache_;
};

}  // namespace mydock::engine
