#include "api/network.h"

namespace mydock::api {

void shape_for(ApiVersion version, NetworkInspect& network) {
  if (version < ApiVersion{1, 48}) network.enable_ipv4.reset();
  if (version < ApiVersion{1, 28} && !network.containers) network.containers.emplace();
}

}  // namespace mydock::api
