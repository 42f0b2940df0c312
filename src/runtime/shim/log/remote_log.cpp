#include "runtime/shim/log/remote_log.h"

#include <time.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

namespace mydock::runtime::shim {

namespace {

constexpr int kSeverityError = 3;
constexpr int kSeverityInfo = 6;

int severity(const Line& line) {
  return line.stream == Stream::err ? kSeverityError : kSeverityInfo;
}

// In local time, as syslog wants it; the shim is in the host's time zone.
std::string local_time(Time time, const char* format) {
  const time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
  tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), ::strftime(text.data(), text.size(), format, &parts)};
}

// "+01:00", or "Z" in UTC, as Go writes it.
std::string zone_of(Time time) {
  std::string zone = local_time(time, "%z");
  if (zone == "+0000") return "Z";
  return zone.insert(3, ":");
}

// journal-send's two forms: NAME=value, and one with a length where the value has more than a line.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    out += '=';
  } else {
    out += '\n';
    std::uint64_t length = value.size();
    for (int i = 0; i < 8; ++i, length >>= 8U) out += static_cast<char>(length & 0xFFU);
  }
  out += value;
  out += '\n';
}

}  // namespace

void RemoteLog::line(const Line& line) {
  const std::size_t bytes = line.text.size() + (line.ends ? 1 : 0);
  if (!queue_.push(encode(line), bytes)) dropped_ += bytes;
}

std::string SyslogLog::encode(const Line& line) const {
  const LogOptions::Remote& o = options();
  const int priority = o.facility * 8 + severity(line);
  const int pid = ::getpid();
  if (o.format == "rfc5424" || o.format == "rfc5424micro") {
    std::string stamp = local_time(line.time, "%Y-%m-%dT%H:%M:%S");
    if (o.format == "rfc5424micro") {
      const auto rest = line.time - std::chrono::floor<std::chrono::seconds>(line.time);
      stamp += fmt::format(".{:06}", rest.count() / 1000);
    }
    return fmt::format("<{}>1 {}{} {} {} {} {} - {}\n", priority, stamp, zone_of(line.time),
                       o.hostname, o.tag, pid, o.tag, line.text);
  }
  const std::string stamp = local_time(line.time, "%b %e %H:%M:%S");
  const std::string host = o.format == "rfc3164" ? o.hostname + " " : "";
  return fmt::format("<{}>{} {}{}[{}]: {}\n", priority, stamp, host, o.tag, pid, line.text);
}

std::string JournaldLog::encode(const Line& line) const {
  std::string out;
  append_field(out, "PRIORITY", std::to_string(severity(line)));
  append_field(out, "MESSAGE", line.text);
  for (const std::string& field : options().fields) {
    const std::size_t equals = field.find('=');
    append_field(out, std::string_view(field).substr(0, equals),
                 std::string_view(field).substr(equals + 1));
  }
  append_field(out, "SYSLOG_TIMESTAMP", to_rfc3339(line.time));
  if (!line.ends) append_field(out, "CONTAINER_PARTIAL_MESSAGE", "true");
  return out;
}

}  // namespace mydock::runtime::shim
