#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/version.h"
#include "client/build_calls.h"
#include "client/container_calls.h"
#include "client/exec_calls.h"
#include "client/image_calls.h"
#include "client/network_calls.h"
#include "client/session.h"
#include "client/system_calls.h"
#include "client/volume_calls.h"

namespace mydock::client {

// Typed calls to a Docker daemon. Errors of all calls: the server's message, with the kind that its
// status stands for; unavailable ("Cannot connect to the Docker daemon at …") when there is none.
class ApiClient {
 public:
  // `host` as DOCKER_HOST: "unix:///path", "tcp://host:port". Errors: invalid. Does not connect.
  explicit ApiClient(std::string_view host);

  BuildCalls& builds() { return builds_; }
  ContainerCalls& containers() { return containers_; }
  ExecCalls& execs() { return execs_; }
  ImageCalls& images() { return images_; }
  NetworkCalls& networks() { return networks_; }
  VolumeCalls& volumes() { return volumes_; }
  SystemCalls& system() { return system_; }
  const std::string& host() const { return session_->host(); }
  Session& session() { return *session_; }

 private:
  std::unique_ptr<Session> session_;
  BuildCalls builds_;
  ContainerCalls containers_;
  ExecCalls execs_;
  ImageCalls images_;
  NetworkCalls networks_;
  VolumeCalls volumes_;
  SystemCalls system_;
};

inline constexpr std::string_view kDefaultHost = "unix:///run/mydock/mydock.sock";

}  // namespace mydock::client
