#include "api/endpoint.h"

namespace mydock::api {

void shape_for(ApiVersion version, EndpointSettings& endpoint) {
  if (version < ApiVersion{1, 48}) endpoint.gw_priority.reset();
  if (version < ApiVersion{1, 44}) endpoint.dns_names.reset();
}

}  // namespace mydock::api
