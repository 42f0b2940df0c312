#include "client/volume_calls.h"

namespace mydock::client {

api::VolumeList VolumeCalls::list(const api::Filters& filters) {
  return session_.json<api::VolumeList>(
      {.path = "/volumes", .query = Query().add_if("filters", filters.encode())});
}

api::Volume VolumeCalls::inspect(std::string_view name) {
  return from_json<api::Volume>(inspect_json(name));
}

std::string VolumeCalls::inspect_json(std::string_view name) {
  return session_.text({.path = object_path("volumes", name)});
}

api::Volume VolumeCalls::create(const api::VolumeCreate& create) {
  return session_.json<api::Volume>(
      {.method = "POST", .path = "/volumes/create", .json = to_json(create)});
}

void VolumeCalls::remove(std::string_view name, bool force) {
  session_.done({.method = "DELETE",
                 .path = object_path("volumes", name),
                 .query = Query().flag("force", force)});
}

api::VolumesPruned VolumeCalls::prune(const api::Filters& filters) {
  return session_.json<api::VolumesPruned>({.method = "POST",
                                            .path = "/volumes/prune",
                                            .query = Query().add_if("filters", filters.encode())});
}

}  // namespace mydock::client
