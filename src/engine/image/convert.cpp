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

oci::Healthcheck to_oci(const api::Healthcheck& check) {
  return {.test = check.test,
          .interval = check.interval,
          .timeout = check.timeout,
          .start_period = check.start_period,
          .start_interval = check.start_interval,
          .retries = check.retries};
}

template <class T>
std::optional<T> unless_empty(const T& value) {
  return value.empty() ? std::nullopt : std::optional<T>(value);
}

}  // namespace

oci::ExecutionConfig to_oci(const api::ImageRunConfig& config) {
  oci::ExecutionConfig result;
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
  if (config.healthcheck) result.healthcheck = to_oci(*config.healthcheck);
  result.on_build = config.on_build;
  result.shell = config.shell;
  return result;
}

api::ImageRunConfig run_config(const api::ContainerConfig& config) {
  api::ImageRunConfig result;
  result.user = config.user;
  result.exposed_ports = config.exposed_ports;
  result.env = config.env.value_or(api::Strings{});
  result.entrypoint = config.entrypoint.value_or(api::Strings{});
  result.cmd = config.cmd.value_or(api::Strings{});
  result.volumes = config.volumes.value_or(api::StringSet{});
  result.working_dir = config.working_dir;
  result.labels = config.labels;
  result.stop_signal = config.stop_signal;
  result.args_escaped = config.args_escaped;
  result.healthcheck = config.healthcheck;
  if (config.on_build) result.on_build = config.on_build->value_or(api::Strings{});
  result.shell = config.shell;
  return result;
}

void take_run_config(api::ContainerConfig& config, const api::ImageRunConfig& from) {
  config.user = from.user;
  config.exposed_ports = from.exposed_ports;
  config.env = unless_empty(from.env);
  config.entrypoint = unless_empty(from.entrypoint);
  config.cmd = unless_empty(from.cmd);
  config.volumes = unless_empty(from.volumes);
  config.working_dir = from.working_dir;
  config.labels = from.labels;
  config.stop_signal = from.stop_signal;
  config.args_escaped = from.args_escaped;
  config.healthcheck = from.healthcheck;
  config.shell = from.shell;
}

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
