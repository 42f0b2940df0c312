#pragma once

#include <string>

#include "engine/container/record.h"

namespace mydock::engine {

// What the log options labels and env add to each line of `logs --details`: "a=b,c=d", sorted
// and escaped as in a query. They follow from the container's configuration, which does not change,
// so the log itself does not repeat them. The options tag, labels-regex and env-regex are not read.
std::string log_attributes(const Record& record);

}  // namespace mydock::engine
