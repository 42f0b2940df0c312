#pragma once

#include <optional>

#include "api/json_types.h"

namespace mydock::cli {

// --cap-add and --cap-drop in their full names, sorted; "ALL" stands for the rest, and what is
// added is not dropped. Empty lists become none.
struct Capabilities {
  std::optional<api::Strings> add, drop;
};
Capabilities resolve_capabilities(const api::Strings& add, const api::Strings& drop);

}  // namespace mydock::cli
