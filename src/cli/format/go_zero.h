#pragma once

#include <string_view>

#include "cli/format/value.h"

namespace mydock::cli {

// What Go's structs hold for members that the JSON leaves out or gives as null: a template shows
// "[]" for Entrypoint, "<nil>" for Health. nullptr: a name that is in no such struct.
const Value* go_zero(std::string_view name);

// Members that are maps of any keys in Go's structs, so that a key that is not there is no error.
bool is_go_map(std::string_view name);

}  // namespace mydock::cli
