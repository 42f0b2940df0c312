#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/error.h"
#include "api/version.h"
#include "http/client.h"

namespace mydock::client {

// Builds "?a=1&b=x%20y".
class Query {
 public:
  Query& add(std::string_view name, std::string_view value);
  Query& add_if(std::string_view name, std::string_view value);  // not when empty
  Query& flag(std::string_view name, bool value);                // "1"; not when false
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};
// All but unreserved characters, and those in `also_plain`.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});
// "/containers/web/start". An image's name keeps its slashes, as Go's client sends it.
std::string object_path(std::string_view noun, std::string_view ref, std::string_view verb = {});

// "unix:///path" and "tcp://host:port". Errors: invalid.
http::Address parse_host(std::string_view host);

// A duplex stream after attach or exec start.
struct HijackedStream {
  Fd socket = {};
  std::string pending = {};  // output that came with the head
  bool multiplexed = false;  // by the answer's Content-Type
};

struct Call {
  std::string method = "GET";
  std::string path = {};  // "/containers/json"; the version's prefix is put before it
  Query query = {};
  std::string json = {};   // a JSON body; empty: none
  Source* body = nullptr;  // a tar body
  http::Headers headers = {};
  std::stop_token stop = {};
};

// One server and the API version that is spoken with it: 1.51, or the server's own when that is
// lower.
class Session {
 public:
  explicit Session(std::string_view host);

  // An answer below 400; errors as ApiClient says.
  http::Response send(const Call& call);
  std::string text(const Call& call);  // the whole body
  template <class T>
  T json(const Call& call) {
    return from_json<T>(text(call));
  }
  void done(const Call& call) { text(call); }
  // POST with Upgrade: tcp.
  HijackedStream upgrade(Call call);

  const std::string& host() const { return host_; }
  api::ApiVersion version() const { return version_; }
  void set_version(api::ApiVersion version) { version_ = version; }  // DOCKER_API_VERSION

 private:
  http::Response request_once(const Call& call);
  bool downgrade(std::string_view message);
  void negotiate();

  std::string host_;
  http::Client client_;
  api::ApiVersion version_ = api::kAdvertised;
  bool confirmed_ = false;  // the daemon has accepted it
};

}  // namespace mydock::client
