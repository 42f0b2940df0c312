#include "cli/registry/credential_helper.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/process.h"

namespace mydock::cli {

namespace {

constexpr std::size_t kLargestAnswer = std::size_t{1} << 20;
constexpr std::string_view kNone = "credentials not found in native keychain";
constexpr std::string_view kTokenUser = "<token>";  // then the secret is an identity token

struct HelperEntry {
  std::string server, username, secret;
};
template <class V>
void fields(V& v, Of<HelperEntry> auto& s) {
  v("ServerURL", s.server);
  v("Username", s.username);
  v("Secret", s.secret);
}

fs::path find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (std::string_view rest = path != nullptr ? path : ""; !rest.empty();) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path program = fs::path(rest.substr(0, colon)) / name;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    if (program.is_absolute() && ::access(program.c_str(), X_OK) == 0) return program;
  }
  fail(Kind::system,
       "error getting credentials - err: exec: \"{}\": executable file not found in $PATH, out: ``",
       name);
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

CredentialHelper::Answer CredentialHelper::run(const std::string& verb,
                                               const std::string& input) const {
  // It names a program: nothing that leads elsewhere.
  if (name_.find('/') != name_.npos)
    fail(Kind::invalid, "credential helper \"{}\": bad name", name_);
  SpawnSpec spec;
  spec.program = find_program("docker-credential-" + name_);
  spec.args = {verb};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    spec.environment.emplace_back(*variable);
  }
  auto [in_read, in_write] = make_pipe();
  auto [out_read, out_write] = make_pipe();
  spec.fds = {{in_read.get(), STDIN_FILENO},
              {out_write.get(), STDOUT_FILENO},
              {STDERR_FILENO, STDERR_FILENO}};
  const Process process = Process::spawn(spec);
  in_read.reset();
  out_write.reset();
  try {
    write_all(in_write, input);
  } catch (const Error& error) {
    if (error.error_number() != EPIPE) throw;  // it needs no input to say what it says
  }
  in_write.reset();
  Answer answer;
  answer.text = read_to_end(out_read, kLargestAnswer);
  answer.code = process.wait({}).value_or(ExitStatus{1}).code;
  return answer;
}

std::optional<api::AuthConfig> CredentialHelper::find(const std::string& server) const {
  const Answer answer = run("get", server);
  if (answer.code != 0) {
    const std::string said = trimmed(answer.text);
    if (said == kNone) return std::nullopt;
    fail(Kind::system, "error getting credentials - err: exit status {}, out: `{}`", answer.code,
         said);
  }
  const auto entry = from_json<HelperEntry>(answer.text);
  api::AuthConfig auth;
  auth.server_address = server;
  if (entry.username == kTokenUser) {
    auth.identity_token = entry.secret;
  } else {
    auth.username = entry.username;
    auth.password = entry.secret;
  }
  return auth;
}

void CredentialHelper::store(const api::AuthConfig& auth) const {
  HelperEntry entry{auth.server_address, auth.username, auth.password};
  if (!auth.identity_token.empty()) {
    entry.username = kTokenUser;
    entry.secret = auth.identity_token;
  }
  const Answer answer = run("store", to_json(entry));
  if (answer.code != 0) {
    fail(Kind::system,
         "error saving credentials: error storing credentials - err: exit status {}, out: `{}`",
         answer.code, trimmed(answer.text));
  }
}

void CredentialHelper::erase(const std::string& server) const {
  const Answer answer = run("erase", server);
  if (answer.code != 0 && trimmed(answer.text) != kNone) {
    fail(Kind::system, "error erasing credentials - err: exit status {}, out: `{}`", answer.code,
         trimmed(answer.text));
  }
}

}  // namespace mydock::cli
