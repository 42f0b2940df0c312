#include "daemon/registry_auth.h"

#include "base/base64.h"
#include "base/error.h"

namespace mydock::daemon {

api::AuthConfig registry_auth(const Call& call) {
  const auto text = decode_base64(call.request.header("X-Registry-Auth"));
  if (!text || text->empty()) return {};
  try {
    return from_json<api::AuthConfig>(*text);
  } catch (const Error&) {  // see the header
    return {};
  }
}

}  // namespace mydock::daemon
