#include "cli/format/table.h"

#include <algorithm>
#include <vector>

#include "cli/format/unicode.h"

namespace mydock::cli {

namespace {

using Line = std::vector<std::string_view>;

std::vector<Line> split_cells(std::string_view text) {
  std::vector<Line> lines(1);
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\t' && text[i] != '\n') continue;
    lines.back().push_back(text.substr(start, i - start));
    start = i + 1;
    if (i < text.size() && text[i] == '\n') lines.emplace_back();
  }
  return lines;
}

}  // namespace

std::string align_tabs(std::string_view text, std::size_t least, std::size_t padding) {
  const std::vector<Line> lines = split_cells(text);
  std::vector<std::vector<std::size_t>> widths(lines.size());
  std::size_t columns = 0;
  for (const Line& line : lines) columns = std::max(columns, line.size());
  for (std::size_t column = 0; column + 1 < columns; ++column) {
    for (std::size_t row = 0; row < lines.size();) {
      std::size_t end = row;
      std::size_t width = least;
      for (; end < lines.size() && lines[end].size() > column + 1; ++end) {
        width = std::max(width, count_runes(lines[end][column]) + padding);
      }
      for (std::size_t i = row; i < end; ++i) widths[i].push_back(width);
      row = std::max(end, row + 1);
    }
  }
  std::string out;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (std::size_t column = 0; column < lines[row].size(); ++column) {
      const std::string_view cell = lines[row][column];
      out += cell;
      if (column + 1 < lines[row].size()) {
        out.append(widths[row][column] - count_runes(cell), ' ');
      }
    }
    if (row + 1 < lines.size()) out += '\n';
  }
  return out;
}

}  // namespace mydock::cli
