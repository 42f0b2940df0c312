#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mydock::build {

using Variables = std::function<std::optional<std::string>(std::string_view name)>;

// One word: variables replaced, quotes and escapes removed. Errors: invalid, 'failed to process
// "WORD": …'; also when it nests deeper than 16 or grows over 1 MiB.
std::string expand(std::string_view word, const Variables& variables, char escape);
// The same; blanks outside quotes, also those of a variable's value, make several words of it.
std::vector<std::string> expand_words(std::string_view text, const Variables& variables,
                                      char escape);
// The body of a heredoc: quotes mean nothing.
std::string expand_body(std::string_view text, const Variables& variables);

}  // namespace mydock::build
