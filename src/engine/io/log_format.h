#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "engine/io/log_setup.h"

namespace mydock::engine {

// One line of a log.
struct LogLine {
  std::string log;  // with its newline, unless the container's line was longer than a piece
  std::string stream;
  std::map<std::string, std::string> attributes{};  // json-file's "attrs"
  Time time{};
};
template <class V>
void fields(V& v, Of<LogLine> auto& l) {
  v("log", l.log);
  v("stream", l.stream);
  v.omit_empty("attrs", l.attributes);
  v("time", l.time);
}

// Takes the record at `text`'s front off it. No value: the rest of it is still to come.
// Errors: invalid.
std::optional<LogLine> take_record(ReadableLog::Format format, std::string_view& text);

// Where the last `lines` records of a file begin; `lines` is lowered by those it holds.
off_t tail_offset(ReadableLog::Format format, const Fd& file, std::uint64_t& lines);

}  // namespace mydock::engine
