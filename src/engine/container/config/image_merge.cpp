#include "engine/container/config/image_merge.h"

#include "base/error.h"
#include "engine/container/config/environment.h"
#include "engine/container/record.h"

namespace mydock::engine {

namespace {

void take_if_empty(std::string& mine, const std::string& image) {
  if (mine.empty()) mine = image;
}

bool is_empty(const std::optional<api::Strings>& words) { return !words || words->empty(); }

void merge_command(api::ContainerConfig& config, const api::ImageRunConfig& image) {
  if (!is_empty(config.entrypoint)) return;  // then the image's command is not used either
  if (is_empty(config.cmd) && !image.cmd.empty()) {
    config.cmd = image.cmd;
    config.args_escaped = image.args_escaped;
  }
  // [] says "none", null says "the image's".
  if (!config.entrypoint && !image.entrypoint.empty()) config.entrypoint = image.entrypoint;
}

void merge_healthcheck(api::ContainerConfig& config, const api::ImageRunConfig& image) {
  if (!image.healthcheck) return;
  if (!config.healthcheck) {
    config.healthcheck = image.healthcheck;
    return;
  }
  api::Healthcheck& mine = *config.healthcheck;
  const api::Healthcheck& base = *image.healthcheck;
  if (mine.test.empty()) mine.test = base.test;
  if (mine.interval == 0) mine.interval = base.interval;
  if (mine.timeout == 0) mine.timeout = base.timeout;
  if (mine.start_period == 0) mine.start_period = base.start_period;
  if (mine.start_interval == 0) mine.start_interval = base.start_interval;
  if (mine.retries == 0) mine.retries = base.retries;
}

}  // namespace

void merge_config(api::ContainerConfig& config, const api::ImageRunConfig& image) {
  take_if_empty(config.user, image.user);
  take_if_empty(config.working_dir, image.working_dir);
  take_if_empty(config.stop_signal, image.stop_signal);
  if (config.env || !image.env.empty()) {
    config.env = merge_env(config.env.value_or(api::Strings{}), image.env);
  }
  config.exposed_ports.insert(image.exposed_ports.begin(), image.exposed_ports.end());
  config.labels.insert(image.labels.begin(), image.labels.end());
  if (config.volumes && config.volumes->empty()) config.volumes.reset();
  if (!image.volumes.empty()) {
    if (!config.volumes) config.volumes.emplace();
    config.volumes->insert(image.volumes.begin(), image.volumes.end());
  }
  merge_command(config, image);
  // [""] is how clients say "none" where [] would be lost.
  if (config.entrypoint == api::Strings{""}) config.entrypoint.reset();
  merge_healthcheck(config, image);
}

void merge_image(api::ContainerConfig& config, const api::ImageRunConfig& image) {
  merge_config(config, image);
  if (command_line(config).empty()) fail(Kind::invalid, "no command specified");
}

}  // namespace mydock::engine
