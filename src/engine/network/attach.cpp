#include "base/error.h"
#include "base/log.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/spec/etc_files.h"
#include "engine/networks.h"
#include "engine/parts.h"

// network connect and disconnect, of running and of stopped containers.
namespace mydock::engine {

namespace {

constexpr std::string_view kHostWords =
    "container cannot be disconnected from host network or connected to host network";
constexpr std::string_view kSharedWords =
    "container sharing network namespace with another container or host cannot be connected to any "
    "other network";
constexpr std::string_view kNoneWords =
    "container cannot be connected to multiple networks with one of the networks in private (none) "
    "mode";

void refuse_doomed(const Record& record) {
  if (!is_doomed(record.status.state)) return;
  fail(Kind::conflict,
       "container {} is marked for removal and cannot be connected or disconnected to the network",
       record.id());
}

void refuse_mix(const Record& record, const network::NetworkRecord& network) {
  const std::string& mode = record.host_config().network_mode;
  if (!joined_container(mode).empty()) fail(Kind::invalid, "{}", kSharedWords);
  if (mode == "host") fail(Kind::invalid, "{}", kSharedWords);
  if (network.name == "host") fail(Kind::invalid, "{}", kHostWords);
  const auto& endpoints = record.status.endpoints;
  const bool none = network.name == "none" || endpoints.contains("none");
  if (none && !endpoints.empty()) fail(Kind::invalid, "{}", kNoneWords);
  if (network.config_only) {
    fail(Kind::forbidden, "cannot create endpoint on configuration-only network");
  }
}

// A start or an exit that is going on has its own idea of the networks: it is waited for.
void wait_until_settled(Container& container, const std::stop_token& stop) {
  constexpr std::chrono::seconds kPatience{30};
  const bool settled = container.wait(
      [](const Record& record, const Live& live) {
        return record.status.state != State::starting && !live.settling;
      },
      stop, deadline_after(kPatience));
  if (!settled) fail(Kind::deadline, "container {} is still being started", container.id());
}

// The run that a verb works on: nothing of it may be used for the next one.
struct Run {
  std::shared_ptr<runtime::Task> task;  // nullptr: it does not run
  bool is_still(const Live& live) const { return live.task == task; }
};

// Makes the kernel's side of an endpoint whose entry in the record is there already.
network::EndpointRecord join(Parts& parts, const Record& record, const std::string& name,
                             pid_t pid) {
  const network::Sandbox sandbox = network::Sandbox::open(pid);
  const network::EndpointRecord endpoint = parts.networks.reserve(
      record.id(), name, endpoint_spec(parts, record, name, record.status.endpoints.at(name)));
  try {
    parts.networks.connect(sandbox, endpoint, true);
  } catch (const Error&) {
    parts.networks.disconnect(record.id(), name);
    throw;
  }
  return endpoint;
}

// Undoes join() when what follows it has failed.
void leave(Parts& parts, const std::string& id, const network::NetworkRecord& network,
           pid_t pid) noexcept {
  try {
    for (const network::EndpointRecord& endpoint : parts.networks.endpoints_of(id)) {
      if (endpoint.network_id != network.id) continue;
      parts.networks.disconnect(id, network.id, network::Sandbox::open(pid));
    }
  } catch (const Error& error) {
    log::warn("container {}: left on network {}: {}", id, network.name, error.what());
  }
}

void drop_entry(Container& container, const std::string& name) {
  container.change([&](Record& record, Live&) { record.status.endpoints.erase(name); });
}

// After the links have changed: files, name server, ports.
void follow_networks(Parts& parts, Container& container, const Record& before) {
  const RecordPtr after = container.record();
  update_etc_files(parts, before, *after);
  if (!has_name_server(before)) {
    if (const auto task = container.task()) serve_names(parts, *after, task->pid());
  }
  move_ports(parts, container);
}

}  // namespace

void Networks::connect(std::string_view ref, const api::NetworkConnect& request) {
  const network::NetworkRecord network = parts_.networks.get(ref);
  const auto container = parts_.table.get(request.container);
  api::EndpointSettings settings = request.endpoint_config.value_or(api::EndpointSettings{});
  check_endpoint(parts_, network.name, settings);
  settings.network_id = network.id;
  std::string mac = std::exchange(settings.mac_address, {});
  if (!mac.empty() && !network::parse_mac(mac)) {
    fail(Kind::invalid, "invalid MAC address: {}", mac);
  }
  wait_until_settled(*container, parts_.stopping);
  Run run;
  const RecordPtr before = container->record();
  // The entry is the claim: of two that connect at once, one makes it.
  RecordPtr record = container->change([&](Record& edited, Live& live) {
    refuse_doomed(edited);
    run.task = live.task;
    const bool there = edited.status.endpoints.contains(network.name);
    if (there && run.task) {
      fail(Kind::forbidden, "endpoint with name {} already exists in network {}", edited.name,
           network.name);
    }
    if (!there) refuse_mix(edited, network);
    edited.status.endpoints[network.name] = settings;
    if (mac.empty()) return;
    Definition definition = *edited.definition;
    definition.macs[network.name] = mac;
    edited.definition = std::make_shared<const Definition>(std::move(definition));
  });
  if (run.task) {
    try {
      const auto endpoint = join(parts_, *record, network.name, run.task->pid());
      record = container->change([&](Record& edited, Live& live) {
        if (run.is_still(live)) take_over(edited.status.endpoints[network.name], endpoint);
      });
      follow_networks(parts_, *container, *before);
    } catch (const Error&) {
      leave(parts_, container->id(), network, run.task->pid());
      drop_entry(*container, network.name);
      throw;
    }
    publish_network_event(parts_, container->id(), "connect", network.name);
  }
  parts_.store.save(*container->record());
}

void Networks::disconnect(std::string_view ref, const api::NetworkDisconnect& request) {
  const auto container = parts_.table.get(request.container);
  const auto network = parts_.networks.find(ref);
  // A stopped container may name one that is gone.
  if (!network && !request.force && container->task()) {
    static_cast<void>(parts_.networks.get(ref));
  }
  const std::string name = network ? network->name : std::string(ref);
  wait_until_settled(*container, parts_.stopping);
  Run run;
  const RecordPtr before = container->record();
  container->change([&](Record& edited, Live& live) {
    refuse_doomed(edited);
    if (edited.host_config().network_mode == "host" && name == "host") {
      fail(Kind::invalid, "{}", kHostWords);
    }
    run.task = live.task;
    if (edited.status.endpoints.erase(name) == 0) {
      fail(Kind::system, "container {} is not connected to {} {}", edited.id(),
           run.task ? "network" : "the network", name);
    }
  });
  if (run.task) {
    try {
      parts_.networks.disconnect(container->id(), name, network::Sandbox::open(run.task->pid()));
      follow_networks(parts_, *container, *before);
    } catch (const Error&) {
      container->change([&](Record& edited, Live&) {
        edited.status.endpoints.emplace(name, before->status.endpoints.at(name));
      });
      throw;
    }
    publish_network_event(parts_, container->id(), "disconnect", name);
  }
  parts_.store.save(*container->record());
}

}  // namespace mydock::engine
