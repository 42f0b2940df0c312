#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/stream.h"

// Progress of pull, push, load, build: one JSON object a line.
namespace mydock::api {

struct ProgressDetail {
  std::int64_t current = 0;
  std::int64_t total = 0;
  bool operator==(const ProgressDetail&) const = default;
};
template <class V>
void fields(V& v, Of<ProgressDetail> auto& s) {
  v.omit_empty("current", s.current);
  v.omit_empty("total", s.total);
}

struct ErrorDetail {
  std::int64_t code = 0;
  std::string message;
  bool operator==(const ErrorDetail&) const = default;
};
template <class V>
void fields(V& v, Of<ErrorDetail> auto& s) {
  v.omit_empty("code", s.code);
  v("message", s.message);
}

struct ProgressMessage {
  std::string stream;  // text of a build or a load, with its own line ends
  std::string status;
  std::optional<ProgressDetail> progress_detail;
  std::string progress;  // the bar, for people; see progress_bar
  std::string id;
  std::optional<RawJson> aux;
  std::optional<ErrorDetail> error_detail;
  std::string error;  // a copy of error_detail's message
  bool operator==(const ProgressMessage&) const = default;
};
template <class V>
void fields(V& v, Of<ProgressMessage> auto& s) {
  v.omit_empty("stream", s.stream);
  v.omit_empty("status", s.status);
  v.omit_empty("progressDetail", s.progress_detail);
  v.omit_empty("progress", s.progress);
  v.omit_empty("id", s.id);
  v.omit_empty("errorDetail", s.error_detail);
  v.omit_empty("error", s.error);
  v.omit_empty("aux", s.aux);
}
ProgressMessage error_message(std::string_view message, std::int64_t code = 0);
// Writes the object and CRLF, as Docker ends its progress lines, in one write.
void write_message(Sink& sink, const ProgressMessage& message);

// Cuts a stream of JSON values into texts, one a line or one straight after the other. Errors:
// invalid when one is longer than `limit` bytes.
class JsonLines {
 public:
  explicit JsonLines(Source& source, std::size_t limit = std::size_t{4} << 20)
      : source_(source), limit_(limit) {}
  std::optional<std::string> next();

 private:
  Source& source_;
  std::size_t limit_;
  std::string buffer_;
  bool ended_ = false;
};

// "[=====>      ]  1.5MB/3MB", as Docker's CLI draws it for a terminal that is `columns` wide.
std::string progress_bar(std::int64_t current, std::int64_t total, int columns = 200);

}  // namespace mydock::api
