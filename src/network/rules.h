#pragma once

#include <string>
#include <vector>

#include "network/networks.h"

namespace mydock::network {

struct RuleOptions {
  bool masquerade = true;
};

// The whole text of table inet mydock for nft(8), replacing what was there. `networks`: those that
// have a bridge. Names of bridges must have been checked: they are put in as they are.
std::string firewall_rules(const std::vector<NetworkRecord>& networks, const RuleOptions& options,
                           const std::vector<Publication>& ports);
// Text that only takes the table away.
std::string no_firewall_rules();

}  // namespace mydock::network
