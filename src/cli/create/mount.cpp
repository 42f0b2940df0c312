#include <sys/stat.h>

#include <array>
#include <charconv>
#include <filesystem>

#include "api/units.h"
#include "base/error.h"
#include "cli/create/values.h"

namespace mydock::cli {

namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

// What a field of --mount does; `value` is empty for a bare word such as "readonly".
class MountReader {
 public:
  api::Mount read(std::string_view text) {
    mount_.type = "volume";
    for (const std::string& field : split_csv(text)) {
      const auto equals = field.find('=');
      const auto [key, value] = split_pair(field);
      field_ = field;
      take(lower(key), value, equals != std::string::npos);
    }
    finish();
    return std::move(mount_);
  }

 private:
  void take(const std::string& key, const std::string& value, bool has_value) {
    if (take_flag(key, value, has_value)) return;
    if (!has_value) fail(Kind::invalid, "invalid field '{}' must be a key=value pair", field_);
    if (take_common(key, value) || take_bind(key, value) || take_volume(key, value) ||
        take_others(key, value)) {
      return;
    }
    fail(Kind::invalid, "unexpected key '{}' in '{}'", key, field_);
  }

  bool boolean(const std::string& key, const std::string& value, bool has_value) {
    if (!has_value) return true;
    const auto parsed = parse_bool(value);
    if (!parsed) fail(Kind::invalid, "invalid value for {}: {}", key, value);
    return *parsed;
  }

  bool take_flag(const std::string& key, const std::string& value, bool has_value) {
    if (key == "readonly" || key == "ro") {
      mount_.read_only = boolean(key, value, has_value);
    } else if (key == "volume-nocopy") {
      volume().no_copy = boolean(key, value, has_value);
    } else if (key == "bind-nonrecursive") {
      bind().non_recursive = boolean(key, value, has_value);
    } else {
      return false;
    }
    return true;
  }

  bool take_common(const std::string& key, const std::string& value) {
    if (key == "type") {
      mount_.type = lower(value);
    } else if (key == "source" || key == "src") {
      mount_.source = value;
      // docker completes ".", "./x" and "../x" for people's comfort.
      if (value == "." || value == ".." || value.starts_with("./") || value.starts_with("../")) {
        mount_.source = std::filesystem::absolute(value).lexically_normal().string();
      }
    } else if (key == "target" || key == "dst" || key == "destination") {
      mount_.target = value;
    } else if (key == "consistency") {
      mount_.consistency = lower(value);
    } else {
      return false;
    }
    return true;
  }

  bool take_bind(const std::string& key, const std::string& value) {
    if (key == "bind-propagation") {
      bind().propagation = lower(value);
    } else if (key == "bind-recursive") {
      recursive_ = value;
      if (value == "disabled")
        bind().non_recursive = true;
      else if (value == "writable")
        bind().read_only_non_recursive = true;
      else if (value == "readonly")
        bind().read_only_force_recursive = true;
      else if (value != "enabled") {
        fail(Kind::invalid,
             "invalid value for {}: {} (must be \"enabled\", \"disabled\", \"writable\", or "
             "\"readonly\")",
             key, value);
      }
    } else {
      return false;
    }
    return true;
  }

  bool take_volume(const std::string& key, const std::string& value) {
    if (key == "volume-label") {
      volume().labels.insert(split_pair(value));
    } else if (key == "volume-driver") {
      driver().name = value;
    } else if (key == "volume-opt") {
      driver().options.insert(split_pair(value));
    } else if (key == "volume-subpath") {
      volume().subpath = value;
    } else {
      return false;
    }
    return true;
  }

  bool take_others(const std::string& key, const std::string& value) {
    if (key == "image-subpath") {
      mount_.image_options.emplace().subpath = value;
    } else if (key == "tmpfs-size") {
      const auto size = api::parse_size(value);
      if (!size) fail(Kind::invalid, "invalid value for {}: {}", key, value);
      tmpfs().size_bytes = *size;
    } else if (key == "tmpfs-mode") {
      std::uint32_t mode = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
      if (error != std::errc{} || end != value.data() + value.size()) {
        fail(Kind::invalid, "invalid value for {}: {}", key, value);
      }
      tmpfs().mode = mode;
    } else {
      return false;
    }
    return true;
  }

  void finish() const {
    if (mount_.type.empty()) fail(Kind::invalid, "type is required");
    if (mount_.target.empty()) fail(Kind::invalid, "target is required");
    const auto mixed = [&](std::string_view options) {
      fail(Kind::invalid, "cannot mix '{}-*' options with mount type '{}'", options, mount_.type);
    };
    if (mount_.bind_options && mount_.type != "bind") mixed("bind");
    if (mount_.volume_options && mount_.type != "volume") mixed("volume");
    if (mount_.image_options && mount_.type != "image") mixed("image");
    if (mount_.tmpfs_options && mount_.type != "tmpfs") mixed("tmpfs");
    if (recursive_ == "readonly" || recursive_ == "writable") {
      if (!mount_.read_only) {
        fail(Kind::invalid,
             "option 'bind-recursive={}' requires 'readonly' to be specified in conjunction",
             recursive_);
      }
      if (recursive_ == "readonly" && mount_.bind_options->propagation != "rprivate") {
        fail(Kind::invalid,
             "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be "
             "specified in conjunction");
      }
    }
  }

  api::BindOptions& bind() { return ensure(mount_.bind_options); }
  api::VolumeOptions& volume() { return ensure(mount_.volume_options); }
  api::TmpfsOptions& tmpfs() { return ensure(mount_.tmpfs_options); }
  api::VolumeDriverConfig& driver() { return ensure(volume().driver_config); }
  template <class T>
  static T& ensure(std::optional<T>& value) {
    return value ? *value : value.emplace();
  }

  api::Mount mount_;
  std::string field_;
  std::string recursive_;
};

}  // namespace

api::Mount parse_mount(std::string_view text) { return MountReader().read(text); }

}  // namespace mydock::cli
