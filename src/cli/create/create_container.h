#pragma once

#include <string>

#include "cli/create/create_request.h"
#include "cli/invocation.h"

namespace mydock::cli {

// POST /containers/create; pulls the image first, or when the daemon does not have it, as
// `request.pull` says. Writes warnings to standard error, and the id file. Returns the id.
std::string create_container(Invocation& call, const CreateRequest& request);

// Pulls and shows the progress on standard error, or on standard output.
enum class PullOutput { to_stdout, to_stderr, quiet };
void pull_image(Invocation& call, const std::string& reference, const std::string& platform,
                PullOutput output);

// Runs what run and create say before and while they create; an Error becomes docker's message
// for the command, with this exit code.
template <class F>
auto with_run_hint(const Invocation& call, int code, F&& body) {
  try {
    return std::forward<F>(body)();
  } catch (const ExitError&) {
    throw;
  } catch (const Error& error) {
    throw ExitError(code, fmt::format("mydock: {}\n\nRun 'mydock {} --help' for more information",
                                      error.message(), call.name));
  }
}

// 127: the program is not there; 126: it cannot be run; 125: all else.
int start_exit_code(std::string_view message);

}  // namespace mydock::cli
