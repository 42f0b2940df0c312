#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace mydock::runtime::shim {

// Appends `text` as the inside of a JSON string, byte for byte as Docker's json-file does: also
// < > & are escaped, what is not UTF-8 becomes \ufffd.
void append_escaped(std::string& out, std::string_view text);

// RFC3339Nano, quick for times of one second.
class TimeText {
 public:
  void append(std::string& out, Time time);

 private:
  std::string second_text_;  // "2024-01-01T00:00:00"
  std::chrono::sys_seconds second_{std::chrono::seconds(-1)};
};

}  // namespace mydock::runtime::shim
