#include "engine/image/convert.h"

namespace mydock::engine {

namespace {

api::Healthcheck to_api(const oci::Healthcheck& check) {
  return {.test = check.test,
          .interval = check.interval,
          .timeout = check.timeout,
          .start_period = check.start_period,
          .start_interval = check.start_interval,
          .retries = check.retries};
}

}  // namespace

api::ImageRunConfig to_api(const oci::ExecutionConfig& config) {
  api::ImageRunConfig result;
  result.user = config.user;
  result.exposed_ports = config.exposed_ports;
  result.env = config.env;
  result.entrypoint = config.entrypoint;
  result.cmd = config.cmd;
  result.volumes = config.volumes;
  result.working_dir = config.working_dir;
  result.labels = config.labels;
  result.stop_signal = config.stop_signal;
  result.args_escaped = config.args_escaped;
  if (config.healthcheck) result.healthcheck = to_api(*config.healthcheck);
  result.on_build = config.on_build;
  result.shell = config.shell;
  return result;
}

}  // namespace mydock::engine
