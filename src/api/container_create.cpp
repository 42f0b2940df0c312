#include "api/container_create.h"

#include "base/error.h"

namespace mydock::api {

ContainerCreate parse_container_create(std::string_view body) {
  if (body.empty()) {
    fail(Kind::invalid, "invalid JSON: got EOF while reading request body");
  }
  const JsonDocument document(body);
  if (document.root().is_null()) {
    fail(Kind::invalid, "config cannot be empty in order to create a container");
  }
  ContainerCreate create;
  document.root().read(create);
  return create;
}

}  // namespace mydock::api
