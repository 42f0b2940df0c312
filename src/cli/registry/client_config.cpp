#include "cli/registry/client_config.h"

#include "base/error.h"
#include "base/file.h"

namespace mydock::cli {

ClientConfig ClientConfig::load(const fs::path& folder) {
  ClientConfig config;
  config.path_ = folder / "config.json";
  const auto text = find_file(config.path_, std::size_t{4} << 20);
  if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos) return config;
  in_context(config.path_.string(), [&] {
    const JsonDocument document(*text);
    document.root().members([&](const std::string& key, const JsonReader& value) {
      if (key == "auths") {
        value.read(config.auths);
      } else if (key == "credsStore") {
        value.read(config.store);
      } else if (key == "credHelpers") {
        value.read(config.helpers);
      } else {
        config.others_[key] = value.dump();
      }
    });
  });
  return config;
}

void ClientConfig::save() const {
  std::map<std::string, RawJson> members;
  for (const auto& [key, json] : others_) members[key] = RawJson{json};
  members["auths"] = RawJson{to_json(auths)};
  if (!store.empty()) members["credsStore"] = RawJson{to_json(store)};
  if (!helpers.empty()) members["credHelpers"] = RawJson{to_json(helpers)};
  std::error_code none;
  const fs::path real = fs::is_symlink(path_, none) ? fs::canonical(path_) : path_;
  make_directories(real.parent_path(), 0700);
  write_file_atomically(real, to_json(members) + "\n", 0600);
}

}  // namespace mydock::cli
