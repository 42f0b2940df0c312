#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "client/api_client.h"
#include "http/server.h"

namespace mydock::client {

// Notes what it is asked ("POST /v1.51/containers/create?name=x {…}") and answers what it is told.
class FakeDaemon {
 public:
  explicit FakeDaemon(http::Handler handler)
      : handler_(std::move(handler)), server_([this](http::Request& in, http::Responder& out) {
          std::string line = std::string(in.method()) + " " + std::string(in.target());
          if (const std::string body = in.read_body(); !body.empty()) line += " " + body;
          {
            Lock lock(mutex_);
            asked_.push_back(std::move(line));
          }
          handler_(in, out);
        }) {
    check(::mkdtemp(folder_.data()) == nullptr ? -1 : 0, "make a folder");
    server_.listen(http::listen_unix(folder_ + "/s", 0600));
  }
  ~FakeDaemon() {
    server_.stop();
    fs::remove_all(folder_);
  }
  std::string host() const { return "unix://" + folder_ + "/s"; }
  std::vector<std::string> asked() {
    Lock lock(mutex_);
    return asked_;
  }

 private:
  std::string folder_ = "/tmp/mydock-client-XXXXXX";
  http::Handler handler_;
  Mutex mutex_{Rank::leaf};
  std::vector<std::string> asked_ GUARDED_BY(mutex_);
  http::Server server_;
};

inline http::Handler answer(int status, std::string body) {
  return [status, body = std::move(body)](http::Request&, http::Responder& respond) {
    respond.send(status, "application/json", body);
  };
}

}  // namespace mydock::client
