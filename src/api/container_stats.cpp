#include "api/container_stats.h"

namespace mydock::api {

void shape_for(ApiVersion version, ContainerStats& stats) {
  if (version >= ApiVersion{1, 27}) return;
  stats.cpu_stats.online_cpus = 0;
  stats.precpu_stats.online_cpus = 0;
}

}  // namespace mydock::api
