#pragma once

#include "engine/container/container.h"
#include "engine/parts.h"

namespace mydock::engine {

// What the container asks of one network. Errors: invalid.
network::EndpointSpec endpoint_spec(const Parts& parts, const Record& record,
                                    const std::string& network,
                                    const api::EndpointSettings& settings);
// Writes what it got into `settings`.
void take_over(api::EndpointSettings& settings, const network::EndpointRecord& endpoint);
// Errors: invalid, in Docker's words, for what the network cannot give.
void check_endpoint(const Parts& parts, const std::string& network,
                    const api::EndpointSettings& settings);

// Takes an address on each of the container's networks and writes what it got into `endpoints`.
// Errors: those of network::Networks::reserve; give back with networks.disconnect(id).
void reserve_addresses(Parts& parts, const Record& record, api::Endpoints& endpoints);
// Links the waiting process `pid` to the networks.
void connect_networks(Parts& parts, const Record& record, pid_t pid);
// Runs the name server of a container that has one, with the process `pid` in it.
void serve_names(Parts& parts, const Record& record, pid_t pid);
// Publishes the ports that the container asks for. Returns what it got: "80/tcp" -> host side.
api::PortMap publish_ports(Parts& parts, const Definition& definition);
// The same ports again, on what is the way out now: after networks came or went.
void move_ports(Parts& parts, Container& container);
// Frees the addresses and tells so.
void disconnect_networks(Parts& parts, const Record& record);
void publish_network_event(Parts& parts, const std::string& container, std::string_view action,
                           const std::string& network);
// network connect / disconnect for each of its networks.
void publish_network_events(Parts& parts, const Record& record, std::string_view action);

// Forgets what one run had, but not what was asked for.
void clear_addresses(Status& status);

// The ports that HostConfig asks for. Errors: invalid.
std::vector<network::PortRequest> port_requests(const api::ContainerConfig& config,
                                                const api::HostConfig& host);

}  // namespace mydock::engine
