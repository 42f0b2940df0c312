#include "engine/container/record.h"

namespace mydock::engine {

std::string_view shown_state(const Record& record) {
  const Status& status = record.status;
  if (status.state != State::starting) return to_text(status.state);
  if (status.restart_count > 0) return to_text(State::restarting);
  return to_text(status.started == Time{} ? State::created : State::exited);
}

api::Strings command_line(const api::ContainerConfig& config) {
  api::Strings words = config.entrypoint.value_or(api::Strings{});
  // [""] is Docker's way to say "no entrypoint at all".
  if (words.size() == 1 && words.front().empty()) words.clear();
  if (config.cmd) words.insert(words.end(), config.cmd->begin(), config.cmd->end());
  return words;
}

api::StringMap event_attributes(const Record& record) {
  api::StringMap attributes = record.config().labels;
  attributes["image"] = record.config().image;
  attributes["name"] = record.name;
  return attributes;
}

}  // namespace mydock::engine
