#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/container/record.h"
#include "engine/parts.h"

// Links on the default bridge, which has no name server: what is linked to is in /etc/hosts, and
// described in environment variables. A definition holds them as "ID:alias".
namespace mydock::engine {

// Turns "NAME", "NAME:alias" and "/NAME:/own/alias" of a create request into "ID:alias"; those of
// user-defined networks stay. Errors: invalid.
void resolve_links(const Parts& parts, api::HostConfig& host);
// As inspect shows them: "/child:/parent/alias", sorted.
std::optional<api::Strings> shown_links(const Parts& parts, const Record& record);

// For a start. Errors: system, "Cannot link to a non running container: …".
std::vector<std::string> link_environment(const Parts& parts, const Record& record);
// For an exec: of those that run.
std::vector<std::string> exec_link_environment(const Parts& parts, const Record& record);
// {address, names} of those that run.
std::vector<std::pair<std::string, std::string>> link_hosts(const Parts& parts,
                                                            const Record& record);

bool has_link_to(const Record& record, const std::string& id);

// `docker rm --link PARENT/ALIAS`. Errors: invalid, not_found.
void remove_link(Parts& parts, std::string_view name);

}  // namespace mydock::engine
