#include "cli/invocation.h"

namespace mydock::cli {

namespace {

std::string address(const api::PortBinding& binding) {
  const bool v6 = binding.host_ip.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), binding.host_ip, binding.host_port);
}

int run(Invocation& call) {
  const auto container = from_daemon([&] { return call.api().containers().inspect(call.args[0]); });
  const api::PortMap& ports = container.network_settings.ports;
  if (call.args.size() == 2) {
    std::string wanted = call.args[1];
    if (wanted.find('/') == std::string::npos) wanted += "/tcp";
    const auto found = ports.find(wanted);
    if (found == ports.end() || !found->second || found->second->empty()) {
      fail(Kind::invalid, "Error: No public port '{}' published for {}", call.args[1],
           call.args[0]);
    }
    for (const api::PortBinding& binding : *found->second) call.console.line(address(binding));
    return 0;
  }
  for (const auto& [port, bindings] : ports) {
    if (!bindings) continue;
    for (const api::PortBinding& binding : *bindings) {
      call.console.line(fmt::format("{} -> {}", port, address(binding)));
    }
  }
  return 0;
}

}  // namespace

extern const Command kContainerPort;
constinit const Command kContainerPort{
    .name = "port",
    .forms = "container port, port",
    .arguments = "CONTAINER [PRIVATE_PORT[/PROTO]]",
    .summary = "List port mappings or a specific mapping for the container",
    .least = 1,
    .most = 2,
    .run = run};

}  // namespace mydock::cli
