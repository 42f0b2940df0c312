#pragma once

#include <optional>
#include <string>

#include "api/system.h"

namespace mydock::cli {

// The program docker-credential-NAME of PATH, which keeps credentials in a safe place.
class CredentialHelper {
 public:
  explicit CredentialHelper(std::string name) : name_(std::move(name)) {}

  // No value: it has none. Errors: system, with what the helper says.
  std::optional<api::AuthConfig> find(const std::string& server) const;
  void store(const api::AuthConfig& auth) const;
  void erase(const std::string& server) const;

 private:
  struct Answer {
    int code = 0;
    std::string text;
  };
  Answer run(const std::string& verb, const std::string& input) const;
  std::string name_;
};

}  // namespace mydock::cli
