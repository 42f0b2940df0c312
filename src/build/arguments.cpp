#include "build/arguments.h"

#include <algorithm>
#include <array>

#include "build/words.h"

namespace mydock::build {

namespace {

constexpr std::array<std::string_view, 5> kProxies = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY",
                                                      "NO_PROXY", "ALL_PROXY"};

}  // namespace

std::pair<std::string, std::optional<std::string>> split_assignment(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::optional<std::string> find_variable(const std::vector<std::string>& env,
                                         std::string_view name) {
  for (const std::string& one : env) {
    if (one.size() > name.size() && one[name.size()] == '=' && one.starts_with(name)) {
      return one.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

void set_variable(std::vector<std::string>& env, std::string_view name, std::string_view value) {
  const std::string prefix = std::string(name) + "=";
  const auto there =
      std::ranges::find_if(env, [&](const std::string& one) { return one.starts_with(prefix); });
  if (there != env.end()) {
    *there = prefix + std::string(value);
  } else {
    env.push_back(prefix + std::string(value));
  }
}

bool is_proxy_argument(std::string_view name) {
  return std::ranges::any_of(
      kProxies, [&](std::string_view proxy) { return name == proxy || name == lower(proxy); });
}

GlobalArguments::GlobalArguments(const GivenArguments& given, const oci::Platform& platform,
                                 std::string_view target)
    : given_(given) {
  const oci::Platform host = oci::host_platform();
  for (const auto& [prefix, of] :
       {std::pair<std::string, const oci::Platform&>{"BUILD", host},
        std::pair<std::string, const oci::Platform&>{"TARGET", platform}}) {
    values_[prefix + "PLATFORM"] = oci::to_string(of);
    values_[prefix + "OS"] = of.os;
    values_[prefix + "OSVERSION"] = of.os_version;
    values_[prefix + "ARCH"] = of.architecture;
    values_[prefix + "VARIANT"] = of.variant;
  }
  values_["TARGETSTAGE"] = target.empty() ? "default" : std::string(target);
  for (auto& [name, value] : values_) {
    const auto found = given_.find(name);
    if (found != given_.end() && found->second) value = found->second;
  }
}

void GlobalArguments::declare(const Instruction& arg, char escape) {
  for (const std::string& word : arg.words) {
    auto [name, value] = split_assignment(word);
    if (value) value = expand(*value, variables(), escape);
    used_.insert(name);
    const auto found = given_.find(name);
    if (found != given_.end() && found->second) value = found->second;
    if (value || !values_.contains(name)) values_[name] = value;
  }
}

std::optional<std::string> GlobalArguments::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : found->second;
}

Variables GlobalArguments::variables() const {
  return [this](std::string_view name) { return find(name); };
}

std::vector<std::string> GlobalArguments::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : given_) {
    if (used_.contains(name) || is_proxy_argument(name) || name.starts_with("BUILDKIT_")) continue;
    if (name == "SOURCE_DATE_EPOCH" || name.starts_with("TARGET")) continue;
    names.push_back(name);
  }
  return names;
}

void StageArguments::declare(const std::string& name, const std::optional<std::string>& fallback) {
  globals_->used_.insert(name);
  const auto given = globals_->given_.find(name);
  if (given != globals_->given_.end() && given->second) {
    values_[name] = given->second;
  } else if (fallback) {
    values_[name] = fallback;
  } else {
    values_[name] = globals_->find(name);
  }
}

Variables StageArguments::variables(const std::vector<std::string>& env) const {
  return [this, &env](std::string_view name) -> std::optional<std::string> {
    if (auto value = find_variable(env, name)) return value;
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : found->second;
  };
}

std::vector<std::string> StageArguments::declared(const std::vector<std::string>& env) const {
  std::vector<std::string> list;
  for (const auto& [name, value] : values_) {
    if (value && !find_variable(env, name)) list.push_back(name + "=" + *value);
  }
  return list;
}

std::vector<std::string> StageArguments::for_run(const std::vector<std::string>& env) const {
  std::vector<std::string> list = declared(env);
  for (const auto& [name, value] : globals_->given_) {
    const bool more = value && !values_.contains(name) &&
                      (is_proxy_argument(name) || name == "SOURCE_DATE_EPOCH");
    if (more && !find_variable(env, name)) list.push_back(name + "=" + *value);
  }
  std::ranges::sort(list);
  return list;
}

}  // namespace mydock::build
