#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "network/networks.h"

namespace mydock::network {

// The rows of networks and endpoints.
class Store {
 public:
  explicit Store(state::Database& database);  // makes the tables

  std::vector<NetworkRecord> networks() const;
  std::vector<EndpointRecord> endpoints() const;

  void put(const NetworkRecord& network);  // inserts, or replaces by id; durable
  void remove_network(std::string_view id);
  // Endpoints are worth nothing after a reboot: they are written without waiting for the disk.
  void put(const EndpointRecord& endpoint);
  void remove_endpoints(const std::vector<EndpointRecord>& endpoints);

 private:
  state::Database& database_;
};

}  // namespace mydock::network
