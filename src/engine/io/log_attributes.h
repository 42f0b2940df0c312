#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/container/record.h"

namespace mydock::engine {

// What the log options labels, labels-regex, env and env-regex choose of the container's labels and
// variables. Errors: invalid (a pattern that is none).
std::map<std::string, std::string> log_attributes(const Record& record);

// As `logs --details` prints them: "a=b,c=d", sorted, escaped as in a query.
std::string shown_attributes(const std::map<std::string, std::string>& attributes);

// The option tag with its {{.Name}} and their like filled in; without one `fallback` is filled in.
// Errors: invalid (no such field; other templates than fields are not known).
std::string log_tag(const Record& record, std::string_view fallback);

}  // namespace mydock::engine
