#include "engine/io/log_setup.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <charconv>
#include <memory>

#include "api/units.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/io/log_attributes.h"
#include "engine/io/log_drivers.h"

namespace mydock::engine {

namespace {

using runtime::LogOptions;

// dockerd's json-file grows without end unless it is told otherwise, and fills disks.
constexpr std::int64_t kJsonFileSize = 10'000'000;
constexpr int kJsonFiles = 3;
constexpr std::int64_t kLocalSize = 20 * 1024 * 1024;
constexpr int kLocalFiles = 5;
constexpr const char* kJournal = "/run/systemd/journal/socket";

std::string option(const Record& record, const std::string& name) {
  const api::StringMap& config = record.host_config().log_config.config;
  const auto found = config.find(name);
  return found == config.end() ? std::string() : found->second;
}

std::int64_t parse_max_size(const std::string& text) {
  if (text == "-1") return -1;
  const auto size = api::parse_size(text);
  if (!size) fail(Kind::invalid, "invalid size: '{}'", text);
  if (*size <= 0) fail(Kind::invalid, "max-size must be a positive number");
  return *size;
}

int parse_max_files(const std::string& text) {
  int files = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), files);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(Kind::invalid, "strconv.Atoi: parsing \"{}\": invalid syntax", text);
  }
  if (files < 1) fail(Kind::invalid, "max-file cannot be less than 1");
  return files;
}

LogOptions::File json_file(const Paths& paths, const Record& record) {
  LogOptions::File file;
  file.path = paths.log(record.id());
  const std::string size = option(record, "max-size");
  const std::string files = option(record, "max-file");
  const std::string compress = option(record, "compress");
  if (!size.empty()) file.max_size = parse_max_size(size);
  if (!files.empty()) file.max_files = parse_max_files(files);
  if (!compress.empty()) file.compress = parse_log_flag("compress", compress);
  if (file.compress && (file.max_files < 2 || file.max_size < 0)) {
    fail(Kind::invalid,
         "compress cannot be true when max-file is less than 2 or max-size is not set");
  }
  if (size.empty()) {
    file.max_size = kJsonFileSize;
    if (files.empty()) file.max_files = kJsonFiles;
  }
  auto attributes = log_attributes(record);
  if (!option(record, "tag").empty()) attributes["tag"] = log_tag(record, "");
  if (!attributes.empty()) file.attributes = to_json(attributes);
  return file;
}

// `prefix`: "cache-" for the copy of what goes to a server.
LogOptions::File local_file(const Record& record, const fs::path& path, const std::string& prefix) {
  LogOptions::File file{.path = path,
                        .max_size = kLocalSize,
                        .max_files = kLocalFiles,
                        .compress = true,
                        .attributes = {}};
  const std::string size = option(record, prefix + "max-size");
  const std::string files = option(record, prefix + "max-file");
  const std::string compress = option(record, prefix + "compress");
  if (!size.empty()) file.max_size = parse_max_size(size);
  if (!files.empty()) file.max_files = parse_max_files(files);
  if (!compress.empty()) file.compress = parse_log_flag(prefix + "compress", compress);
  if (file.compress && file.max_files < 2) {
    if (!compress.empty()) {
      fail(Kind::invalid, "compression cannot be enabled when max file count is 1");
    }
    file.compress = false;
  }
  return file;
}

std::string host_name() {
  std::array<char, 256> name{};
  check(::gethostname(name.data(), name.size() - 1), "ask for the host's name");
  return name.data();
}

// "10.0.0.1:514" of a server's name: the shim, linked statically, looks no names up.
std::string resolved(const LogAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = address.network == "udp" ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  if (failure != 0) {
    fail(Kind::system, "failed to initialize logging driver: dial {}: lookup {}: {}",
         address.network, address.host, ::gai_strerror(failure));
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(list->ai_addr, list->ai_addrlen, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  return list->ai_family == AF_INET6 ? fmt::format("[{}]:{}", host.data(), port.data())
                                     : fmt::format("{}:{}", host.data(), port.data());
}

// Where programs of this host log to, when nobody says where.
void find_local_syslog(LogOptions::Remote& remote) {
  for (const char* path : {"/dev/log", "/var/run/syslog", "/var/run/log"}) {
    struct stat status {};
    if (::stat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
    remote.network = "unixgram";
    remote.address = path;
    return;
  }
  fail(Kind::system, "failed to initialize logging driver: Unix syslog delivery error");
}

void set_mode(const Record& record, LogOptions::Remote& remote) {
  remote.non_blocking = option(record, "mode") == "non-blocking";
  if (const std::string size = option(record, "max-buffer-size"); !size.empty()) {
    remote.max_buffer = static_cast<std::uint64_t>(api::parse_size(size).value_or(0));
  }
}

LogOptions::Remote syslog(const Record& record) {
  LogOptions::Remote remote;
  set_mode(record, remote);
  const LogAddress address = parse_log_address(option(record, "syslog-address"));
  remote.network = address.network;
  if (address.network.empty()) {
    find_local_syslog(remote);
  } else {
    remote.address = address.path.empty() ? resolved(address) : address.path;
  }
  remote.facility = parse_log_facility(option(record, "syslog-facility"));
  remote.format = option(record, "syslog-format");
  remote.tag = log_tag(record, "{{.ID}}");
  remote.hostname = host_name();
  return remote;
}

// A journal's field has capital letters, digits and "_", and begins with a letter or digit.
std::string field_name(std::string_view name) {
  std::string field;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    field += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return field.substr(std::min(field.find_first_not_of('_'), field.size()));
}

LogOptions::Remote journald(const Record& record) {
  LogOptions::Remote remote;
  set_mode(record, remote);
  struct stat status {};
  if (::stat(kJournal, &status) != 0) {
    fail(Kind::system, "failed to initialize logging driver: journald is not enabled on this host");
  }
  remote.network = "unixgram";
  remote.address = kJournal;
  const std::string tag = log_tag(record, "{{.ID}}");
  constexpr std::size_t kShort = 12;
  remote.fields = {"CONTAINER_ID=" + record.id().substr(0, kShort),
                   "CONTAINER_ID_FULL=" + record.id(),
                   "CONTAINER_NAME=" + record.name,
                   "CONTAINER_TAG=" + tag,
                   "IMAGE_NAME=" + record.config().image,
                   "SYSLOG_IDENTIFIER=" + tag};
  for (const auto& [name, value] : log_attributes(record)) {
    if (const std::string field = field_name(name); !field.empty()) {
      remote.fields.push_back(field + "=" + value);
    }
  }
  return remote;
}

bool has_copy(const Record& record) {
  const std::string disabled = option(record, "cache-disabled");
  return disabled.empty() || !parse_log_flag("cache-disabled", disabled);
}

}  // namespace

ReadableLog readable_log(const Paths& paths, const Record& record) {
  const std::string& type = record.host_config().log_config.type;
  if (type == "json-file") return {paths.log(record.id()), ReadableLog::Format::json};
  if (type == "local") return {paths.local_log(record.id()), ReadableLog::Format::local};
  if (type == "none" || !has_copy(record)) return {};
  return {paths.cached_log(record.id()), ReadableLog::Format::local};
}

LogOptions log_setup(const Paths& paths, const Record& record) {
  const std::string& type = record.host_config().log_config.type;
  LogOptions options;
  if (type == "none") return options;
  options.driver = type;
  if (type == "json-file") {
    options.file = json_file(paths, record);
    return options;
  }
  const ReadableLog readable = readable_log(paths, record);
  if (type == "local") {
    options.file = local_file(record, readable.path, "");
    return options;
  }
  options.remote = type == "syslog" ? syslog(record) : journald(record);
  if (!readable.path.empty()) options.file = local_file(record, readable.path, "cache-");
  return options;
}

}  // namespace mydock::engine
