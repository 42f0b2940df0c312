#pragma once

#include <string>
#include <vector>

#include "api/container_create.h"
#include "cli/arguments.h"

namespace mydock::cli {

// Everything that run and create say to the daemon.
struct CreateRequest {
  api::ContainerCreate body;
  std::string name;
  std::string platform;
  std::string pull;  // always, missing, never
  std::string id_file;
  bool quiet = false;
};

// `args` are the image and its command. Reads the files that the flags name. Errors: invalid and
// system, in docker's words.
CreateRequest make_create_request(const Flags& flags, const std::vector<std::string>& args);

// The groups of flags, each into its part of the body.
void apply_resources(const Flags& flags, api::Resources& resources);
void apply_networks(const Flags& flags, api::ContainerCreate& body);
void apply_security(const Flags& flags, api::HostConfig& host);
void apply_health(const Flags& flags, api::ContainerConfig& config);
void apply_mounts(const Flags& flags, api::ContainerCreate& body);

}  // namespace mydock::cli
