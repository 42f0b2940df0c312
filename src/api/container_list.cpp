#include "api/container_list.h"

namespace mydock::api {

void shape_for(ApiVersion version, ContainerSummary& container) {
  if (version < ApiVersion{1, 46}) container.host_config.annotations.clear();
  if (version < ApiVersion{1, 52}) container.health.reset();
  for (auto& [name, endpoint] : container.network_settings.networks) {
    endpoint.links.reset();
    endpoint.aliases.reset();
    endpoint.driver_opts.reset();
    endpoint.dns_names = kNullList;
    shape_for(version, endpoint);
  }
}

}  // namespace mydock::api
