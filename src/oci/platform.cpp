#include "oci/platform.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace mydock::oci {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

struct Alias {
  std::string_view name, architecture, variant;
};
constexpr std::array kAliases{
    Alias{"x86_64", "amd64", ""},  Alias{"x86-64", "amd64", ""}, Alias{"i386", "386", ""},
    Alias{"i486", "386", ""},      Alias{"i586", "386", ""},     Alias{"i686", "386", ""},
    Alias{"aarch64", "arm64", ""}, Alias{"armhf", "arm", "v7"},  Alias{"armel", "arm", "v6"},
    Alias{"armv7l", "arm", "v7"},  Alias{"armv6l", "arm", "v6"},
};
constexpr std::array<std::string_view, 14> kArchitectures{
    "386",      "amd64",  "arm",     "arm64", "loong64", "mips",  "mips64",
    "mips64le", "mipsle", "ppc64le", "ppc64", "riscv64", "s390x", "wasm"};
constexpr std::array<std::string_view, 5> kSystems{"linux", "windows", "darwin", "freebsd",
                                                   "wasip1"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string cpu_variant() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const auto all = [](auto... has) { return (... && (has != 0)); };
  if (!all(__builtin_cpu_supports("sse4.2"), __builtin_cpu_supports("popcnt"))) return "";
  if (!all(__builtin_cpu_supports("avx2"), __builtin_cpu_supports("bmi"),
           __builtin_cpu_supports("bmi2"), __builtin_cpu_supports("fma"))) {
    return "v2";
  }
  if (!all(__builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512bw"),
           __builtin_cpu_supports("avx512cd"), __builtin_cpu_supports("avx512dq"),
           __builtin_cpu_supports("avx512vl"))) {
    return "v3";
  }
  return "v4";
#else
  return "";
#endif
}

// Of "v7", "v8.2": 7, 8. What a platform without a variant means depends on its architecture.
int variant_number(const Platform& platform) {
  if (platform.variant.size() >= 2 && platform.variant[0] == 'v') {
    int number = 0;
    for (const char c : platform.variant.substr(1, 2)) {
      if (c < '0' || c > '9') break;
      number = number * 10 + (c - '0');
    }
    return number;
  }
  if (platform.architecture == "arm64") return 8;
  if (platform.architecture == "arm") return 7;
  return 1;
}

}  // namespace

Platform normalized(Platform platform) {
  platform.os = lower(platform.os);
  if (platform.os == "macos") platform.os = "darwin";
  platform.architecture = lower(platform.architecture);
  platform.variant = lower(platform.variant);
  for (const Alias& alias : kAliases) {
    if (platform.architecture != alias.name) continue;
    platform.architecture = alias.architecture;
    if (platform.variant.empty()) platform.variant = alias.variant;
    break;
  }
  if (platform.variant.size() == 1 && platform.variant[0] >= '0' && platform.variant[0] <= '9') {
    platform.variant.insert(0, "v");
  }
  const std::string& architecture = platform.architecture;
  if (architecture == "arm64" && platform.variant == "v8") platform.variant.clear();
  if (architecture == "amd64" && platform.variant == "v1") platform.variant.clear();
  if (architecture == "arm" && platform.variant.empty()) platform.variant = "v7";
  return platform;
}

Platform host_platform() {
  struct utsname names {};
  check(::uname(&names), "uname");
  Platform platform{.os = "linux",
                    .architecture = names.machine,
                    .variant = cpu_variant(),
                    .os_version = {},
                    .os_features = {}};
  return normalized(std::move(platform));
}

Platform parse_platform(std::string_view text) {
  std::array<std::string, 3> parts;
  std::size_t count = 0;
  for (std::string_view rest = text;;) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-' || c == '.';
    };
    if (count == parts.size() || part.empty() || !std::all_of(part.begin(), part.end(), allowed)) {
      fail(Kind::invalid, "{}: invalid platform", json_quote(text));
    }
    parts[count++] = std::string(part);
    if (slash == rest.size()) break;
    rest.remove_prefix(slash + 1);
  }
  const Platform host = host_platform();
  Platform platform{};
  if (count > 1) {
    platform = {parts[0], parts[1], parts[2], {}, {}};
  } else if (contains(kSystems, lower(parts[0])) || lower(parts[0]) == "macos") {
    platform = {parts[0], host.architecture, host.variant, {}, {}};
  } else {
    platform = {host.os, parts[0], "", {}, {}};
  }
  platform = normalized(std::move(platform));
  if (count == 1 && !contains(kArchitectures, platform.architecture)) {
    fail(Kind::invalid, "{}: unknown operating system or architecture", json_quote(text));
  }
  return platform;
}

std::string to_string(const Platform& platform) {
  std::string text = platform.os + "/" + platform.architecture;
  if (!platform.variant.empty()) text += "/" + platform.variant;
  return text;
}

bool runs(const Platform& wanted, const Platform& offered) {
  const Platform machine = normalized(wanted);
  const Platform built = normalized(offered);
  return machine.os == built.os && machine.architecture == built.architecture &&
         variant_number(built) <= variant_number(machine);
}

std::optional<std::size_t> choose(const Platform& wanted,
                                  std::span<const std::optional<Platform>> offered) {
  std::optional<std::size_t> best;
  int best_rank = -1;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    int rank = 0;  // of an entry that does not say
    if (offered[i]) {
      if (!runs(wanted, *offered[i])) continue;
      rank = 1 + variant_number(normalized(*offered[i]));
    }
    if (rank > best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace mydock::oci
