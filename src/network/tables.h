#pragma once

#include <map>
#include <string>

#include "base/mutex.h"
#include "network/ipam.h"
#include "network/networks.h"
#include "network/ports.h"
#include "network/store.h"

namespace mydock::network {

// What Networks holds. Memory leads: the rows are only for the next start. Nothing here is done to
// kernel or disk while the mutex is held.
struct Networks::Tables {
  struct Entry {
    NetworkRecord record;
    std::optional<AddressPool> pool;  // only networks with addresses
  };

  Tables(state::Database& database, Kernel& the_kernel, Options the_options);

  // ---- networks
  const Entry* find(std::string_view ref) const REQUIRES(mutex);
  // Errors: not_found, invalid (an id prefix that several have).
  Entry& get(std::string_view ref) REQUIRES(mutex);
  void insert(const NetworkRecord& record) REQUIRES(mutex);
  // Subnets that no new network may overlap: other networks' and the host's routes.
  std::vector<Cidr> used_subnets(const std::vector<Route>& routes) const REQUIRES(mutex);
  Cidr free_subnet(const std::vector<Route>& routes) const REQUIRES(mutex);
  // Checks and completes a new network's record, and enters it.
  void add_network(NetworkRecord& record, const NetworkSpec& spec, const std::vector<Route>& routes)
      REQUIRES(mutex);
  void drop_network(const NetworkRecord& record);
  // The link and rules of a network whose entry is there.
  void make_bridge(const NetworkRecord& record);
  // Brings the rule set in line with the entries, however many threads call it.
  void load_rules();

  // ---- endpoints
  Address take_address(Entry& network, const EndpointSpec& spec) REQUIRES(mutex);
  std::string free_interface(std::string_view container) const REQUIRES(mutex);
  // Forgets endpoints and frees what they hold; `network` empty: on all networks.
  void release(std::string_view container, std::string_view network);
  // No value: no such endpoint.
  std::optional<EndpointRecord> set_ports(std::string_view endpoint_id,
                                          std::vector<PortBinding> bindings);
  void free_addresses(const std::vector<EndpointRecord>& gone);
  std::vector<Publication> publications() const REQUIRES(mutex);

  // ---- start
  void load_rows();
  void ensure_predefined(const std::string& name, const std::string& driver);
  void ensure_default_bridge();
  void retake_ports();

  Store store;
  Kernel& kernel;
  const Options options;
  HostPorts ports;
  mutable Mutex mutex{Rank::network};
  std::map<std::string, Entry> networks GUARDED_BY(mutex);  // by id
  std::multimap<std::string, EndpointRecord, std::less<>> endpoints
      GUARDED_BY(mutex);                        // by container
  std::uint64_t version GUARDED_BY(mutex) = 0;  // grows with each change that the rules must show
};

std::vector<Publication> publications_of(const EndpointRecord& endpoint);

}  // namespace mydock::network
