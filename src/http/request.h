#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/stream.h"

namespace mydock::http {

class Connection;

using Headers = std::vector<std::pair<std::string, std::string>>;
// The first of that name, in any case; nullptr: none.
const std::string* find_header(const Headers& headers, std::string_view name);

// One request, while its handler runs. Used by the handler's thread only, except gone().
class Request {
 public:
  explicit Request(Connection& connection);
  ~Request();
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string_view method() const { return method_; }
  std::string_view target() const { return target_; }  // as it was sent
  // Percent-decoded once, for people. A route matches on segments(), in which "%2f" is no
  // separator.
  const std::string& path() const { return path_; }
  const std::vector<std::string>& segments() const { return segments_; }
  unsigned minor_version() const { return minor_version_; }  // HTTP/1.x

  // The first value of that name, decoded ('+' is a blank). Errors: none; a bad escape was 400.
  std::optional<std::string> query(std::string_view name) const;
  std::vector<std::string> query_all(std::string_view name) const;
  // Docker's rule: "", 0, no, false, none are false, all else is true.
  bool query_flag(std::string_view name, bool absent = false) const;
  // Strict, as strconv.Atoi. Errors: invalid, in Go's words.
  std::optional<std::int64_t> query_integer(std::string_view name) const;

  const std::string* find_header(std::string_view name) const;
  std::string header(std::string_view name) const;  // empty: not there
  const Headers& headers() const { return headers_; }

  // The decoded body. The first read answers "Expect: 100-continue".
  Source& body();
  bool has_body() const;
  std::optional<std::uint64_t> content_length() const;
  // The whole body. Errors: invalid, when it is longer than `limit` bytes.
  std::string read_body(std::size_t limit = std::size_t{8} << 20);

  // Is stopped when the client hangs up (its shutdown of one direction is no hang-up), or the
  // server stops. The first call has a watcher look after the socket; nothing is paid before.
  std::stop_token gone();
  const Fd& socket() const;

 private:
  friend class Connection;
  bool split_target();  // false: malformed

  Connection& connection_;
  std::string method_;
  std::string target_;
  std::string path_;
  std::vector<std::string> segments_;
  std::vector<std::pair<std::string, std::string>> query_;
  Headers headers_;
  unsigned minor_version_ = 1;
};

}  // namespace mydock::http
