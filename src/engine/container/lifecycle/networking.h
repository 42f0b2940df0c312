#pragma once

#include "engine/container/record.h"
#include "engine/parts.h"

namespace mydock::engine {

// Takes an address on each of the container's networks and writes what it got into `endpoints`.
// Errors: those of network::Networks::reserve; give back with networks.disconnect(id).
void reserve_addresses(Parts& parts, const Definition& definition, api::Endpoints& endpoints);
// Links the waiting process `pid` to the networks.
void connect_networks(Parts& parts, const std::string& id, pid_t pid);
// Publishes the ports that the container asks for. Returns what it got: "80/tcp" -> host side.
api::PortMap publish_ports(Parts& parts, const Definition& definition);
// Frees the addresses and tells so.
void disconnect_networks(Parts& parts, const Record& record);
// network connect / disconnect for each of its networks.
void publish_network_events(Parts& parts, const Record& record, std::string_view action);

// Forgets what one run had, but not what was asked for.
void clear_addresses(Status& status);

// The ports that HostConfig asks for. Errors: invalid.
std::vector<network::PortRequest> port_requests(const api::ContainerConfig& config,
                                                const api::HostConfig& host);

}  // namespace mydock::engine
