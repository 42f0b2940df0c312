#include "base/error.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/query/view.h"

namespace mydock::engine {

namespace {

struct PortText {
  std::vector<std::uint16_t> ports;
  std::string protocol;
};

// "80/tcp", "80", "8000-8002/udp".
PortText parse_port(std::string_view text) {
  const std::size_t slash = text.find('/');
  PortText port{.ports = parse_port_range(text.substr(0, slash)),
                .protocol = slash == std::string_view::npos ? std::string("tcp")
                                                            : std::string(text.substr(slash + 1))};
  if (port.ports.empty()) fail(Kind::invalid, "invalid port specification: \"{}\"", text);
  return port;
}

network::PortRequest request_for(std::uint16_t port, const std::string& protocol,
                                 const api::PortBinding& binding) {
  network::PortRequest request;
  request.protocol = protocol;
  request.container_port = port;
  request.host_ip = binding.host_ip;
  if (binding.host_port.empty() || binding.host_port == "0") return request;
  const auto range = parse_port_range(binding.host_port);
  if (range.empty()) fail(Kind::invalid, "invalid port specification: \"{}\"", binding.host_port);
  request.first_port = range.front();
  request.last_port = range.back();
  return request;
}

}  // namespace

std::vector<network::PortRequest> port_requests(const api::ContainerConfig& config,
                                                const api::HostConfig& host) {
  std::vector<network::PortRequest> requests;
  if (host.network_mode == "host" || host.network_mode == "none") return requests;
  const auto add = [&](const std::string& text, const std::vector<api::PortBinding>& bindings) {
    const PortText port = parse_port(text);
    for (const std::uint16_t number : port.ports) {
      for (const api::PortBinding& binding : bindings) {
        requests.push_back(request_for(number, port.protocol, binding));
      }
    }
  };
  for (const auto& [text, bindings] : host.port_bindings) {
    // An empty list is one binding to any port, in every version of the API.
    const bool any = !bindings || bindings->empty();
    add(text, any ? std::vector<api::PortBinding>{{}} : *bindings);
  }
  if (host.publish_all_ports) {
    for (const auto& [text, empty] : config.exposed_ports) {
      if (!host.port_bindings.contains(text)) add(text, {{}});
    }
  }
  return requests;
}

}  // namespace mydock::engine
