#pragma once

#include "engine/container/record.h"
#include "engine/parts.h"

namespace mydock::engine {

// Writes hosts, hostname and resolv.conf for this run; with a network namespace of another
// container's it has none of its own.
void write_etc_files(const Parts& parts, const Record& record);
// Brings hosts and resolv.conf of a running container in line with its networks.
void update_etc_files(const Parts& parts, const Record& before, const Record& after);
// Is it on a user-defined network, where 127.0.0.11 answers?
bool has_name_server(const Record& record);
// Where that asks for names that are not its networks'.
network::NameServers name_servers(const Parts& parts, const Record& record);
// Running containers that are linked to this one, which may have another address now.
void update_linked_hosts(const Parts& parts, const std::string& id);
// The directory whose files it sees.
fs::path etc_directory(const Parts& parts, const Record& record);

}  // namespace mydock::engine
