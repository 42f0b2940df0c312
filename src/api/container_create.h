#pragma once

#include "api/container_config.h"
#include "api/endpoint.h"
#include "api/host_config.h"

namespace mydock::api {

// The body of POST /containers/create: Config's members at the top, beside these two.
struct ContainerCreate {
  ContainerConfig config;
  HostConfig host_config;
  NetworkingConfig networking_config;
  bool operator==(const ContainerCreate&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerCreate> auto& s) {
  fields(v, s.config);
  v("HostConfig", s.host_config);
  v("NetworkingConfig", s.networking_config);
}

// Errors: invalid, with Docker's text, for bad JSON, wrong types, and an empty or null body.
ContainerCreate parse_container_create(std::string_view body);
// Drops or refuses what the client's version does not have (reference: API history), and returns
// the warnings for the answer.
Strings shape_for(ApiVersion version, ContainerCreate& create);

struct ContainerCreated {
  std::string id;
  Strings warnings;
  bool operator==(const ContainerCreated&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerCreated> auto& s) {
  v("Id", s.id);
  v("Warnings", s.warnings);
}

// The body of POST /containers/{id}/update. Zero: unchanged. The last two members are ours.
struct ContainerUpdate {
  Resources resources;
  std::optional<RestartPolicy> restart_policy;
  std::map<std::string, std::optional<std::string>> labels;  // null: it goes
  Strings env;  // "NAME=value", for the next start; "NAME": it goes
  bool operator==(const ContainerUpdate&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerUpdate> auto& s) {
  fields(v, s.resources);
  v.omit_empty("RestartPolicy", s.restart_policy);
  v.omit_empty("Labels", s.labels);
  v.omit_empty("Env", s.env);
}
void shape_for(ApiVersion version, ContainerUpdate& update);

struct ContainerUpdated {
  std::optional<Strings> warnings;
  bool operator==(const ContainerUpdated&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerUpdated> auto& s) {
  v("Warnings", s.warnings);
}

}  // namespace mydock::api
