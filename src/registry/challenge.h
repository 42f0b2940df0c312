#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mydock::registry {

// One challenge of a WWW-Authenticate header (RFC 7235 section 4.1).
struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case

  std::string parameter(const std::string& name) const;  // empty: not there
  bool operator==(const Challenge&) const = default;
};

// Several may stand in one header. What follows a syntax error is left out.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace mydock::registry
