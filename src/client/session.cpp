#include "client/session.h"

#include <charconv>

#include <fmt/format.h>

#include "api/stream.h"
#include "base/error.h"

namespace mydock::client {

namespace {

constexpr std::size_t kLongestError = std::size_t{1} << 20;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

// The daemon's JSON, or its plain text: attach answers so.
std::string error_text(std::string_view body, const Call& call, int status) {
  if (body.starts_with('{')) {
    try {
      if (auto parsed = from_json<api::ErrorBody>(body); !parsed.message.empty()) {
        return std::move(parsed.message);
      }
    } catch (const Error&) {
      // Not what a daemon writes: shown as it is.
    }
  }
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) body.remove_suffix(1);
  if (!body.empty()) return std::string(body);
  return fmt::format("request returned {} for API route {} {}", status, call.method, call.path);
}

[[noreturn]] void cannot_connect(const Error& error, const std::string& host) {
  if (error.error_number() == EACCES) {
    throw Error(Kind::unavailable,
                fmt::format("permission denied while trying to connect to the Docker daemon socket "
                            "at {}",
                            host),
                EACCES);
  }
  throw Error(
      Kind::unavailable,
      fmt::format("Cannot connect to the Docker daemon at {}. Is the docker daemon running?", host),
      error.error_number());
}

}  // namespace

std::string percent_encode(std::string_view text, std::string_view also_plain) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c) || also_plain.find(c) != also_plain.npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string object_path(std::string_view noun, std::string_view ref, std::string_view verb) {
  const std::string_view plain = noun == "images" ? "/:@" : "";
  std::string path = fmt::format("/{}/{}", noun, percent_encode(ref, plain));
  if (!verb.empty()) path += fmt::format("/{}", verb);
  return path;
}

Query& Query::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '?' : '&';
  text_ += percent_encode(name);
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

Query& Query::add_if(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

Query& Query::flag(std::string_view name, bool value) { return value ? add(name, "1") : *this; }

http::Address parse_host(std::string_view host) {
  constexpr std::string_view kUnix = "unix://";
  constexpr std::string_view kTcp = "tcp://";
  http::Address address;
  if (host.starts_with(kUnix)) {
    address.unix_path = host.substr(kUnix.size());
    if (!address.unix_path.empty()) return address;
  } else if (host.starts_with(kTcp)) {
    std::string_view rest = host.substr(kTcp.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const std::size_t colon = rest.rfind(':');
    const std::string_view port = colon == rest.npos ? "2375" : rest.substr(colon + 1);
    std::string_view name = rest.substr(0, colon);
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    const char* end = port.data() + port.size();
    const auto [stopped, error] = std::from_chars(port.data(), end, address.port);
    address.host = name;
    if (error == std::errc() && stopped == end && !name.empty()) return address;
  }
  fail(Kind::invalid, "unable to parse docker host `{}`", host);
}

Session::Session(std::string_view host)
    : host_(host),
      client_(parse_host(host),
              host.starts_with("unix://") ? "api.moby.localhost" : std::string(host.substr(6))) {}

http::Response Session::request_once(const Call& call) {
  http::Outgoing outgoing;
  outgoing.method = call.method;
  outgoing.target = "/v" + version_.text() + call.path + call.query.text();
  outgoing.headers = call.headers;
  outgoing.headers.emplace_back("User-Agent", "mydock-client");
  outgoing.body = call.json;
  outgoing.body_source = call.body;
  outgoing.stop = call.stop;
  if (!call.json.empty()) outgoing.headers.emplace_back("Content-Type", "application/json");
  if (call.body != nullptr) outgoing.headers.emplace_back("Content-Type", "application/x-tar");
  try {
    return client_.request(outgoing);
  } catch (const Error& error) {
    if (error.kind() != Kind::unavailable || error.error_number() == 0) throw;
    cannot_connect(error, host_);
  }
}

// Takes over the version that the daemon names as its highest; false: it names none, or no other.
bool Session::downgrade(std::string_view message) {
  if (message.find("is too new") == message.npos) return false;
  const std::size_t blank = message.rfind(' ');
  const auto version = api::ApiVersion::parse(message.substr(blank + 1));
  if (!version || *version >= version_) return false;
  version_ = *version;
  return true;
}

// A body is read once only: before it is sent, the version must be right.
void Session::negotiate() {
  if (confirmed_) return;
  send(Call{.method = "HEAD", .path = "/_ping"});
}

http::Response Session::send(const Call& call) {
  if (call.body != nullptr) negotiate();
  http::Response response = request_once(call);
  if (response.status() < 400) {
    confirmed_ = true;
    return response;
  }
  const int status = response.status();
  // A HEAD's error has no body that could name the version.
  std::string message;
  if (call.method == "HEAD" && status == 400) {
    const auto version = api::ApiVersion::parse(response.header("Api-Version"));
    if (version && *version < version_) {
      version_ = *version;
      return send(call);
    }
  } else if (call.method != "HEAD") {
    message = response.read_body(kLongestError);
  }
  message = error_text(message, call, status);
  if (status == 400 && downgrade(message)) return send(call);
  fail(api::kind_of(status), "{}", message);
}

std::string Session::text(const Call& call) { return send(call).read_body(); }

HijackedStream Session::upgrade(Call call) {
  call.method = "POST";
  call.headers.emplace_back("Connection", "Upgrade");
  call.headers.emplace_back("Upgrade", "tcp");
  http::Response response = send(call);
  const bool multiplexed = response.header("Content-Type") == api::kMultiplexedStream;
  http::Hijacked hijacked = response.hijack();
  return {.socket = std::move(hijacked.socket),
          .pending = std::move(hijacked.pending),
          .multiplexed = multiplexed};
}

}  // namespace mydock::client
