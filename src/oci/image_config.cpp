#include "oci/image_config.h"

#include "base/error.h"
#include "oci/manifest.h"

namespace mydock::oci {

namespace {

void refuse_nul(std::string_view text, std::string_view where) {
  if (text.find('\0') != std::string_view::npos) {
    fail(Kind::invalid, "the image's {} holds a NUL byte", where);
  }
}

void refuse_nul(const std::vector<std::string>& list, std::string_view where) {
  for (const std::string& text : list) refuse_nul(text, where);
}

template <class T>
void refuse_nul(const std::map<std::string, T>& map, std::string_view where) {
  for (const auto& [key, value] : map) refuse_nul(key, where);
}

void check_strings(const ExecutionConfig& config) {
  refuse_nul(config.user, "User");
  refuse_nul(config.working_dir, "WorkingDir");
  refuse_nul(config.stop_signal, "StopSignal");
  refuse_nul(config.env, "Env");
  refuse_nul(config.entrypoint, "Entrypoint");
  refuse_nul(config.cmd, "Cmd");
  refuse_nul(config.shell, "Shell");
  refuse_nul(config.volumes, "Volumes");
  refuse_nul(config.exposed_ports, "ExposedPorts");
  if (config.healthcheck) refuse_nul(config.healthcheck->test, "Healthcheck");
}

}  // namespace

ImageConfig parse_image_config(std::string_view text) {
  if (text.size() > kLargestDocument) {
    fail(Kind::invalid, "the image configuration is larger than {} bytes", kLargestDocument);
  }
  auto config = in_context("image configuration", [&] { return from_json<ImageConfig>(text); });
  if (config.os.empty()) config.os = "linux";
  if (config.architecture.empty()) fail(Kind::invalid, "the image names no architecture");
  if (config.rootfs.type != "layers") {
    fail(Kind::invalid, "the image's rootfs type {} is unknown", json_quote(config.rootfs.type));
  }
  if (config.rootfs.diff_ids.size() > kMostLayers) {
    fail(Kind::invalid, "the image has {} layers: at most {} are possible",
         config.rootfs.diff_ids.size(), kMostLayers);
  }
  for (const DiffId& id : config.rootfs.diff_ids) {
    if (id.digest.empty()) fail(Kind::invalid, "the image has an empty diff_id");
  }
  check_strings(config.config);
  return config;
}

}  // namespace mydock::oci
