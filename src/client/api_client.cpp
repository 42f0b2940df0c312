#include "client/api_client.h"

namespace mydock::client {

ApiClient::ApiClient(std::string_view host)
    : session_(std::make_unique<Session>(host)),
      builds_(*session_),
      containers_(*session_),
      execs_(*session_),
      images_(*session_),
      networks_(*session_),
      volumes_(*session_),
      system_(*session_) {}

}  // namespace mydock::client
