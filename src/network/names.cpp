#include <algorithm>
#include <cctype>

#include "network/tables.h"

// What the sandboxes' name servers know: who is on a network, and by what names.
namespace mydock::network {

namespace {

bool same(std::string_view asked, std::string_view name) {
  return std::equal(asked.begin(), asked.end(), name.begin(), name.end(), [](char a, char b) {
    return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
  });
}

// "web" or "web.mynet".
bool calls(std::string_view asked, std::string_view name, std::string_view network) {
  if (same(asked, name)) return true;
  return asked.size() == name.size() + 1 + network.size() && asked[name.size()] == '.' &&
         same(asked.substr(0, name.size()), name) && same(asked.substr(name.size() + 1), network);
}

// The default bridge has no names, as Docker's.
bool has_names(const NetworkRecord& network) { return !network.predefined(); }

}  // namespace

void Networks::Tables::find_name(const EndpointRecord& own, const NetworkRecord& network,
                                 const dns::Question& question, dns::Found& found) const {
  const auto link = std::find_if(own.links.begin(), own.links.end(), [&](const auto& entry) {
    return same(question.name, entry.first);
  });
  for (const auto& [container, endpoint] : endpoints) {
    if (endpoint.network_id != network.id) continue;
    const bool hit =
        std::any_of(endpoint.names.begin(), endpoint.names.end(), [&](const std::string& name) {
          return calls(question.name, name, network.name) ||
                 (link != own.links.end() && name == link->second);
        });
    if (!hit) continue;
    found.known = true;
    if (endpoint.address.prefix != 0) found.addresses.push_back(endpoint.address.address);
    if (endpoint.address6) found.addresses.push_back(endpoint.address6->address);
  }
}

void Networks::Tables::find_pointer(const EndpointRecord& /*own*/, const NetworkRecord& network,
                                    Address address, dns::Found& found) const {
  for (const auto& [container, endpoint] : endpoints) {
    if (endpoint.network_id != network.id || endpoint.names.empty()) continue;
    const bool hit = endpoint.address.address == address ||
                     (endpoint.address6 && endpoint.address6->address == address);
    if (!hit) continue;
    found.known = true;
    found.pointer = endpoint.names.front() + '.' + network.name;
    return;
  }
}

dns::Found Networks::Tables::look_up(const std::string& container, const dns::Question& question) {
  const auto pointed = question.type == dns::kTypePtr ? dns::pointed_address(question.name)
                                                      : std::optional<Address>();
  const Lock lock(mutex);
  dns::Found found;
  std::map<std::string_view, const EndpointRecord*> own;  // the first network that knows has it
  const auto [begin, end] = endpoints.equal_range(container);
  for (auto at = begin; at != end; ++at) {
    const auto network = networks.find(at->second.network_id);
    if (network == networks.end()) continue;
    const NetworkRecord& record = network->second.record;
    if (!record.internal) found.may_forward = true;
    if (has_names(record)) own.emplace(record.name, &at->second);
  }
  if (question.klass != dns::kClassInternet) return found;
  for (const auto& [name, endpoint] : own) {
    const NetworkRecord& network = networks.at(endpoint->network_id).record;
    if (pointed) {
      find_pointer(*endpoint, network, *pointed, found);
    } else if (question.type != dns::kTypePtr) {
      find_name(*endpoint, network, question, found);
    }
    if (found.known) break;
  }
  if (found.addresses.size() > 1) {
    const std::size_t first = turn++ % found.addresses.size();
    std::rotate(found.addresses.begin(),
                found.addresses.begin() + static_cast<std::ptrdiff_t>(first),
                found.addresses.end());
  }
  return found;
}

bool Networks::Tables::is_own(const std::string& container, Address address) const {
  const Lock lock(mutex);
  const auto [begin, end] = endpoints.equal_range(container);
  return std::any_of(begin, end,
                     [&](const auto& entry) { return entry.second.address.address == address; });
}

dns::Server& Networks::Tables::name_server() {
  const Lock lock(mutex);
  if (!names) {
    names = std::make_unique<dns::Server>(
        dns::Knowledge{[this](const std::string& container, const dns::Question& question) {
                         return look_up(container, question);
                       },
                       [this](const std::string& container, Address address) {
                         return is_own(container, address);
                       }});
  }
  return *names;
}

void Networks::serve_names(std::string_view container_id, const Sandbox& sandbox,
                           NameServers upstream) {
  dns::Upstream wanted;
  wanted.ndots_given = upstream.ndots_given;
  for (const std::string& server : upstream.servers) {
    if (const auto address = parse_address(server)) wanted.servers.push_back(*address);
  }
  ResolverSockets sockets = tables_->kernel.open_resolver(sandbox.fd());
  tables_->name_server().serve(std::string(container_id), std::move(sockets), std::move(wanted));
}

void Networks::rename(std::string_view container_id,
                      const std::map<std::string, std::vector<std::string>>& names) {
  std::vector<EndpointRecord> changed;
  {
    const Lock lock(tables_->mutex);
    const auto [begin, end] = tables_->endpoints.equal_range(container_id);
    for (auto at = begin; at != end; ++at) {
      const auto given = names.find(at->second.network_id);
      if (given == names.end()) continue;
      at->second.names = given->second;
      if (at->second.address.prefix != 0) changed.push_back(at->second);
    }
  }
  for (const EndpointRecord& endpoint : changed) tables_->store.put(endpoint);
}

}  // namespace mydock::network
