#pragma once

#include <string>
#include <string_view>

namespace mydock::engine {

// Docker's rule for a container's name; one leading slash is taken off. Errors: invalid.
std::string check_container_name(std::string_view name);
// "calm_noether": an adjective and a surname. From the second attempt on with a digit after it.
std::string random_name(int attempt);

}  // namespace mydock::engine
