// module: api
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/container_create.h"
#include "base/error.h"

// Any body of a create request is refused, or reads back as the same value after it was written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mydock;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  api::ContainerCreate create;
  try {
    create = api::parse_container_create(body);
  } catch (const Error&) {
    return 0;
  }
  if (api::parse_container_create(to_json(create)) != create) std::abort();
  for (const api::ApiVersion version : {api::kMin, api::ApiVersion{1, 43}, api::kMaxAccepted}) {
    try {
      api::ContainerCreate shaped = create;
      api::shape_for(version, shaped);
    } catch (const Error&) {
      continue;
    }
  }
  return 0;
}
