#pragma once

#include <string>
#include <string_view>

namespace mydock::cli {

// Lays out lines of tab-separated cells as Go's text/tabwriter does for docker: a column is as wide
// as the widest cell of the neighbouring lines that have it, plus `padding`, at least `least`.
// The last cell of a line belongs to no column.
std::string align_tabs(std::string_view text, std::size_t least = 10, std::size_t padding = 3);

}  // namespace mydock::cli
