#include "engine/prune_until.h"

#include "api/go_time.h"
#include "base/error.h"

namespace mydock::engine {

std::optional<Time> prune_until(const api::Filters& filters) {
  if (!filters.contains("until")) return std::nullopt;
  const auto& values = filters.values("until");
  if (values.size() != 1) fail(Kind::invalid, "more than one until filter specified");
  const auto time = api::parse_timestamp(*values.begin(), now());
  if (!time) {
    fail(Kind::invalid, "failed to parse value as time or duration: \"{}\"", *values.begin());
  }
  return time;
}

}  // namespace mydock::engine
