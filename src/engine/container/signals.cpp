#include "engine/container/signals.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <string>
#include <utility>

namespace mydock::engine {

namespace {

constexpr std::array<std::pair<std::string_view, int>, 35> kNames{{
    {"HUP", SIGHUP},   {"INT", SIGINT},     {"QUIT", SIGQUIT}, {"ILL", SIGILL},
    {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},   {"IOT", SIGIOT},   {"BUS", SIGBUS},
    {"FPE", SIGFPE},   {"KILL", SIGKILL},   {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},
    {"USR2", SIGUSR2}, {"PIPE", SIGPIPE},   {"ALRM", SIGALRM}, {"TERM", SIGTERM},
    {"STKFLT", 16},    {"CHLD", SIGCHLD},   {"CLD", SIGCHLD},  {"CONT", SIGCONT},
    {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},   {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},
    {"URG", SIGURG},   {"XCPU", SIGXCPU},   {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM},
    {"PROF", SIGPROF}, {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"POLL", SIGIO},
    {"PWR", SIGPWR},   {"SYS", SIGSYS},     {"RTMIN", 34},
}};
// What programs see: the C library keeps 32 and 33 for itself.
constexpr int kRealTimeLeast = 34;
constexpr int kRealTimeMost = 64;

std::optional<int> parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> real_time(std::string_view name) {
  if (name == "RTMAX") return kRealTimeMost;
  const bool from_least = name.starts_with("RTMIN+");
  if (!from_least && !name.starts_with("RTMAX-")) return std::nullopt;
  const auto offset = parse_number(name.substr(6));
  if (!offset || *offset < 0 || *offset > kRealTimeMost - kRealTimeLeast) return std::nullopt;
  return from_least ? kRealTimeLeast + *offset : kRealTimeMost - *offset;
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
    const auto number = parse_number(text);
    if (!number || *number < 1 || *number > kRealTimeMost) return std::nullopt;
    return number;
  }
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (const auto& [known, number] : kNames) {
    if (known == name) return number;
  }
  return real_time(name);
}

}  // namespace mydock::engine
