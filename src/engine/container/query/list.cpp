#include "engine/container/query/list.h"

#include <algorithm>

#include "base/error.h"
#include "engine/container/query/view.h"
#include "engine/containers.h"
#include "engine/health/health_check.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

// The newest of the containers that a before or since filter names. Errors: not_found.
Time created_of(const Parts& parts, const api::Filters& filters, std::string_view key) {
  Time time{};
  for (const std::string& ref : filters.values(key)) {
    const auto found = parts.table.find(ref);
    if (!found) fail(Kind::not_found, "no such container {}", ref);
    time = std::max(time, found->record()->definition->created);
  }
  return time;
}

bool descends(const image::Images& images, const Record& record, const std::string& name) {
  const image::ImagePtr wanted = images.find(name);
  if (!wanted) return false;
  const std::string& id = record.definition->image_id;
  if (id == wanted->id.str()) return true;
  const image::ImagePtr own = images.find(oci::Digest::parse(id));
  if (!own) return false;
  // An image made from another has that one's layers first.
  const auto& mine = own->config.rootfs.diff_ids;
  const auto& theirs = wanted->config.rootfs.diff_ids;
  return !theirs.empty() && theirs.size() <= mine.size() &&
         std::equal(theirs.begin(), theirs.end(), mine.begin());
}

// As typed, unless that name now means another image.
std::string shown_image(const image::Images& images, const Record& record) {
  const std::string& typed = record.config().image;
  const image::ImagePtr now = images.find(typed);
  return now && now->id.str() == record.definition->image_id ? typed : record.definition->image_id;
}

std::vector<api::PortSummary> port_summaries(const Record& record) {
  std::vector<api::PortSummary> list;
  for (const auto& [text, bindings] : shown_ports(record)) {
    const std::size_t slash = text.find('/');
    const std::string type = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
    for (const std::uint16_t port : parse_port_range(text.substr(0, slash))) {
      if (!bindings || bindings->empty()) {
        list.push_back({.ip = {}, .private_port = port, .public_port = 0, .type = type});
        continue;
      }
      for (const api::PortBinding& binding : *bindings) {
        const auto host = parse_port_range(binding.host_port);
        list.push_back({.ip = binding.host_ip,
                        .private_port = port,
                        .public_port = host.empty() ? std::uint16_t{0} : host.front(),
                        .type = type});
      }
    }
  }
  return list;
}

api::ContainerSummary summary(const Parts& parts, const Record& record, bool size, Time at) {
  api::ContainerSummary view;
  view.id = record.id();
  view.names = {"/" + record.name};
  view.image = shown_image(parts.images.images, record);
  view.image_id = record.definition->image_id;
  view.command = command_text(record.config());
  view.created = std::chrono::duration_cast<std::chrono::seconds>(
                     record.definition->created.time_since_epoch())
                     .count();
  view.ports = port_summaries(record);
  if (size) {
    view.size_rw = static_cast<std::int64_t>(parts.images.snapshots.usage(record.id()).bytes);
    view.size_root_fs = view.size_rw;
    if (const auto image = parts.images.images.find(oci::Digest::parse(view.image_id))) {
      *view.size_root_fs += static_cast<std::int64_t>(image->size);
    }
  }
  view.labels = record.config().labels;
  view.state = shown_state(record);
  view.status = status_text(record, at);
  view.host_config = {.network_mode = record.host_config().network_mode,
                      .annotations = record.host_config().annotations};
  const std::optional<api::Health>& health = record.status.health;
  view.health = {.status = health_word(health),
                 .failing_streak = health ? health->failing_streak : 0};
  view.network_settings.networks = record.status.endpoints;
  view.mounts = shown_mounts(record);
  return view;
}

}  // namespace

std::vector<api::ContainerSummary> Containers::list(const ListOptions& options) const {
  check_list_filters(options.filters);
  const ListContext context{.filters = options.filters,
                            .before = created_of(parts_, options.filters, "before"),
                            .since = created_of(parts_, options.filters, "since"),
                            .descends_from = [this](const Record& record, const std::string& name) {
                              return descends(parts_.images.images, record, name);
                            }};
  const bool all = options.all || options.limit > 0 || options.filters.contains("status");
  std::vector<RecordPtr> records;
  for (const auto& container : parts_.table.all()) {
    RecordPtr record = container->record();
    if (!all && !is_running(record->status.state)) continue;
    if (is_listed(*record, context)) records.push_back(std::move(record));
  }
  std::sort(records.begin(), records.end(), [](const RecordPtr& a, const RecordPtr& b) {
    return a->definition->created > b->definition->created;
  });
  if (options.limit > 0 && records.size() > static_cast<std::size_t>(options.limit)) {
    records.resize(static_cast<std::size_t>(options.limit));
  }
  std::vector<api::ContainerSummary> list;
  list.reserve(records.size());
  const Time at = now();
  for (const RecordPtr& record : records) {
    list.push_back(summary(parts_, *record, options.size, at));
  }
  return list;
}

}  // namespace mydock::engine
