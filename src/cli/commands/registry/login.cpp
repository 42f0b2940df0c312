#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "cli/invocation.h"
#include "cli/registry/credentials.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"password", 'p', FlagType::text, "Password or Personal Access Token (PAT)"},
    {"password-stdin", 0, FlagType::boolean,
     "Take the Password or Personal Access Token (PAT) from stdin"},
    {"username", 'u', FlagType::text, "Username"},
};
constexpr std::size_t kLongestPassword = std::size_t{1} << 20;

// While it lives, the terminal does not show what is typed.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &saved_) != 0) return;
    termios silent = saved_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    active_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
  }

 private:
  termios saved_{};
  bool active_ = false;
};

std::string trimmed_line(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

std::string ask(Console& console, std::string_view question) {
  console.text(question);
  console.flush();
  std::string answer;
  std::getline(std::cin, answer);
  return trimmed_line(answer);
}

void read_password(Invocation& call, api::AuthConfig& auth) {
  const bool by_stdin = call.flags.boolean("password-stdin");
  if (by_stdin && call.flags.has("password")) {
    fail(Kind::invalid, "conflicting options: cannot specify both --password and --password-stdin");
  }
  if (by_stdin && auth.username.empty()) {
    fail(Kind::invalid, "the --password-stdin option requires --username to be set");
  }
  if (call.flags.has("password")) {
    call.console.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
    auth.password = call.flags.text("password");
  }
  if (by_stdin) {
    auth.password = trimmed_line(read_to_end(Fd(::dup(STDIN_FILENO)), kLongestPassword));
  }
}

void ask_for_missing(Invocation& call, api::AuthConfig& auth) {
  if (!auth.username.empty() && !auth.password.empty()) return;
  if (!call.console.in_is_terminal()) {
    fail(Kind::invalid, "Error: Cannot perform an interactive login from a non TTY device");
  }
  if (auth.username.empty()) auth.username = ask(call.console, "Username: ");
  if (auth.username.empty()) fail(Kind::invalid, "Non-null Username Required");
  if (auth.password.empty()) {
    const NoEcho silent;
    auth.password = ask(call.console, "Password: ");
    call.console.line("");
  }
  if (auth.password.empty()) fail(Kind::invalid, "Password Required");
}

// True: what was stored still works.
bool log_in_as_before(Invocation& call, const std::string& key) {
  const api::AuthConfig stored = find_credentials(call.config_folder, key);
  if (stored.username.empty() && stored.identity_token.empty()) return false;
  call.console.err(
      "Authenticating with existing credentials..." +
      (stored.username.empty() ? "" : fmt::format(" [Username: {}]", stored.username)));
  call.console.err(
      "\n Info -> To login with a different account, run 'mydock logout' followed by 'mydock "
      "login'\n\n");
  try {
    const api::AuthAnswer answer = call.api().system().auth(stored);
    call.console.line(answer.status);
    return true;
  } catch (const Error& error) {  // then with others
    if (error.kind() != Kind::unauthorized) throw;
    call.console.err(fmt::format("Login did not succeed, error: {}", error.message()));
    return false;
  }
}

int run(Invocation& call) {
  api::AuthConfig auth;
  auth.server_address = credentials_key(call.args.empty() ? "" : call.args[0]);
  auth.username = call.flags.text("username");
  read_password(call, auth);
  const bool bare = auth.username.empty() && auth.password.empty();
  if (bare && log_in_as_before(call, auth.server_address)) return 0;
  ask_for_missing(call, auth);
  const api::AuthAnswer answer = from_daemon([&] { return call.api().system().auth(auth); });
  if (!answer.identity_token.empty()) {
    auth.password.clear();
    auth.identity_token = answer.identity_token;
  }
  store_credentials(call.config_folder, auth, call.console);
  call.console.line(answer.status);
  return 0;
}

}  // namespace

extern const Command kLogin;
constinit const Command kLogin{
    .name = "login",
    .forms = "login",
    .arguments = "[OPTIONS] [SERVER]",
    .summary = "Authenticate to a registry",
    .flags = kFlags,
    .least = 0,
    .most = 1,
    .run = run,
    .description =
        "Authenticate to a registry.\nDefaults to Docker Hub if no server is specified."};

}  // namespace mydock::cli
