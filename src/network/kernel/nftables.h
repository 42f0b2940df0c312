#pragma once

#include <stop_token>
#include <string_view>
#include <vector>

#include "network/kernel.h"
#include "network/kernel/netlink.h"

namespace mydock::network {

// Runs nft(8) once on `text`. Errors: unavailable (no nft on this machine), system with what nft
// said.
void run_nft(std::string_view text);

// Adds or removes elements of the maps published and published_any (without a host address) of
// table inet mydock, and their IPv6 fellows: one netlink transaction. Elements that are there (or
// gone) already are an error.
enum class ElementChange { add, remove };
void change_published(NetlinkSocket& socket, ElementChange change,
                      const std::vector<Publication>& ports);

// Blocks until table inet mydock has been deleted, or may have been. False: a stop was asked for.
bool wait_for_table_end(const std::stop_token& stop);

}  // namespace mydock::network
