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
  return true;
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
