#pragma once

#include "api/container_inspect.h"
#include "api/container_list.h"
#include "engine/container/record.h"

namespace mydock::engine {

// What inspect and list show of a record, pure.
api::ContainerState shown_container_state(const Record& record);
std::vector<api::MountPoint> shown_mounts(const Record& record);
api::Endpoints shown_endpoints(const Record& record);
// What neighbours on a user-defined network may call the container; its own name comes first.
api::Strings dns_names(const Record& record, const api::EndpointSettings& settings);
// Published ports of a running container, and null for those that are only exposed.
api::PortMap shown_ports(const Record& record);

// "Up 3 seconds", "Exited (0) 2 minutes ago", …
std::string status_text(const Record& record, Time now);
// "8000-8002" as its ports; "80" as one. Empty: not that.
std::vector<std::uint16_t> parse_port_range(std::string_view text);
// argv joined, words with blanks in quotes.
std::string command_text(const api::ContainerConfig& config);

}  // namespace mydock::engine
