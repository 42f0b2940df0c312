#include "client/build_calls.h"

#include "base/base64.h"

namespace mydock::client {

namespace {

Query to_query(const BuildQuery& build) {
  const auto number = [](std::int64_t value) {
    return value == 0 ? std::string() : std::to_string(value);
  };
  Query query;
  query.add("version", "1").add("rm", "1").add_if("dockerfile", build.dockerfile);
  for (const std::string& name : build.names) query.add("t", name);
  for (const std::string& host : build.extra_hosts) query.add("extrahosts", host);
  if (!build.arguments.empty()) query.add("buildargs", to_json(build.arguments));
  if (!build.labels.empty()) query.add("labels", to_json(build.labels));
  if (!build.cache_from.empty()) query.add("cachefrom", to_json(build.cache_from));
  if (!build.ulimits.empty()) query.add("ulimits", to_json(build.ulimits));
  query.add_if("target", build.target).add_if("platform", build.platform);
  query.add_if("networkmode", build.network).add_if("shmsize", number(build.shm_size));
  query.add_if("memory", number(build.limits.memory));
  query.add_if("memswap", number(build.limits.memory_swap));
  query.add_if("cpushares", number(build.limits.cpu_shares));
  query.add_if("cpuperiod", number(build.limits.cpu_period));
  query.add_if("cpuquota", number(build.limits.cpu_quota));
  query.add_if("cpusetcpus", build.limits.cpuset_cpus);
  query.add_if("cpusetmems", build.limits.cpuset_mems);
  query.add_if("cgroupparent", build.limits.cgroup_parent);
  query.flag("nocache", build.no_cache).flag("pull", build.pull).flag("q", build.quiet);
  return query;
}

}  // namespace

http::Response BuildCalls::build(const BuildQuery& query, Source& context) {
  http::Headers headers{{"Content-Type", "application/x-tar"}};
  if (!query.registry_config.empty()) {
    headers.emplace_back("X-Registry-Config", query.registry_config);
  }
  if (!query.secrets.empty()) {
    std::map<std::string, std::string> encoded;
    for (const auto& [id, value] : query.secrets) encoded[id] = encode_base64(value);
    headers.emplace_back("X-Mydock-Build-Secrets", encode_base64(to_json(encoded)));
  }
  return session_.send({.method = "POST",
                        .path = "/build",
                        .query = to_query(query),
                        .body = &context,
                        .headers = std::move(headers),
                        .stop = query.stop});
}

api::BuildPruned BuildCalls::prune(bool all, std::int64_t keep_bytes, const api::Filters& filters) {
  return session_.json<api::BuildPruned>(
      {.method = "POST",
       .path = "/build/prune",
       .query = Query()
                    .flag("all", all)
                    .add_if("filters", filters.encode())
                    .add_if("keep-storage", keep_bytes == 0 ? "" : std::to_string(keep_bytes))});
}

}  // namespace mydock::client
