#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "cli/format/value.h"

namespace mydock::cli {

bool is_template_function(std::string_view name);
// `and` and `or` are the evaluator's, since they do not evaluate what they do not need.
// Errors: invalid, without a position: "wrong number of args for len: want 1 got 2".
Value call_template_function(std::string_view name, std::span<const Value> args);
// Functions that leave their argument alone when `header` titles are laid out.
Value call_header_function(std::string_view name, std::span<const Value> args);
bool is_true(const Value& value);
std::string go_printf(std::string_view format, std::span<const Value> args);

}  // namespace mydock::cli
