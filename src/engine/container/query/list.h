#pragma once

#include <functional>

#include "api/filters.h"
#include "engine/container/record.h"

namespace mydock::engine {

// The filters of `ps` and what they need to know beyond the record.
struct ListContext {
  api::Filters filters;
  Time before{};  // the epoch: no such filter
  Time since{};
  // True: the image that a record stands on is `name`, or was made from it.
  std::function<bool(const Record&, const std::string& name)> descends_from;
};

// Errors: invalid, "invalid filter 'x'".
void check_list_filters(const api::Filters& filters);
bool is_listed(const Record& record, const ListContext& context);

}  // namespace mydock::engine
