#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "build/dockerfile.h"
#include "build/expand.h"
#include "oci/platform.h"

namespace mydock::build {

using GivenArguments = std::map<std::string, std::optional<std::string>>;  // --build-arg

// "A=1" as its two halves; no value: "A".
std::pair<std::string, std::optional<std::string>> split_assignment(std::string_view text);
// The value in a list of "NAME=value"; no value: not there.
std::optional<std::string> find_variable(const std::vector<std::string>& env,
                                         std::string_view name);
void set_variable(std::vector<std::string>& env, std::string_view name, std::string_view value);
bool is_proxy_argument(std::string_view name);  // HTTP_PROXY and its like need no ARG

// The ARGs before the first FROM, with the platform's.
class GlobalArguments {
 public:
  GlobalArguments(const GivenArguments& given, const oci::Platform& platform,
                  std::string_view target);
  // Errors: invalid.
  void declare(const Instruction& arg, char escape);
  std::optional<std::string> find(std::string_view name) const;
  Variables variables() const;
  // Given, but no ARG has asked for it so far.
  std::vector<std::string> unused() const;

 private:
  friend class StageArguments;
  const GivenArguments& given_;
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
  std::set<std::string, std::less<>> used_;
};

// The ARGs of one stage. A stage on top of another one starts with a copy of its.
class StageArguments {
 public:
  explicit StageArguments(GlobalArguments& globals) : globals_(&globals) {}
  // One word of ARG, expanded already where it has a value.
  void declare(const std::string& name, const std::optional<std::string>& fallback);
  // ENV wins over ARG.
  Variables variables(const std::vector<std::string>& env) const;
  // What RUN gets beyond ENV: all of it, and the part that counts for cache and history. Sorted.
  std::vector<std::string> for_run(const std::vector<std::string>& env) const;
  std::vector<std::string> declared(const std::vector<std::string>& env) const;

 private:
  GlobalArguments* globals_;
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

}  // namespace mydock::build
