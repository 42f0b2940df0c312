#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/client.h"

namespace mydock::registry {

// What a registry answered instead of what was asked of it.
class Refusal : public Error {
 public:
  Refusal(int status, std::string code, std::string message,
          std::optional<std::chrono::seconds> retry_after)
      : Error(Kind::system, std::move(message)),
        status_(status),
        code_(std::move(code)),
        retry_after_(retry_after) {}

  int status() const { return status_; }
  const std::string& code() const { return code_; }  // "MANIFEST_UNKNOWN"; empty: none
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }
  // Trying again may help: it is busy, or has a fault that may pass.
  bool passes() const { return status_ == 429 || (status_ >= 500 && status_ != 501); }
  bool says_absent() const;
  bool says_denied() const;

 private:
  int status_;
  std::string code_;
  std::optional<std::chrono::seconds> retry_after_;
};

// Reads the body, at most a few KiB of it. The message is as Docker has it: "denied: requested
// access to the resource is denied".
Refusal refusal_of(http::Response& response);

}  // namespace mydock::registry
