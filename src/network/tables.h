#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "network/dns/server.h"
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
    std::optional<AddressPool> pool6{};
  };

  Tables(state::Database& database, Kernel& the_kernel, Options the_options);

  // ---- networks
  const Entry* find(std::string_view ref) const REQUIRES(mutex);
  // Errors: not_found, invalid (an id prefix that several have).
  Entry& get(std::string_view ref) REQUIRES(mutex);
  void insert(const NetworkRecord& record) REQUIRES(mutex);
  // Subnets that no new network may overlap: other networks' and the host's routes.
  std::vector<Cidr> used_subnets(const std::vector<Route>& routes) const REQUIRES(mutex);
  Cidr free_subnet(const std::vector<Route>& routes, bool v6 = false) const REQUIRES(mutex);
  // Checks and completes a new network's record, and enters it.
  void add_network(NetworkRecord& record, const NetworkSpec& spec, const std::vector<Route>& routes)
      REQUIRES(mutex);
  // Fills in what the network's template says.
  void apply_template(NetworkSpec& spec) const REQUIRES(mutex);
  void check_free(const Cidr& subnet, bool chosen_by_user, const std::vector<Route>& routes) const
      REQUIRES(mutex);
  void drop_network(const NetworkRecord& record);
  // The link and rules of a network whose entry is there.
  void make_bridge(const NetworkRecord& record);
  // Brings the rule set in line with the entries, however many threads call it.
  void load_rules();

  // ---- endpoints
  // Takes the addresses of a new endpoint, or none.
  void take_addresses(Entry& network, const EndpointSpec& spec, EndpointRecord& endpoint)
      REQUIRES(mutex);
  std::string free_interface(std::string_view container, const NetworkRecord& network,
                             const std::string& wanted) const REQUIRES(mutex);
  ContainerLink link_of(const EndpointRecord& endpoint) const REQUIRES(mutex);
  // nullptr: no way out in that family.
  const EndpointRecord* way_out(std::string_view container, bool v6) const REQUIRES(mutex);
  DefaultRoutes routes_of(std::string_view container) const;
  // Forgets endpoints and frees what they hold; `network` empty: on all networks.
  void release(std::string_view container, std::string_view network);
  std::optional<EndpointRecord> find_endpoint(std::string_view id) const;
  void publish_elements(const EndpointRecord& endpoint);
  // No value: no such endpoint.
  std::optional<EndpointRecord> set_ports(std::string_view endpoint_id,
                                          std::vector<PortBinding> bindings);
  void free_addresses(const std::vector<EndpointRecord>& gone);
  std::vector<Publication> publications() const REQUIRES(mutex);

  // ---- names
  dns::Found look_up(const std::string& container, const dns::Question& question) EXCLUDES(mutex);
  bool is_own(const std::string& container, Address address) const EXCLUDES(mutex);
  void find_name(const EndpointRecord& own, const NetworkRecord& network,
                 const dns::Question& question, dns::Found& found) const REQUIRES(mutex);
  void find_pointer(const EndpointRecord& own, const NetworkRecord& network, Address address,
                    dns::Found& found) const REQUIRES(mutex);
  dns::Server& name_server() EXCLUDES(mutex);

  // ---- start
  void load_rows();
  void ensure_predefined(const std::string& name, const std::string& driver);
  void ensure_default_bridge();
  void set_default_ipv6(NetworkRecord& record, const std::vector<Route>& routes) REQUIRES(mutex);
  void retake_ports();
  void guard_rules(const std::stop_token& stop);

  Store store;
  Kernel& kernel;
  const Options options;
  HostPorts ports;
  mutable Mutex mutex{Rank::network};
  std::map<std::string, Entry> networks GUARDED_BY(mutex);  // by id
  std::multimap<std::string, EndpointRecord, std::less<>> endpoints
      GUARDED_BY(mutex);                        // by container
  std::uint64_t version GUARDED_BY(mutex) = 0;  // grows with each change that the rules must show
  std::size_t turn GUARDED_BY(mutex) = 0;       // of those that share a name
  // Last, and so gone first: their threads use the rest.
  std::unique_ptr<dns::Server> names GUARDED_BY(mutex);
  std::jthread rules_guard;
};

std::vector<Publication> publications_of(const EndpointRecord& endpoint);

}  // namespace mydock::network
