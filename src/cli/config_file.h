#pragma once

#include <string>

#include "base/fd.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/terminal/console.h"

namespace mydock::cli {

// What of docker's own config.json counts here; currentContext does not, since mydock has a daemon
// of its own.
struct ConfigFile {
  std::string detach_keys;
  std::string ps_format;
  std::string images_format;
  std::string networks_format;
  std::string volumes_format;
  std::string stats_format;
};
template <class V>
void fields(V& v, Of<ConfigFile> auto& c) {
  v.omit_empty("detachKeys", c.detach_keys);
  v.omit_empty("psFormat", c.ps_format);
  v.omit_empty("imagesFormat", c.images_format);
  v.omit_empty("networksFormat", c.networks_format);
  v.omit_empty("volumesFormat", c.volumes_format);
  v.omit_empty("statsFormat", c.stats_format);
}

// --config, DOCKER_CONFIG, or ~/.docker.
fs::path config_directory(const Flags& top);
// No file is an empty one; one that cannot be read is warned of.
ConfigFile load_config_file(const Flags& top, Console& console);
// Gives `flags` what the file says and the command line does not.
void apply_config(const ConfigFile& config, const Command& command, Flags& flags);

}  // namespace mydock::cli
