#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace mydock::api {

using Strings = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;
using StringSet = std::map<std::string, Empty>;  // Go's map[string]struct{}: {"80/tcp":{}}

// A list that is null when it is not set, and that some API versions do not have at all: then the
// outer optional is empty, and the member is left out.
using VersionedStrings = std::optional<std::optional<Strings>>;
inline const VersionedStrings kNullList{std::in_place, std::nullopt};

// Cmd and Entrypoint: a list, or one string that stands for a list of one. In fields():
//   CommandRef cmd{s.cmd};  v("Cmd", cmd);
template <class T>
struct CommandRef {
  T& words;
};
template <class T>
CommandRef(T&) -> CommandRef<T>;

template <class T>
void write_json(JsonWriter& writer, const CommandRef<T>& command) {
  writer.write(command.words);
}
inline void read_json(const JsonReader& reader, CommandRef<std::optional<Strings>>& command) {
  if (reader.is_text()) {
    command.words = Strings{reader.text()};
  } else {
    reader.read(command.words);
  }
}

}  // namespace mydock::api
