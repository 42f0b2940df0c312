#include "engine/cdi/cdi.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/container/config/environment.h"

namespace mydock::engine {

namespace {

constexpr std::uintmax_t kLargestSpec = std::uintmax_t{4} << 20;
constexpr std::string_view kGpus = "nvidia.com/gpu";

// One broken spec must not take the others' devices away.
std::optional<CdiSpec> read_spec(const fs::path& path) {
  try {
    std::error_code none;
    if (fs::file_size(path, none) > kLargestSpec || none) return std::nullopt;
    return from_json<CdiSpec>(find_file(path).value_or(std::string()));
  } catch (const Error& error) {
    log::warn("CDI spec {}: {}", path.string(), error.message());
    return std::nullopt;
  }
}

std::vector<CdiSpec> read_specs(const std::vector<fs::path>& directories) {
  std::vector<CdiSpec> specs;
  for (const fs::path& directory : directories) {
    std::vector<fs::path> files;
    std::error_code none;  // not there: no specs
    for (const auto& entry : fs::directory_iterator(directory, none)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      if (auto spec = read_spec(file)) specs.push_back(std::move(*spec));
    }
  }
  return specs;
}

struct Found {
  const CdiSpec* spec = nullptr;
  const CdiDevice* device = nullptr;
};

Found find_device(const std::vector<CdiSpec>& specs, std::string_view name) {
  const std::size_t equals = name.find('=');
  if (equals == std::string_view::npos) return {};
  Found found;
  for (const CdiSpec& spec : specs) {
    if (spec.kind != name.substr(0, equals)) continue;
    for (const CdiDevice& device : spec.devices) {
      if (device.name == name.substr(equals + 1)) found = {.spec = &spec, .device = &device};
    }
  }
  return found;
}

char type_of(mode_t mode) {
  if (S_ISBLK(mode)) return 'b';
  return S_ISFIFO(mode) ? 'p' : 'c';
}

void add_device(oci::Spec& spec, const CdiDeviceNode& node) {
  oci::Device device{.path = node.path,
                     .type = node.type,
                     .major = node.major,
                     .minor = node.minor,
                     .file_mode = node.file_mode,
                     .uid = node.uid,
                     .gid = node.gid};
  if (device.type.empty()) {
    const std::string& path = node.host_path.empty() ? node.path : node.host_path;
    struct stat found {};
    check(::stat(path.c_str(), &found), "CDI device injection failed: stat {}", path);
    device.type.assign(1, type_of(found.st_mode));
    device.major = static_cast<std::int64_t>(major(found.st_rdev));
    device.minor = static_cast<std::int64_t>(minor(found.st_rdev));
    if (!device.file_mode) device.file_mode = found.st_mode & 07777U;
  }
  std::erase_if(spec.linux.devices, [&](const auto& other) { return other.path == device.path; });
  if (device.type != "p") {
    oci::DeviceRule rule{.allow = true,
                         .type = device.type,
                         .major = device.major,
                         .minor = device.minor,
                         .access = node.permissions};
    if (rule.type == "u") rule.type.assign(1, 'c');
    if (rule.access.empty()) rule.access.append("rwm");
    spec.linux.resources.devices.push_back(std::move(rule));
  }
  spec.linux.devices.push_back(std::move(device));
}

void add_mount(oci::Spec& spec, const CdiMount& mount) {
  oci::Mount added;
  added.destination = mount.container_path;
  added.source = mount.host_path;
  added.type = mount.type;
  if (added.type.empty()) added.type.append("bind");
  added.options = mount.options;
  const bool bound = std::any_of(added.options.begin(), added.options.end(), [](const auto& word) {
    return word == "bind" || word == "rbind";
  });
  if (added.type == "bind" && !bound) added.options.emplace_back("rbind");
  spec.mounts.push_back(std::move(added));
}

void add_hook(oci::Spec& spec, const CdiHook& hook) {
  oci::Hooks& hooks = spec.hooks ? *spec.hooks : spec.hooks.emplace();
  const std::pair<std::string_view, std::vector<oci::Hook>*> moments[] = {
      {"prestart", &hooks.prestart},
      {"createRuntime", &hooks.create_runtime},
      {"createContainer", &hooks.create_container},
      {"startContainer", &hooks.start_container},
      {"poststart", &hooks.poststart},
      {"poststop", &hooks.poststop}};
  for (const auto& [name, list] : moments) {
    if (name != hook.name) continue;
    list->push_back(
        {.path = hook.path, .args = hook.args, .env = hook.env, .timeout = hook.timeout});
    return;
  }
  fail(Kind::invalid, "CDI device injection failed: unknown hook '{}'", hook.name);
}

api::Strings gpu_names(const api::DeviceRequest& request) {
  api::Strings names;
  if (request.device_ids && !request.device_ids->empty()) {
    for (const std::string& id : *request.device_ids)
      names.push_back(fmt::format("{}={}", kGpus, id));
  } else if (request.count < 0) {
    names.push_back(fmt::format("{}=all", kGpus));
  } else {
    for (std::int64_t i = 0; i < request.count; ++i)
      names.push_back(fmt::format("{}={}", kGpus, i));
  }
  return names;
}

bool asks_for_gpus(const api::DeviceRequest& request) {
  if (!request.capabilities || (!request.driver.empty() && request.driver != "nvidia"))
    return false;
  return std::any_of(request.capabilities->begin(), request.capabilities->end(),
                     [](const api::Strings& group) {
                       return std::find(group.begin(), group.end(), "gpu") != group.end();
                     });
}

[[noreturn]] void no_driver(const api::DeviceRequest& request) {
  std::vector<std::string> wanted;
  for (const api::Strings& group : request.capabilities.value_or(std::vector<api::Strings>{})) {
    wanted.push_back(fmt::format("[{}]", fmt::join(group, " ")));
  }
  fail(Kind::system, "could not select device driver \"{}\" with capabilities: [{}]",
       request.driver, fmt::join(wanted, ""));
}

}  // namespace

std::vector<CdiEdits> cdi_edits(const std::vector<fs::path>& directories,
                                const api::Strings& devices) {
  const std::vector<CdiSpec> specs = read_specs(directories);
  std::vector<CdiEdits> edits;
  std::set<const CdiSpec*> used;
  api::Strings unknown;
  for (const std::string& name : devices) {
    const Found found = find_device(specs, name);
    if (found.device == nullptr) {
      unknown.push_back(name);
      continue;
    }
    if (used.insert(found.spec).second) edits.push_back(found.spec->edits);
    edits.push_back(found.device->edits);
  }
  if (!unknown.empty()) {
    fail(Kind::system, "CDI device injection failed: unresolvable CDI devices {}",
         fmt::join(unknown, ", "));
  }
  return edits;
}

void apply_cdi(oci::Spec& spec, const std::vector<CdiEdits>& edits) {
  for (const CdiEdits& edit : edits) {
    if (spec.process) {
      spec.process->env = override_env(spec.process->env, edit.env);
      auto& groups = spec.process->user.additional_gids;
      groups.insert(groups.end(), edit.additional_gids.begin(), edit.additional_gids.end());
    }
    for (const CdiDeviceNode& node : edit.device_nodes) add_device(spec, node);
    for (const CdiMount& mount : edit.mounts) add_mount(spec, mount);
    for (const CdiHook& hook : edit.hooks) add_hook(spec, hook);
  }
}

void apply_device_requests(oci::Spec& spec, const api::Resources& resources,
                           const std::vector<fs::path>& directories) {
  if (!resources.device_requests) return;
  for (const api::DeviceRequest& request : *resources.device_requests) {
    if (request.driver == "cdi") {
      apply_cdi(spec, cdi_edits(directories, request.device_ids.value_or(api::Strings{})));
    } else if (asks_for_gpus(request)) {
      const api::Strings names = gpu_names(request);
      const auto specs = read_specs(directories);
      const bool there = std::any_of(specs.begin(), specs.end(),
                                     [](const CdiSpec& one) { return one.kind == kGpus; });
      if (!there) no_driver(request);
      apply_cdi(spec, cdi_edits(directories, names));
    } else {
      no_driver(request);
    }
  }
}

}  // namespace mydock::engine
