#include <fmt/core.h>

#include "engine/container/query/view.h"
#include "engine/container/spec/etc_files.h"
#include "engine/container/spec/links.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

api::GraphDriver graph_driver(const Parts& parts, const std::string& id) {
  api::GraphDriver driver{.name = "overlay2", .data = {}};
  const image::OverlayMount mount = parts.images.snapshots.mounts(id);
  std::string lower;
  for (const std::string& layer : mount.lower) {
    if (!lower.empty()) lower += ':';
    lower += layer;
  }
  driver.data = api::StringMap{{"ID", id},
                               {"LowerDir", lower},
                               {"MergedDir", parts.paths.bundle(id) / "rootfs"},
                               {"UpperDir", mount.upper},
                               {"WorkDir", mount.work}};
  return driver;
}

void add_paths(api::ContainerInspect& view, const Parts& parts, const Record& record) {
  if (record.status.started == Time{}) return;  // they come with the first start
  const fs::path etc = etc_directory(parts, record);
  view.resolv_conf_path = etc / "resolv.conf";
  view.hostname_path = etc / "hostname";
  view.hosts_path = etc / "hosts";
  if (record.host_config().log_config.type == "json-file") {
    view.log_path = parts.paths.log(record.id());
  }
}

void add_sandbox(api::NetworkSettings& settings, const Record& record) {
  if (!has_task(record.status.state)) return;
  settings.sandbox_id = record.id();
  settings.sandbox_key = fmt::format("/proc/{}/ns/net", record.status.pid);
}

}  // namespace

api::ContainerInspect Containers::inspect(std::string_view ref, bool size) const {
  const RecordPtr record = get(ref)->record();
  api::ContainerInspect view;
  view.id = record->id();
  view.created = record->definition->created;
  api::Strings words = command_line(record->config());
  if (!words.empty()) {
    view.path = words.front();
    view.args.assign(words.begin() + 1, words.end());
  }
  view.state = shown_container_state(*record);
  view.image = record->definition->image_id;
  add_paths(view, parts_, *record);
  view.name = "/" + record->name;
  view.restart_count = record->status.restart_count;
  view.driver = "overlay2";
  if (auto execs = parts_.execs.ids_of(record->id()); !execs.empty()) {
    view.exec_ids = std::move(execs);
  }
  view.host_config = record->host_config();
  view.host_config.links = shown_links(parts_, *record);
  if (!is_doomed(record->status.state)) view.graph_driver = graph_driver(parts_, record->id());
  if (size) {
    const image::Usage usage = parts_.images.snapshots.usage(record->id());
    view.size_rw = static_cast<std::int64_t>(usage.bytes);
    view.size_root_fs = *view.size_rw;
    if (const auto image = parts_.images.images.find(oci::Digest::parse(view.image))) {
      *view.size_root_fs += static_cast<std::int64_t>(image->size);
    }
  }
  view.mounts = shown_mounts(*record);
  view.config = record->config();
  view.network_settings.networks = shown_endpoints(*record);
  view.network_settings.ports = shown_ports(*record);
  add_sandbox(view.network_settings, *record);
  return view;
}

}  // namespace mydock::engine
