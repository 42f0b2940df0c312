#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mydock::runtime {

// json-file and local write it. With the others it is a copy that `logs` can read, and has the
// form of local.
struct LogFileOptions {
  std::string path;
  std::int64_t max_size = -1;  // bytes before rotation; -1: no limit
  int max_files = 1;
  bool compress = false;   // rotated files are gzipped
  std::string attributes;  // json-file: a JSON object that every line carries; may be empty
  bool operator==(const LogFileOptions&) const = default;
};

struct RemoteLogOptions {
  std::string network;  // unix, unixgram, udp, tcp
  std::string address;  // a path, or a numeric address: "10.0.0.1:514", "[::1]:514"
  std::string format;   // syslog: "", rfc3164, rfc5424, rfc5424micro
  int facility = 3;     // syslog: daemon
  std::string tag;
  std::string hostname;
  std::vector<std::string> fields;  // journald: "NAME=value"
  bool non_blocking = false;        // a full buffer drops lines instead of holding the process up
  std::uint64_t max_buffer = std::uint64_t{1} << 20;
  bool operator==(const RemoteLogOptions&) const = default;
};

// Where a container's output is kept: resolved by the daemon, carried out by the shim.
struct LogOptions {
  // json-file, local, syslog, journald; empty: nowhere.
  std::string driver;

  using File = LogFileOptions;
  std::optional<File> file;

  using Remote = RemoteLogOptions;
  std::optional<Remote> remote;

  bool operator==(const LogOptions&) const = default;
};

}  // namespace mydock::runtime
