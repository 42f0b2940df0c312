#include "engine/exec/exec.h"

namespace mydock::engine {

bool Exec::finish(int code) {
  {
    Lock lock(mutex);
    if (phase == ExecPhase::finished) return false;
    phase = ExecPhase::finished;
    exit_code = code;
    ended = std::chrono::steady_clock::now();
  }
  changed.notify_all();
  if (on_end) on_end(code);
  return true;
}

Events::Keep keep_of(const Exec& exec) {
  return exec.on_end ? Events::Keep::passing : Events::Keep::stored;
}

std::string command_text(const Exec& exec) {
  std::string text;
  for (const std::string& word : exec.config.cmd.value_or(api::Strings{})) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

}  // namespace mydock::engine
