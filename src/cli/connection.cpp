#include "cli/connection.h"

#include <cstdlib>

#include "base/file.h"
#include "base/json.h"
#include "cli/config_file.h"
#include "cli/invocation.h"
#include "oci/hasher.h"

namespace mydock::cli {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// meta.json of a context.
struct ContextEndpoint {
  std::string host;
  bool skip_verify = false;
};
template <class V>
void fields(V& v, Of<ContextEndpoint> auto& e) {
  v("Host", e.host);
  v("SkipTLSVerify", e.skip_verify);
}
struct ContextMeta {
  std::string name;
  std::map<std::string, ContextEndpoint> endpoints;
};
template <class V>
void fields(V& v, Of<ContextMeta> auto& m) {
  v("Name", m.name);
  v("Endpoints", m.endpoints);
}

[[noreturn]] void refuse_context(const std::string& name, const std::string& why) {
  throw ExitError(1, fmt::format("Failed to initialize: unable to resolve docker endpoint: "
                                 "context \"{}\": {}",
                                 name, why));
}

std::string host_of_context(const Flags& top, const std::string& name) {
  const fs::path contexts = config_directory(top) / "contexts";
  const std::string id(oci::sha256_of(name).hex());
  const fs::path file = contexts / "meta" / id / "meta.json";
  const auto text = find_file(file);
  if (!text) {
    refuse_context(
        name, fmt::format("context not found: open {}: no such file or directory", file.string()));
  }
  const auto meta = from_json<ContextMeta>(*text);
  const auto found = meta.endpoints.find("docker");
  if (found == meta.endpoints.end()) refuse_context(name, "no docker endpoint");
  if (fs::exists(contexts / "tls" / id)) refuse_context(name, "TLS is not implemented yet");
  return found->second.host;
}

void refuse_tls(const Flags& top) {
  for (const char* flag : {"tls", "tlsverify", "tlscacert", "tlscert", "tlskey"}) {
    if (top.has(flag) && top.text(flag) != "false") {
      throw ExitError(1, fmt::format("--{}: TLS is not implemented yet", flag));
    }
  }
}

// Never without the protection that was asked for.
void refuse_tls_environment(const std::string& host) {
  if (!host.starts_with("tcp://") && host.find("://") != std::string::npos) return;
  for (const char* name : {"DOCKER_TLS_VERIFY", "DOCKER_TLS"}) {
    if (!environment(name).empty()) {
      throw ExitError(1, fmt::format("{} is set, and TLS is not implemented yet", name));
    }
  }
}

// In docker's order.
std::string chosen(const Flags& top) {
  const auto hosts = top.list("host");
  const std::string context = top.text("context");
  if (hosts.size() > 1) throw ExitError(1, "specify only one -H");
  if (!hosts.empty() && !context.empty()) {
    throw ExitError(1, "conflicting options: cannot specify both --host and --context");
  }
  if (!hosts.empty()) return hosts[0];
  if (!context.empty()) {
    return context == "default" ? std::string() : host_of_context(top, context);
  }
  for (const char* name : {"MYDOCK_HOST", "DOCKER_HOST"}) {
    if (std::string host = environment(name); !host.empty()) return host;
  }
  const std::string named = environment("DOCKER_CONTEXT");
  return named.empty() || named == "default" ? std::string() : host_of_context(top, named);
}

}  // namespace

std::string choose_host(const Flags& top) {
  refuse_tls(top);
  std::string host = chosen(top);
  if (host.empty()) host = client::kDefaultHost;
  refuse_tls_environment(host);
  return host;
}

}  // namespace mydock::cli
