#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/root.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime {

struct ResolvedUser {
  oci::User user;
  std::string home;  // from passwd; "/" without an entry
  bool operator==(const ResolvedUser&) const = default;
};

// Docker's user text "user", "uid", "user:group", … looked up in `root`/etc/passwd and /etc/group:
// "" is 0. A number is always a uid, never a name. Without a group part the primary group and the
// user's groups come from the files. `groups` (names or numbers) are added in any case. Errors:
// invalid, "unable to find user x: no matching entries in passwd file"; files that are not regular
// or longer than 10 MiB.
ResolvedUser resolve_user(const Root& root, std::string_view user,
                          const std::vector<std::string>& groups);
// Sets process.user (but its umask) from the text; empty: the process has its own already. Sets
// HOME, if its environment has none. Errors: as above.
void take_user(const Root& root, std::string_view user, const std::vector<std::string>& groups,
               oci::Process& process);

}  // namespace mydock::runtime
