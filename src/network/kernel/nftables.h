#pragma once

#include <string_view>
#include <vector>

#include "network/kernel.h"
#include "network/kernel/netlink.h"

namespace mydock::network {

// Runs nft(8) once on `text`. Errors: unavailable (no nft on this machine), system with what nft
// said.
void run_nft(std::string_view text);

// Adds or removes elements of the maps "published" (by host address) and "published_any" of table
// inet mydock: one netlink transaction. Elements that are there (or gone) already are an error.
enum class ElementChange { add, remove };
void change_published(NetlinkSocket& socket, ElementChange change,
                      const std::vector<Publication>& ports);

}  // namespace mydock::network
