#include "volume/mount_spec.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "volume/volume_name.h"

namespace mydock::volume {

namespace {

constexpr std::array<std::string_view, 6> kPropagations{"private", "rprivate", "shared",
                                                        "rshared", "slave",    "rslave"};

bool is_propagation(std::string_view word) {
  return std::find(kPropagations.begin(), kPropagations.end(), word) != kPropagations.end();
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

[[noreturn]] void bad_spec(std::string_view text) {
  fail(Kind::invalid, "invalid volume specification: '{}'", text);
}

[[noreturn]] void bad_config(std::string_view type, std::string_view what) {
  fail(Kind::invalid, "invalid mount config for type \"{}\": {}", type, what);
}

// A group of words of which one mode may hold only one.
enum class Word { read_write, label, propagation, copy, consistency };

std::optional<Word> classify(std::string_view word) {
  if (word == "ro" || word == "rw") return Word::read_write;
  if (word == "z" || word == "Z") return Word::label;
  if (is_propagation(word)) return Word::propagation;
  if (word == "nocopy") return Word::copy;
  if (word == "consistent" || word == "cached" || word == "delegated" || word == "default") {
    return Word::consistency;
  }
  return std::nullopt;
}

void apply_mode(MountSpec& mount, std::string_view mode) {
  mount.mode = mode;
  if (mode.empty()) return;
  std::set<Word> seen;
  for (const std::string& word : split(mode, ',')) {
    const auto kind = classify(word);
    const bool fits = kind && !(*kind == Word::copy && mount.type == MountType::bind) &&
                      !(*kind == Word::propagation && mount.type == MountType::volume);
    if (!fits || !seen.insert(*kind).second) fail(Kind::invalid, "invalid mode: {}", mode);
    if (word == "ro") mount.read_only = true;
    if (word == "nocopy") mount.no_copy = true;
    if (*kind == Word::propagation) mount.propagation = word;
  }
}

void check_target(std::string_view target) {
  if (target.find('\0') != std::string_view::npos) {
    fail(Kind::invalid, "invalid mount path: it holds a NUL byte");
  }
  if (target.empty() || target.front() != '/') {
    fail(Kind::invalid, "invalid mount path: '{}' mount path must be absolute", target);
  }
  if (clean_path(target) == "/") {
    fail(Kind::invalid, "invalid specification: destination can't be '/'");
  }
}

MountType parse_type(std::string_view type) {
  if (type == "bind") return MountType::bind;
  if (type == "volume") return MountType::volume;
  if (type == "tmpfs") return MountType::tmpfs;
  if (type == "image" || type == "cluster" || type == "npipe") {
    fail(Kind::not_implemented, "mounts of type \"{}\" are not implemented", type);
  }
  bad_config(type, "mount type unknown");
}

void validate_bind(const MountSpec& mount) {
  if (mount.source.find('\0') != std::string::npos) bad_config("bind", "a NUL byte in Source");
  if (mount.source.empty()) bad_config("bind", "field Source must not be empty");
  if (mount.source.front() != '/') {
    bad_config("bind",
               fmt::format("invalid mount path: '{}' mount path must be absolute", mount.source));
  }
  if (!mount.propagation.empty() && !is_propagation(mount.propagation)) {
    bad_config("bind", "invalid propagation mode: " + mount.propagation);
  }
  if (mount.no_copy || !mount.subpath.empty() || !mount.driver.empty()) {
    bad_config("bind", "field VolumeOptions must not be specified");
  }
  if (mount.read_only_non_recursive && mount.read_only_force_recursive) {
    bad_config(
        "bind",
        "mount options conflict: ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive");
  }
  if ((mount.read_only_non_recursive || mount.read_only_force_recursive) && !mount.read_only) {
    bad_config("bind", "mount options conflict: !ReadOnly && BindOptions.ReadOnlyNonRecursive");
  }
}

void validate_volume(const MountSpec& mount) {
  if (!mount.propagation.empty()) {
    bad_config("volume", "field BindOptions must not be specified");
  }
  if (mount.source.empty() && mount.read_only) {
    bad_config("volume", "must not set ReadOnly mode when using anonymous volumes");
  }
  if (!mount.source.empty()) check_volume_name(mount.source);
  const bool inside =
      mount.subpath.empty() ||
      (mount.subpath.front() != '/' && clean_path('/' + mount.subpath) == '/' + mount.subpath);
  if (!inside) bad_config("volume", "subpath must be a relative path within the volume");
}

void validate_tmpfs(const MountSpec& mount) {
  if (!mount.source.empty()) bad_config("tmpfs", "field Source must not be specified");
  if (!mount.propagation.empty()) bad_config("tmpfs", "field BindOptions must not be specified");
  if (mount.tmpfs_size < 0) bad_config("tmpfs", "invalid size");
}

}  // namespace

std::string_view to_string(MountType type) {
  switch (type) {
    case MountType::bind:
      return "bind";
    case MountType::volume:
      return "volume";
    case MountType::tmpfs:
      return "tmpfs";
  }
  return "";
}

std::string clean_path(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(std::move(part));
    }
  }
  std::string result;
  for (const std::string& part : kept) result += '/' + part;
  return result.empty() ? "/" : result;
}

std::string parse_target(std::string_view text) {
  check_target(text);
  return clean_path(text);
}

MountSpec parse_bind(std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  if (text.empty() || parts.size() > 3 || text.find('\0') != std::string_view::npos) {
    bad_spec(text.substr(0, text.find('\0')));
  }
  MountSpec mount;
  if (parts.size() == 1) {  // Volumes of the create body, or VOLUME of the image
    in_context(fmt::format("invalid volume specification: '{}': invalid mount config for type "
                           "\"volume\"",
                           text),
               [&] { check_target(parts[0]); });
    mount.target = clean_path(parts[0]);
    return mount;
  }
  if (parts[0].empty() || parts[1].empty()) bad_spec(text);
  const std::string_view type = parts[0].front() == '/' ? "bind" : "volume";
  in_context(fmt::format("invalid volume specification: '{}'", text), [&] {
    in_context(fmt::format("invalid mount config for type \"{}\"", type),
               [&] { check_target(parts[1]); });
  });
  if (parts[0].front() == '/') {
    mount.type = MountType::bind;
    mount.source = clean_path(parts[0]);
    mount.create_source = true;
  } else {
    check_volume_name(parts[0]);
    mount.source = parts[0];
  }
  mount.target = clean_path(parts[1]);
  if (parts.size() == 3) {
    if (parts[2].empty()) bad_spec(text);
    apply_mode(mount, parts[2]);
  }
  return mount;
}

MountSpec validate_mount(std::string_view type, MountSpec mount) {
  mount.type = parse_type(type);
  if (mount.target.empty()) bad_config(type, "field Target must not be empty");
  in_context(fmt::format("invalid mount config for type \"{}\"", type),
             [&] { check_target(mount.target); });
  switch (mount.type) {
    case MountType::bind:
      validate_bind(mount);
      mount.source = clean_path(mount.source);
      break;
    case MountType::volume:
      validate_volume(mount);
      break;
    case MountType::tmpfs:
      validate_tmpfs(mount);
      break;
  }
  mount.target = clean_path(mount.target);
  return mount;
}

void check_source(const MountSpec& mount) {
  if (mount.type != MountType::bind) return;
  struct stat status {};
  if (::stat(mount.source.c_str(), &status) == 0) return;
  if (errno != ENOENT) {
    const int error = errno;
    throw_errno(error, "invalid mount config for type \"bind\": stat " + mount.source);
  }
  if (!mount.create_source) {
    bad_config("bind", "bind source path does not exist: " + mount.source);
  }
  make_directories(mount.source, 0755);
}

void check_duplicates(const std::vector<MountSpec>& mounts) {
  std::set<std::string_view> targets;
  for (const MountSpec& mount : mounts) {
    if (!targets.insert(mount.target).second) {
      fail(Kind::invalid, "Duplicate mount point: {}", mount.target);
    }
  }
}

}  // namespace mydock::volume
