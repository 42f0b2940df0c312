#pragma once

#include <string>
#include <string_view>

namespace mydock::cli {

// Lays out lines of tab-separated cells as Go's text/tabwriter does for docker: a column is as wide
// as the widest cell of the neighbouring lines that have it, plus `padding`, at least `least`.
// The last cell of a line belongs to no column.
std::string align_tabs(std::string_view text, std::size_t least = 10, std::size_t padding = 3);

// Shortens cells so that the laid out lines are no wider than `columns`, as far as that is
// possible: the widest columns first, the last one (the name, in docker's tables) only when nothing
// else helps, the first one (the ID) and the titles never.
std::string fit_columns(std::string_view text, std::size_t columns, std::size_t least = 10,
                        std::size_t padding = 3);

}  // namespace mydock::cli
