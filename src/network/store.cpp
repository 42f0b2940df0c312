#include "network/store.h"

#include <array>

#include "base/json.h"
#include "state/database.h"

namespace mydock::network {

void write_json(JsonWriter& writer, const Address& address) { writer.text(to_string(address)); }
void read_json(const JsonReader& reader, Address& address) {
  address = parse_address(reader.text()).value_or(Address{});
}
void write_json(JsonWriter& writer, const Cidr& cidr) { writer.text(to_string(cidr)); }
void read_json(const JsonReader& reader, Cidr& cidr) {
  cidr = parse_cidr(reader.text()).value_or(Cidr{});
}

template <class V>
void fields(V& v, Of<PortBinding> auto& s) {
  v("Protocol", s.protocol);
  v("ContainerPort", s.container_port);
  v("Host", s.host);
  v("HostPort", s.host_port);
}

template <class V>
void fields(V& v, Of<Subnet> auto& s) {
  v("Cidr", s.cidr);
  v("Range", s.range);
  v("Gateway", s.gateway);
  v("Auxiliary", s.auxiliary);
}

// What came after the first schema: one column holds it.
struct NetworkExtra {
  std::map<std::string, Address> auxiliary;
  std::optional<Subnet> ipv6;
  bool config_only = false;
  std::string config_from;
  std::map<std::string, std::string> ipam_options;
  bool own_subnet = false;
};
template <class V>
void fields(V& v, Of<NetworkExtra> auto& s) {
  v.omit_empty("Auxiliary", s.auxiliary);
  v.omit_empty("IPv6", s.ipv6);
  v.omit_empty("ConfigOnly", s.config_only);
  v.omit_empty("ConfigFrom", s.config_from);
  v.omit_empty("IpamOptions", s.ipam_options);
  v.omit_empty("OwnSubnet", s.own_subnet);
}

struct EndpointExtra {
  std::optional<Cidr> address6;
  std::optional<Address> gateway6;
  std::vector<std::string> names;
  std::map<std::string, std::string> links;
  std::int64_t priority = 0;
};
template <class V>
void fields(V& v, Of<EndpointExtra> auto& s) {
  v.omit_empty("Address6", s.address6);
  v.omit_empty("Gateway6", s.gateway6);
  v.omit_empty("Names", s.names);
  v.omit_empty("Links", s.links);
  v.omit_empty("Priority", s.priority);
}

namespace {

constexpr std::array<std::string_view, 2> kSchema{R"(
CREATE TABLE network_networks (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, driver TEXT NOT NULL, created INTEGER NOT NULL,
  internal INTEGER NOT NULL, attachable INTEGER NOT NULL, subnet TEXT, ip_range TEXT, gateway TEXT,
  bridge TEXT NOT NULL, options TEXT NOT NULL, labels TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE network_endpoints (
  id TEXT PRIMARY KEY, container TEXT NOT NULL, network TEXT NOT NULL, interface TEXT NOT NULL,
  host_link TEXT NOT NULL, address TEXT NOT NULL, gateway TEXT, mac TEXT NOT NULL,
  ports TEXT NOT NULL) WITHOUT ROWID;
)",
                                                  R"(
ALTER TABLE network_networks ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
ALTER TABLE network_endpoints ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
)"};

using Texts = std::map<std::string, std::string>;

template <class T>
std::optional<std::string> maybe(const std::optional<T>& value) {
  return value ? std::optional(to_string(*value)) : std::nullopt;
}

std::optional<Cidr> read_cidr(const std::optional<std::string>& text) {
  return text ? parse_cidr(*text) : std::nullopt;
}

std::optional<Address> read_address(const std::optional<std::string>& text) {
  return text ? parse_address(*text) : std::nullopt;
}

}  // namespace

Store::Store(state::Database& database) : database_(database) {
  database_.migrate("network", kSchema);
}

std::vector<NetworkRecord> Store::networks() const {
  state::Reading reading(database_);
  auto rows = reading.query(
      "SELECT id, name, driver, created, internal, attachable, subnet, ip_range, gateway, bridge, "
      "options, labels, extra FROM network_networks");
  std::vector<NetworkRecord> result;
  while (rows.step()) {
    NetworkRecord network;
    network.id = rows.text(0);
    network.name = rows.text(1);
    network.driver = rows.text(2);
    network.created = rows.time(3);
    network.internal = rows.boolean(4);
    network.attachable = rows.boolean(5);
    network.subnet = read_cidr(rows.maybe_text(6));
    network.ip_range = read_cidr(rows.maybe_text(7));
    network.gateway = read_address(rows.maybe_text(8));
    network.bridge = rows.text(9);
    network.options = from_json<Texts>(rows.text(10));
    network.labels = from_json<Texts>(rows.text(11));
    auto extra = from_json<NetworkExtra>(rows.text(12));
    network.auxiliary = std::move(extra.auxiliary);
    network.ipv6 = std::move(extra.ipv6);
    network.config_only = extra.config_only;
    network.config_from = std::move(extra.config_from);
    network.ipam_options = std::move(extra.ipam_options);
    network.own_subnet = extra.own_subnet;
    result.push_back(std::move(network));
  }
  return result;
}

std::vector<EndpointRecord> Store::endpoints() const {
  state::Reading reading(database_);
  auto rows = reading.query(
      "SELECT id, container, network, interface, host_link, address, gateway, mac, ports, "
      "extra FROM network_endpoints");
  std::vector<EndpointRecord> result;
  while (rows.step()) {
    EndpointRecord endpoint;
    endpoint.id = rows.text(0);
    endpoint.container_id = rows.text(1);
    endpoint.network_id = rows.text(2);
    endpoint.interface = rows.text(3);
    endpoint.host_link = rows.text(4);
    endpoint.address = parse_cidr(rows.text(5)).value_or(Cidr{});
    endpoint.gateway = read_address(rows.maybe_text(6));
    endpoint.mac = parse_mac(rows.text(7)).value_or(Mac{});
    endpoint.ports = from_json<std::vector<PortBinding>>(rows.text(8));
    auto extra = from_json<EndpointExtra>(rows.text(9));
    endpoint.address6 = extra.address6;
    endpoint.gateway6 = extra.gateway6;
    endpoint.names = std::move(extra.names);
    endpoint.links = std::move(extra.links);
    endpoint.priority = extra.priority;
    result.push_back(std::move(endpoint));
  }
  return result;
}

void Store::put(const NetworkRecord& network) {
  state::Transaction transaction(database_);
  transaction.run(
      "INSERT OR REPLACE INTO network_networks (id, name, driver, created, internal, attachable, "
      "subnet, ip_range, gateway, bridge, options, labels, extra) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
      network.id, network.name, network.driver, network.created, network.internal,
      network.attachable, maybe(network.subnet), maybe(network.ip_range), maybe(network.gateway),
      network.bridge, to_json(network.options), to_json(network.labels),
      to_json(NetworkExtra{network.auxiliary, network.ipv6, network.config_only,
                           network.config_from, network.ipam_options, network.own_subnet}));
  transaction.commit();
}

void Store::remove_network(std::string_view id) {
  state::Transaction transaction(database_);
  transaction.run("DELETE FROM network_networks WHERE id = ?", id);
  transaction.commit();
}

void Store::put(const EndpointRecord& endpoint) {
  state::Transaction transaction(database_, state::Durability::relaxed);
  transaction.run(
      "INSERT OR REPLACE INTO network_endpoints (id, container, network, interface, host_link, "
      "address, gateway, mac, ports, extra) VALUES (?,?,?,?,?,?,?,?,?,?)",
      endpoint.id, endpoint.container_id, endpoint.network_id, endpoint.interface,
      endpoint.host_link, to_string(endpoint.address), maybe(endpoint.gateway),
      to_string(endpoint.mac), to_json(endpoint.ports),
      to_json(EndpointExtra{endpoint.address6, endpoint.gateway6, endpoint.names, endpoint.links,
                            endpoint.priority}));
  transaction.commit();
}

void Store::remove_endpoints(const std::vector<EndpointRecord>& endpoints) {
  if (endpoints.empty()) return;
  state::Transaction transaction(database_, state::Durability::relaxed);
  for (const EndpointRecord& endpoint : endpoints) {
    transaction.run("DELETE FROM network_endpoints WHERE id = ?", endpoint.id);
  }
  transaction.commit();
}

}  // namespace mydock::network
