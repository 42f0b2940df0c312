#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/error.h"
#include "daemon/progress_stream.h"
#include "daemon/routes.h"
#include "engine/builds.h"

namespace mydock::daemon {

namespace {

template <class T>
T json_query(const Call& call, std::string_view name, std::string_view doing) {
  const std::string text = call.query(name);
  if (text.empty()) return {};
  try {
    return from_json<T>(text);
  } catch (const Error& error) {
    fail(Kind::invalid, "{}: {}", doing, error.message());
  }
}

void refuse_unbuilt(const Call& call) {
  const std::string version = call.query("version");
  if (version == "2")
    fail(Kind::not_implemented, "builds through BuildKit are not implemented yet");
  if (!version.empty() && version != "1") fail(Kind::invalid, "invalid version \"{}\"", version);
  if (!call.query("remote").empty()) {
    fail(Kind::not_implemented, "building from a remote context is not implemented yet");
  }
  if (call.flag("squash")) fail(Kind::invalid, "squash is only supported with experimental mode");
  if (!call.query("securityopt").empty()) {
    fail(Kind::invalid, "security options are not supported on linux");
  }
  const std::string isolation = call.query("isolation");
  if (!isolation.empty() && isolation != "default") {
    fail(Kind::invalid, "unsupported isolation: \"{}\"", isolation);
  }
  if (const std::string outputs = call.query("outputs");
      !outputs.empty() && outputs != "null" && outputs != "[]") {
    fail(Kind::not_implemented, "outputs are not implemented yet");
  }
}

api::HostConfig host_config(const Call& call) {
  api::HostConfig host;
  host.network_mode = call.query("networkmode");
  host.shm_size = call.integer("shmsize").value_or(0);
  const std::vector<std::string> hosts = call.request.query_all("extrahosts");
  if (!hosts.empty()) host.extra_hosts = hosts;
  api::Resources& limits = host.resources;
  limits.memory = call.integer("memory").value_or(0);
  limits.memory_swap = call.integer("memswap").value_or(0);
  limits.cpu_shares = call.integer("cpushares").value_or(0);
  limits.cpu_period = call.integer("cpuperiod").value_or(0);
  limits.cpu_quota = call.integer("cpuquota").value_or(0);
  limits.cpuset_cpus = call.query("cpusetcpus");
  limits.cpuset_mems = call.query("cpusetmems");
  limits.cgroup_parent = call.query("cgroupparent");
  auto ulimits =
      json_query<std::vector<api::Ulimit>>(call, "ulimits", "error reading ulimit settings");
  if (!ulimits.empty()) limits.ulimits = std::move(ulimits);
  return host;
}

// A header that cannot be read counts as none, as dockerd has it.
std::map<std::string, api::AuthConfig> registry_config(const Call& call) {
  const std::string text = call.request.header("X-Registry-Config");
  if (text.empty()) return {};
  try {
    return from_json<std::map<std::string, api::AuthConfig>>(decode_base64(text).value_or("{}"));
  } catch (const Error&) {
    return {};
  }
}

// Ours: the values of --secret, in base64, by id; in a header, as they must not lie in the context.
std::map<std::string, std::string> secrets(const Call& call) {
  const std::string text = call.request.header("X-Mydock-Build-Secrets");
  if (text.empty()) return {};
  const auto json = decode_base64(text);
  if (!json) fail(Kind::invalid, "X-Mydock-Build-Secrets is not base64");
  std::map<std::string, std::string> plain;
  for (const auto& [id, value] : from_json<std::map<std::string, std::string>>(*json)) {
    const auto bytes = decode_base64(value);
    if (!bytes) fail(Kind::invalid, "secret {} is not base64", id);
    plain[id] = *bytes;
  }
  return plain;
}

engine::BuildOptions build_options(const Call& call) {
  engine::BuildOptions options;
  if (const std::string name = call.query("dockerfile"); !name.empty()) options.dockerfile = name;
  options.names = call.request.query_all("t");
  std::erase(options.names, "");
  options.target = call.query("target");
  options.arguments = json_query<std::map<std::string, std::optional<std::string>>>(
      call, "buildargs", "error reading build args");
  options.labels =
      json_query<std::map<std::string, std::string>>(call, "labels", "error reading labels");
  static_cast<void>(json_query<std::vector<std::string>>(  // our cache needs no hints
      call, "cachefrom", "error reading cache-from"));
  options.platform = call.query("platform");
  options.no_cache = call.flag("nocache");
  options.pull = call.flag("pull");
  options.quiet = call.flag("q");
  options.host_config = host_config(call);
  options.auths = registry_config(call);
  options.secrets = secrets(call);
  return options;
}

void build(Call& call) {
  refuse_unbuilt(call);
  const engine::BuildOptions options = build_options(call);
  ProgressStream stream(call);
  stream.run([&](const engine::ImageProgress& progress) {
    call.engine.builds().run(options, call.request.body(), progress, call.request.gone());
  });
}

void prune(Call& call) {
  engine::BuildPruneOptions options;
  options.all = call.flag("all");
  options.filters = api::Filters::parse(call.query("filters"));
  for (const char* name : {"keep-storage", "reserved-space", "max-used-space"}) {
    if (const auto bytes = call.integer(name); bytes && *bytes > 0) options.keep_bytes = *bytes;
  }
  call.answer(200, call.engine.builds().prune(options));
}

void cancel(Call& call) {
  if (call.query("id").empty()) fail(Kind::invalid, "build ID not provided");
  call.respond.send_status(200);  // classic builds have no id: they end with their client
}

void no_buildkit(Call& call) {
  fail(Kind::not_implemented,
       "{} is not implemented yet: build with DOCKER_BUILDKIT=0, or with mydock build",
       call.request.path());
}

constexpr std::array kRoutes{
    Route{"POST", "/build", {1, 24}, build},
    Route{"POST", "/build/prune", {1, 31}, prune},
    Route{"POST", "/build/cancel", {1, 24}, cancel},
    Route{"POST", "/session", {1, 31}, no_buildkit},
    Route{"POST", "/grpc", {1, 24}, no_buildkit},
};

}  // namespace

std::span<const Route> build_routes() { return kRoutes; }

}  // namespace mydock::daemon
