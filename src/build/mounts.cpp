#include "build/mounts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "build/words.h"

namespace mydock::build {

namespace {

// One line of CSV.
std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

template <class T>
T number(std::string_view key, std::string_view value, int base) {
  T result = 0;
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), result, base);
  if (error != std::errc() || end != value.data() + value.size()) {
    fail(Kind::invalid, "invalid value {} for {}", value, key);
  }
  return result;
}

std::int64_t size_of(std::string_view key, std::string_view value) {
  std::int64_t factor = 1;
  if (value.ends_with('b') || value.ends_with('B')) value.remove_suffix(1);
  constexpr std::string_view kUnits = "kmgt";
  if (!value.empty()) {
    const auto unit = kUnits.find(lower(value.substr(value.size() - 1)));
    if (unit != std::string_view::npos) {
      factor = std::int64_t{1} << (10 * (unit + 1));
      value.remove_suffix(1);
    }
  }
  const auto count = number<std::int64_t>(key, value, 10);
  if (count < 0 || count > INT64_MAX / factor) {
    fail(Kind::invalid, "invalid value {} for {}", value, key);
  }
  return count * factor;
}

bool boolean(std::string_view key, std::string_view value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  fail(Kind::invalid, "invalid value for {}: {}", key, value);
}

struct Reader {
  MountFlag mount;
  std::string type = "bind";
  std::optional<bool> read_only;
  std::string_view field;  // the one at hand, for errors

  void only_for(std::string_view key, std::initializer_list<std::string_view> types) const {
    if (std::ranges::find(types, type) == types.end()) {
      fail(Kind::invalid, "unexpected key '{}' for mount type '{}'", key, type);
    }
  }

  void read_type(const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, MountFlag::Type>, 4> kTypes = {
        {{"bind", MountFlag::Type::bind},
         {"cache", MountFlag::Type::cache},
         {"tmpfs", MountFlag::Type::tmpfs},
         {"secret", MountFlag::Type::secret}}};
    type = lower(value);
    if (type == "ssh") {
      fail(Kind::not_implemented, "--mount=type=ssh is not implemented yet");
    }
    for (const auto& [name, kind] : kTypes) {
      if (name != type) continue;
      mount.type = kind;
      return;
    }
    fail(Kind::invalid, "unsupported mount type \"{}\"", value);
  }

  bool read_flag(const std::string& key, std::string_view value) {
    if (key == "ro" || key == "readonly") {
      read_only = value.empty() || boolean(key, value);
    } else if (key == "rw" || key == "readwrite") {
      only_for(key, {"bind", "cache"});
      read_only = !(value.empty() || boolean(key, value));
    } else if (key == "required") {
      only_for(key, {"secret"});
      mount.required = value.empty() || boolean(key, value);
    } else {
      return false;
    }
    return true;
  }

  void read_value(const std::string& key, const std::string& value) {
    if (key == "target" || key == "dst" || key == "destination") {
      mount.target = value;
    } else if (key == "source" || key == "src") {
      (type == "secret" ? mount.id : mount.source) = value;
    } else if (key == "from") {
      only_for(key, {"bind", "cache"});
      mount.from = value;
    } else if (key == "id") {
      only_for(key, {"cache", "secret"});
      mount.id = value;
    } else if (key == "env") {
      only_for(key, {"secret"});
      mount.env = value;
    } else if (key == "sharing") {
      only_for(key, {"cache"});
      if (value != "shared" && value != "private" && value != "locked") {
        fail(Kind::invalid, "unsupported sharing value \"{}\"", value);
      }
      mount.sharing = value;
    } else if (key == "mode") {
      if (type != "cache" && type != "secret") {
        fail(Kind::invalid, "mode not allowed for \"{}\" type mounts", type);
      }
      mount.mode = number<mode_t>(key, value, 8) & 07777;
    } else if (key == "uid" || key == "gid") {
      if (type != "cache" && type != "secret") {
        fail(Kind::invalid, "{} not allowed for \"{}\" type mounts", key, type);
      }
      (key == "uid" ? mount.uid : mount.gid) = number<std::uint32_t>(key, value, 10);
    } else if (key == "size") {
      only_for(key, {"tmpfs"});
      mount.size = size_of(key, value);
    } else {
      fail(Kind::invalid, "unexpected key '{}' in '{}'", key, field);
    }
  }
};

std::string clean_target(const std::string& target, std::string_view workdir) {
  const auto base = std::filesystem::path(workdir.empty() ? "/" : workdir);
  std::string path = (base / target).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path == "/") fail(Kind::invalid, "invalid mount target \"{}\"", target);
  return path;
}

void finish(Reader& reader, std::string_view workdir) {
  MountFlag& mount = reader.mount;
  mount.read_only = reader.read_only.value_or(mount.type == MountFlag::Type::bind);
  if (mount.type == MountFlag::Type::secret) {
    if (mount.id.empty()) {
      if (mount.target.empty())
        fail(Kind::invalid, "invalid secret mount. one of source, target required");
      mount.id = std::filesystem::path(mount.target).filename().string();
    }
    if (mount.target.empty() && mount.env.empty()) mount.target = "/run/secrets/" + mount.id;
  }
  if (!mount.target.empty()) mount.target = clean_target(mount.target, workdir);
  if (mount.target.empty() && mount.env.empty()) fail(Kind::invalid, "target is required");
  if (mount.type == MountFlag::Type::cache && mount.id.empty()) mount.id = mount.target;
}

}  // namespace

MountFlag parse_mount(std::string_view text, std::string_view workdir, const Variables& variables,
                      char escape) {
  Reader reader;
  const std::vector<std::string> fields = fields_of(text);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& field : fields) {
    const auto equals = field.find('=');
    pairs.emplace_back(lower(field.substr(0, equals)),
                       equals == std::string::npos ? std::string() : field.substr(equals + 1));
    if (pairs.back().first == "type") reader.read_type(pairs.back().second);
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto [key, value] = pairs[i];
    if (key == "type") continue;
    reader.field = fields[i];
    if (key == "from" && value.find('$') != std::string::npos) {
      fail(Kind::invalid, "'from' doesn't support variable expansion, define alias stage instead");
    }
    value = expand(value, variables, escape);
    if (reader.read_flag(key, value)) continue;
    if (fields[i].find('=') == std::string::npos) {
      fail(Kind::invalid, "invalid field '{}' must be a key=value pair", fields[i]);
    }
    reader.read_value(key, value);
  }
  finish(reader, workdir);
  return std::move(reader.mount);
}

}  // namespace mydock::build
