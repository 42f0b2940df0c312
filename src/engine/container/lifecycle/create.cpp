#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/id.h"
#include "engine/container/config/host_defaults.h"
#include "engine/container/config/image_merge.h"
#include "engine/container/config/mounts.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/names.h"
#include "engine/container/spec/links.h"
#include "engine/container/spec/seccomp_programs.h"
#include "engine/containers.h"
#include "engine/image/convert.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

// A name of the table's, given back unless the container comes to be.
class NameReservation {
 public:
  NameReservation(ContainerTable& table, std::string_view wanted, const std::string& id)
      : table_(table), id_(id) {
    if (!wanted.empty()) {
      name_ = check_container_name(wanted);
      table_.reserve_name(name_, id_);
      return;
    }
    constexpr int kAttempts = 6;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      name_ = random_name(attempt);
      if (table_.try_reserve_name(name_, id_)) return;
    }
    name_ = short_id(id_);
    table_.reserve_name(name_, id_);
  }
  ~NameReservation() {
    if (!kept_) table_.release_name(name_, id_);
  }
  NameReservation(const NameReservation&) = delete;
  NameReservation& operator=(const NameReservation&) = delete;

  const std::string& name() const { return name_; }
  void keep() { kept_ = true; }

 private:
  ContainerTable& table_;
  std::string id_;
  std::string name_;
  bool kept_ = false;
};

std::string host_name() {
  std::array<char, 65> text{};
  check(::gethostname(text.data(), text.size() - 1), "read the host's name");
  return text.data();
}

// "container:web" -> "container:<id>", so that renaming does not matter. Not "not found": the CLI
// takes that for a missing image and pulls.
void resolve_joined(std::string& mode, const ContainerTable& table) {
  const std::string_view ref = joined_container(mode);
  if (ref.empty()) return;
  const auto found = table.find(ref);
  if (!found) fail(Kind::invalid, "No such container: {}", ref);
  mode = "container:" + found->id();
}

std::string choose_hostname(const api::ContainerConfig& config, const api::HostConfig& host,
                            const ContainerTable& table, const std::string& id) {
  if (!config.hostname.empty()) return config.hostname;
  if (host.network_mode == "host" || host.uts_mode == "host") return host_name();
  const std::string_view joined = joined_container(host.network_mode);
  if (!joined.empty()) return table.get(joined)->record()->config().hostname;
  return short_id(id);
}

// The networks it will be on: the one of NetworkMode, and those of EndpointsConfig.
api::Endpoints choose_endpoints(const Parts& parts, const api::HostConfig& host,
                                api::Endpoints asked) {
  if (!joined_container(host.network_mode).empty()) {
    if (!asked.empty()) {
      fail(Kind::invalid,
           "container sharing network namespace with another container or host cannot be connected "
           "to any other network");
    }
    return {};
  }
  if (auto renamed = asked.extract("default"); !renamed.empty()) {
    renamed.key() = "bridge";
    asked.insert(std::move(renamed));
  }
  // A network may be named by its id in one place and by its name in the other. One that is not
  // there is refused by the start, as Docker does.
  const auto name_of = [&](const std::string& ref) {
    const auto found = parts.networks.find(ref);
    return found ? found->name : ref;
  };
  api::Endpoints chosen;
  const std::string main = name_of(host.network_mode);
  chosen[main];
  for (auto& [ref, settings] : asked) {
    const std::string name = name_of(ref);
    if (name != main && (host.network_mode == "host" || host.network_mode == "none")) {
      fail(Kind::invalid, "cannot connect container to {} network and to another one",
           host.network_mode);
    }
    chosen[name] = std::move(settings);
  }
  for (auto& [name, settings] : chosen) {
    if (const auto found = parts.networks.find(name)) settings.network_id = found->id;
  }
  return chosen;
}

// On a user-defined network a link is one more name; what it points to must be there.
void take_links(const api::HostConfig& host, api::Endpoints& endpoints) {
  if (!host.links || host.links->empty()) return;
  for (auto& [name, settings] : endpoints) {
    if (!is_user_network(name)) continue;
    if (!settings.links) settings.links.emplace();
    for (const std::string& link : *host.links) settings.links->push_back(link);
  }
}

void take_macs(Definition& made, api::Endpoints& endpoints) {
  for (auto& [name, settings] : endpoints) {
    if (!settings.mac_address.empty()) made.macs[name] = std::exchange(settings.mac_address, {});
  }
}

void refuse_unbuilt(const Parts& parts, const api::HostConfig& host) {
  const bool has_ports = host.network_mode != "host" && !host.port_bindings.empty();
  if ((has_ports || host.publish_all_ports) && !parts.networks.supports_ports()) {
    fail(Kind::not_implemented, "ports cannot be published while firewall rules are off");
  }
}

void check_platform(const image::Image& image, std::string_view platform, const std::string& shown,
                    api::Strings& warnings) {
  const oci::Platform have = image.config.platform();
  const oci::Platform want =
      platform.empty() ? oci::host_platform() : oci::parse_platform(platform);
  if (oci::runs(want, have)) return;
  if (!platform.empty()) {
    fail(Kind::not_found,
         "image with reference {} was found but its platform ({}) does not match the specified "
         "platform ({})",
         shown, oci::to_string(have), oci::to_string(want));
  }
  warnings.push_back(
      fmt::format("The requested image's platform ({}) does not match the detected host platform "
                  "({}) and no specific platform was requested",
                  oci::to_string(have), oci::to_string(want)));
}

// Rows and directories of the new container, in one transaction with its snapshot.
void store_new(Parts& parts, const Record& record, const std::optional<oci::ChainId>& chain) {
  state::Transaction transaction(parts.database, ContainerStore::durability_of(record));
  parts.images.snapshots.prepare(transaction, record.id(), chain);
  failpoint("create.snapshot");
  parts.store.insert(transaction, record);
  transaction.commit();
}

}  // namespace

api::ContainerCreated Containers::create(std::string_view name, std::string_view platform,
                                         const api::ContainerCreate& request) {
  Definition made{.id = new_id(),
                  .created = now(),
                  .image_id = {},
                  .platform = {},
                  .config = request.config,
                  .host_config = request.host_config,
                  .mounts = {},
                  .macs = {}};
  api::Strings warnings;
  if (made.config.image.empty() && command_line(made.config).empty()) {
    fail(Kind::invalid, "no command specified");
  }
  const image::ImagePtr image = parts_.images.images.resolve(made.config.image);
  check_platform(*image, platform, made.config.image, warnings);
  made.image_id = image->id.str();
  made.platform = oci::to_string(image->config.platform());
  merge_image(made.config, to_api(image->config.config));
  apply_defaults(made.host_config, parts_.options, parts_.host.cgroup_v2);
  validate_create(made.config, made.host_config, parts_.host, warnings);
  if (made.host_config.security_opt) {
    in_context("Decoding seccomp profile failed",
               [&] { static_cast<void>(parts_.seccomp.filter_for(made.host_config)); });
  }
  refuse_unbuilt(parts_, made.host_config);
  resolve_joined(made.host_config.network_mode, parts_.table);
  resolve_joined(made.host_config.pid_mode, parts_.table);
  resolve_joined(made.host_config.ipc_mode, parts_.table);
  Status status;
  status.endpoints =
      choose_endpoints(parts_, made.host_config, request.networking_config.endpoints);
  for (const auto& [network, settings] : status.endpoints) {
    check_endpoint(parts_, network, settings);
  }
  resolve_links(parts_, made.host_config);
  take_links(made.host_config, status.endpoints);
  take_macs(made, status.endpoints);
  made.config.hostname = choose_hostname(made.config, made.host_config, parts_.table, made.id);

  NameReservation reserved(parts_.table, name, made.id);
  MountPlan mounts(parts_, made.config, made.host_config);
  if (image->chain) mounts.copy_up(parts_.images.snapshots.layers(*image->chain));
  made.mounts = mounts.mounts();
  const std::string id = made.id;
  Record record{.name = reserved.name(),
                .definition = std::make_shared<const Definition>(std::move(made)),
                .status = std::move(status),
                .version = 1};
  failpoint("create.mounts");
  store_new(parts_, record, image->chain);
  failpoint("create.stored");
  const Attributes attributes = event_attributes(record);
  parts_.table.add(std::make_shared<Container>(std::move(record)));
  reserved.keep();
  mounts.keep();
  parts_.events.publish("container", "create", id, attributes);
  return {.id = id, .warnings = std::move(warnings)};
}

}  // namespace mydock::engine
