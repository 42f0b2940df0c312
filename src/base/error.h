#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

namespace mydock {

// What went wrong, as far as a caller may act on it. The HTTP status follows from the kind alone.
enum class Kind {
  invalid,          // the caller's input is wrong
  unauthorized,     // credentials missing or refused
  forbidden,        // never allowed
  not_found,        // no such object
  conflict,         // the object's state forbids it now
  unavailable,      // a part that is needed is not there
  not_implemented,  // known, not built
  cancelled,        // a stop was asked for
  deadline,         // it took too long
  system,           // the kernel or a library said no; see code()
};

std::string_view to_string(Kind kind);
// An unknown name is Kind::system.
Kind kind_from_string(std::string_view name);

// The one exception type of mydock. `what()` is a whole sentence for a person, context first:
// "start container ab12: open /run/…: No such file or directory".
class Error : public std::exception {
 public:
  Error(Kind kind, std::string message, int error_number = 0);

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const noexcept { return message_; }
  Kind kind() const noexcept { return kind_; }
  // The errno behind it; 0 if there is none.
  int error_number() const noexcept { return error_number_; }
  void prepend(std::string_view doing);

 private:
  Kind kind_;
  int error_number_;
  std::string message_;
};

// Throws Error(kind, formatted message).
template <class... Args>
[[noreturn]] void fail(Kind kind, fmt::format_string<Args...> message, Args&&... args) {
  throw Error(kind, fmt::format(message, std::forward<Args>(args)...));
}

// Throws "<doing>: <strerror(error_number)>". ENOENT does not become Kind::not_found: that kind
// is for objects of the engine, not for files.
[[noreturn]] void throw_errno(int error_number, std::string doing);

template <class... Args>
[[noreturn]] void fail_errno(fmt::format_string<Args...> doing, Args&&... args) {
  const int saved = errno;
  throw_errno(saved, fmt::format(doing, std::forward<Args>(args)...));
}

// Returns `rc`; throws as fail_errno does if it is negative.
template <class Rc, class... Args>
Rc check(Rc rc, fmt::format_string<Args...> doing, Args&&... args) {
  if (rc < 0) fail_errno(doing, std::forward<Args>(args)...);
  return rc;
}

// Runs `body`; an Error that leaves it gets "<doing>: " put before its message.
template <class F>
auto in_context(std::string_view doing, F&& body) {
  try {
    return std::forward<F>(body)();
  } catch (Error& error) {
    error.prepend(doing);
    throw;
  }
}

}  // namespace mydock
