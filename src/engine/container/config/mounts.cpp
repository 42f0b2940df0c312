#include "engine/container/config/mounts.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "engine/files/overlay_view.h"
#include "volume/mount_spec.h"

namespace mydock::engine {

namespace {

bool is_view(const api::Mount& m) { return m.type == "image" || m.type == "container"; }

volume::MountSpec to_spec(const api::Mount& m) {
  volume::MountSpec spec;
  spec.source = m.source;
  spec.target = m.target;
  spec.read_only = m.read_only;
  if (m.bind_options) {
    spec.propagation = m.bind_options->propagation;
    spec.non_recursive = m.bind_options->non_recursive;
    spec.create_source = m.bind_options->create_mountpoint;
    spec.read_only_non_recursive = m.bind_options->read_only_non_recursive;
    spec.read_only_force_recursive = m.bind_options->read_only_force_recursive;
  }
  if (m.volume_options) {
    spec.no_copy = m.volume_options->no_copy;
    spec.subpath = m.volume_options->subpath;
    if (m.volume_options->driver_config) spec.driver = m.volume_options->driver_config->name;
  }
  if (m.tmpfs_options) {
    spec.tmpfs_size = m.tmpfs_options->size_bytes;
    spec.tmpfs_mode = m.tmpfs_options->mode;
  }
  return volume::validate_mount(m.type, std::move(spec));
}

std::string tmpfs_text(const volume::MountSpec& spec, const api::Mount& m) {
  std::string text;
  const auto add = [&](const std::string& option) {
    if (!text.empty()) text += ',';
    text += option;
  };
  if (spec.read_only) add("ro");
  if (spec.tmpfs_size != 0) add("size=" + std::to_string(spec.tmpfs_size));
  if (spec.tmpfs_mode != 0) add(fmt::format("mode={:o}", spec.tmpfs_mode));
  if (m.tmpfs_options) {
    for (const api::Strings& pair : m.tmpfs_options->options) {
      if (pair.size() == 1) add(pair[0]);
      if (pair.size() == 2) add(pair[0] + "=" + pair[1]);
    }
  }
  return text;
}

ContainerMount from_spec(const volume::MountSpec& spec) {
  ContainerMount m;
  m.type = volume::to_string(spec.type);
  m.source = spec.source;
  m.target = spec.target;
  m.mode = spec.mode;
  m.propagation = spec.propagation;
  m.read_only = spec.read_only;
  m.non_recursive = spec.non_recursive;
  m.read_only_non_recursive = spec.read_only_non_recursive;
  m.read_only_force_recursive = spec.read_only_force_recursive;
  m.no_copy = spec.no_copy;
  m.subpath = spec.subpath;
  if (spec.type == volume::MountType::bind && m.propagation.empty()) m.propagation = "rprivate";
  return m;
}

// Where a volume with driver options is mounted from, inside the container.
void read_device(ContainerMount& m, const volume::Volume& volume) {
  const auto option = [&](const char* name) {
    const auto found = volume.options.find(name);
    return found == volume.options.end() ? std::string() : found->second;
  };
  m.device_type = option("type");
  m.device = option("device");
  const std::string list = option("o");
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    if (comma > at) m.device_options.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
}

void check_subpath(const volume::MountSpec& spec) {
  const fs::path path = fs::path(spec.subpath).lexically_normal();
  if (path.is_absolute() || (path.begin() != path.end() && *path.begin() == "..")) {
    fail(Kind::invalid,
         "invalid mount config for type \"volume\": invalid subpath \"{}\": it must be a relative "
         "path within the volume",
         spec.subpath);
  }
}

}  // namespace

MountPlan::MountPlan(Parts& parts, const api::ContainerConfig& config, const api::HostConfig& host)
    : parts_(parts) {
  add_explicit(host);
  add_views(host);
  for (const std::string& text : host.volumes_from.value_or(api::Strings{})) add_from(text);
  add_tmpfs(host);
  add_anonymous(config, host.volume_driver);
}

// Held first, and made again if somebody removed it just before.
void MountPlan::use_volume(ContainerMount& m, const volume::VolumeSpec& wanted) {
  const bool is_new = wanted.name.empty() || !parts_.volumes.find(wanted.name);
  const volume::Volume volume = parts_.volumes.create(wanted);
  if (is_new) {
    parts_.events.publish("volume", "create", volume.name, {{"driver", volume.driver}});
  }
  holds_.push_back(parts_.volumes.hold(volume.name));
  m.type = "volume";
  m.name = volume.name;
  m.source = volume.mountpoint;
  m.driver = volume.driver;
  read_device(m, volume);
}

MountPlan::~MountPlan() {
  holds_.clear();
  if (kept_) return;
  for (const std::string& name : made_) {
    try {
      parts_.volumes.remove(name, {}, true);
    } catch (const std::exception& error) {
      log::warn("volume {}: left behind by a create that failed: {}", name, error.what());
    }
  }
}

bool MountPlan::taken(std::string_view target) const {
  return std::any_of(mounts_.begin(), mounts_.end(),
                     [&](const ContainerMount& m) { return m.target == target; });
}

void MountPlan::add_explicit(const api::HostConfig& host) {
  std::vector<volume::MountSpec> specs;
  for (const std::string& text : host.binds.value_or(api::Strings{})) {
    specs.push_back(volume::parse_bind(text));
    specs.back().driver = host.volume_driver;
  }
  const std::size_t first_mount = specs.size();
  std::vector<api::Mount> mounts;
  for (const api::Mount& m : host.mounts) {
    if (!is_view(m)) mounts.push_back(m);
  }
  for (const api::Mount& m : mounts) specs.push_back(to_spec(m));
  volume::check_duplicates(specs);
  for (const volume::MountSpec& spec : specs) {
    if (!spec.subpath.empty()) check_subpath(spec);
    if (spec.type == volume::MountType::bind) volume::check_source(spec);
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const volume::MountSpec& spec = specs[i];
    ContainerMount m = from_spec(spec);
    if (spec.type == volume::MountType::volume) {
      volume::VolumeSpec wanted{
          .name = spec.source, .driver = spec.driver, .labels = {}, .options = {}};
      if (i >= first_mount && mounts[i - first_mount].volume_options) {
        const api::VolumeOptions& options = *mounts[i - first_mount].volume_options;
        wanted.labels = options.labels;
        if (options.driver_config) wanted.options = options.driver_config->options;
      }
      use_volume(m, wanted);
      m.anonymous = spec.source.empty();
      if (m.anonymous) made_.push_back(m.name);
      if (i < first_mount && m.mode.empty()) m.mode = "z";
    } else if (spec.type == volume::MountType::tmpfs) {
      m.tmpfs_options = volume::parse_tmpfs_options(tmpfs_text(spec, mounts[i - first_mount]));
    }
    mounts_.push_back(std::move(m));
  }
}

// What an image or a container holds, read-only. The second is ours: what `debug` looks at.
void MountPlan::add_views(const api::HostConfig& host) {
  for (const api::Mount& asked : host.mounts) {
    if (!is_view(asked)) continue;
    if (asked.source.empty()) {
      fail(Kind::invalid, "invalid mount config for type \"{}\": field Source must not be empty",
           asked.type);
    }
    if (asked.bind_options || asked.volume_options || asked.tmpfs_options) {
      fail(Kind::invalid, "invalid mount config for type \"{}\": options of another type",
           asked.type);
    }
    if (asked.image_options && !asked.image_options->subpath.empty()) {
      fail(Kind::not_implemented, "mounting a part of an image is not implemented yet");
    }
    ContainerMount m;
    m.type = asked.type;
    m.target = volume::parse_target(asked.target);
    if (taken(m.target)) fail(Kind::invalid, "Duplicate mount point: {}", m.target);
    m.name = asked.source;
    m.source = asked.type == "image" ? parts_.images.images.resolve(asked.source)->id.str()
                                     : parts_.table.get(asked.source)->id();
    m.read_only = true;
    mounts_.push_back(std::move(m));
  }
}

void MountPlan::add_from(const std::string& text) {
  std::string_view ref = text;
  bool read_only = false;
  if (const std::size_t colon = text.rfind(':'); colon != std::string::npos) {
    const std::string_view mode = std::string_view(text).substr(colon + 1);
    if (mode != "ro" && mode != "rw" && mode != "z" && mode != "Z") {
      fail(Kind::invalid, "invalid mode: {}", mode);
    }
    read_only = mode == "ro";
    ref = ref.substr(0, colon);
  }
  const auto found = parts_.table.find(ref);
  if (!found) fail(Kind::invalid, "No such container: {}", ref);
  const RecordPtr donor = found->record();
  for (ContainerMount m : donor->definition->mounts) {
    if (m.type == "tmpfs" || taken(m.target)) continue;
    m.anonymous = false;  // it goes with its own container
    if (m.type == "volume") holds_.push_back(parts_.volumes.hold(m.name));
    m.read_only = m.read_only || read_only;
    mounts_.push_back(std::move(m));
  }
}

void MountPlan::add_tmpfs(const api::HostConfig& host) {
  for (const auto& [target, options] : host.tmpfs) {
    const std::string clean = volume::parse_target(target);
    if (taken(clean)) fail(Kind::invalid, "Duplicate mount point: {}", clean);
    ContainerMount m;
    m.type = "tmpfs";
    m.target = clean;
    m.listed = false;
    m.tmpfs_options = volume::parse_tmpfs_options(options);
    mounts_.push_back(std::move(m));
  }
}

void MountPlan::add_anonymous(const api::ContainerConfig& config, const std::string& driver) {
  if (!config.volumes) return;
  for (const auto& [target, empty] : *config.volumes) {
    const volume::MountSpec spec = volume::parse_bind(target);
    if (taken(spec.target)) continue;
    ContainerMount m = from_spec(spec);
    use_volume(m, {.name = {}, .driver = driver, .labels = {}, .options = {}});
    m.anonymous = true;
    made_.push_back(m.name);
    mounts_.push_back(std::move(m));
  }
}

void MountPlan::copy_up(const std::vector<std::string>& layers) const {
  std::optional<Root> image;
  for (const ContainerMount& m : mounts_) {
    const bool plain = m.type == "volume" && m.device_type.empty() && m.subpath.empty();
    if (!plain || m.no_copy || layers.empty()) continue;
    if (!image) image.emplace(open_layers(layers));
    parts_.volumes.fill(parts_.volumes.get(m.name),
                        [&] { volume::copy_up(*image, m.target, m.source); });
  }
}

}  // namespace mydock::engine
