#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mydock::image {

// How Dockerfile instructions read their arguments: quotes, backslashes and $VARIABLES as a shell
// would, but no globs and no commands. Private to this module.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// One word without its quotes; blanks do not split it. Errors: invalid (no closing quote or brace).
std::string expand_word(std::string_view text, const Lookup& lookup);
// Splits at blanks outside quotes; the words keep their quotes.
std::vector<std::string> split_words(std::string_view text);
std::string_view trimmed(std::string_view text);
// "1h30m", "2.5s", in nanoseconds, as Go's ParseDuration; no value when it is not that.
std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace mydock::image
