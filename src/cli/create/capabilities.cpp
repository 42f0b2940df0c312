#include "cli/create/capabilities.h"

#include <set>
#include <string>

namespace mydock::cli {

Capabilities resolve_capabilities(const api::Strings& add, const api::Strings& drop) {
  const auto names = [](const api::Strings& words) {
    std::set<std::string> set;
    for (const std::string& word : words) {
      std::string name = word;
      for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      const bool whole = name == "ALL" || name == "RESET" || name.starts_with("CAP_");
      set.insert(whole ? name : "CAP_" + name);
    }
    return set.count("ALL") != 0 ? std::set<std::string>{"ALL"} : set;
  };
  const std::set<std::string> added = names(add);
  Capabilities result;
  const auto put = [](std::optional<api::Strings>& list, const std::string& name) {
    if (name != "RESET") (list ? *list : list.emplace()).push_back(name);
  };
  for (const std::string& name : added) put(result.add, name);
  for (const std::string& name : names(drop)) {
    if (added.count(name) == 0) put(result.drop, name);
  }
  return result;
}

}  // namespace mydock::cli
