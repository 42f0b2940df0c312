#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "engine/container/lifecycle/start.h"

namespace mydock::engine {

namespace {

constexpr int kNotInvokable = 126;
constexpr int kNotFound = 127;
constexpr int kOther = 128;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Go writes "no such file or directory" where libc writes "No such file or directory", and clients
// compare with regard to case.
std::string with_go_errno(const Error& error) {
  std::string message = error.message();
  if (error.error_number() == 0) return message;
  const std::string ours = ::strerror(error.error_number());
  if (const std::size_t at = message.rfind(ours); at != std::string::npos) {
    message.replace(at, ours.size(), lower(ours));
  }
  return message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

StartFailure classify(std::string message, const Error& error) {
  const std::string text = lower(message);
  if (contains(text, "executable file not found") || contains(text, "no such file or directory")) {
    return {Error(Kind::invalid, std::move(message), error.error_number()), kNotFound};
  }
  if (contains(text, "permission denied")) {
    return {Error(Kind::invalid, std::move(message), error.error_number()), kNotInvokable};
  }
  if (contains(text, "is a directory")) {
    message += ": permission denied";
    return {Error(Kind::invalid, std::move(message), error.error_number()), kNotInvokable};
  }
  if (contains(text, "not a directory")) {
    message +=
        ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified "
        "host path exists and is the expected type";
    return {Error(Kind::invalid, std::move(message), error.error_number()), kNotFound};
  }
  return {Error(error.kind() == Kind::invalid ? Kind::invalid : Kind::system, std::move(message),
                error.error_number()),
          kOther};
}

}  // namespace

StartFailure translate_start_error(const Error& error) {
  // Docker's daemon looks the user up itself, so these stand alone.
  if (error.message().starts_with("unable to find ")) return {error, kOther};
  if (error.message().starts_with("failed to initialize logging driver")) {
    return {Error(Kind::system, "failed to create task for container: " + with_go_errno(error),
                  error.error_number()),
            kOther};
  }
  if (error.message().starts_with("OCI runtime ")) {  // another runtime's own words
    return classify("failed to create task for container: failed to create shim task: " +
                        with_go_errno(error) + ": unknown",
                    error);
  }
  return classify(
      "failed to create task for container: failed to create shim task: OCI runtime create failed: "
      "runc create failed: unable to start container process: error during container init: " +
          with_go_errno(error) + ": unknown",
      error);
}

StartFailure plain_start_error(const Error& error) {
  return {Error(error.kind(), with_go_errno(error), error.error_number()), kOther};
}

StartFailure translate_exec_error(const Error& error) {
  if (error.message().starts_with("unable to find ")) return {error, kNotInvokable};
  if (error.message().starts_with("OCI runtime ")) {
    return classify(with_go_errno(error) + ": unknown", error);
  }
  return classify("OCI runtime exec failed: exec failed: unable to start container process: " +
                      with_go_errno(error) + ": unknown",
                  error);
}

}  // namespace mydock::engine
