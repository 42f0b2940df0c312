#include "engine/container/config/environment.h"

#include <algorithm>

namespace mydock::engine {

namespace {

auto find_key(api::Strings& list, std::string_view key) {
  return std::find_if(list.begin(), list.end(),
                      [&](const std::string& entry) { return env_key(entry) == key; });
}

}  // namespace

std::string_view env_key(std::string_view entry) { return entry.substr(0, entry.find('=')); }

api::Strings merge_env(const api::Strings& request, const api::Strings& image) {
  api::Strings merged = request;
  for (const std::string& entry : image) {
    if (find_key(merged, env_key(entry)) == merged.end()) merged.push_back(entry);
  }
  return merged;
}

api::Strings override_env(api::Strings base, const api::Strings& changes) {
  for (const std::string& change : changes) {
    const auto place = find_key(base, env_key(change));
    if (change.find('=') == std::string::npos) {
      if (place != base.end()) base.erase(place);
    } else if (place != base.end()) {
      *place = change;
    } else {
      base.push_back(change);
    }
  }
  return base;
}

api::Strings process_env(const api::Strings& configured, std::string_view hostname, bool terminal,
                         const api::Strings& links) {
  api::Strings base{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "HOSTNAME=" + std::string(hostname)};
  if (terminal) base.emplace_back("TERM=xterm");
  base.insert(base.end(), links.begin(), links.end());
  return override_env(std::move(base), configured);
}

}  // namespace mydock::engine
