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

// What each column's cells may take, padding aside.
std::vector<std::size_t> widest_cells(const std::vector<Line>& lines, std::size_t columns) {
  std::vector<std::size_t> widths(columns, 0);
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], count_runes(line[i]));
    }
  }
  return widths;
}

// The column to shorten; `widths.size()` when none can be.
std::size_t column_to_shorten(const std::vector<std::size_t>& widths,
                              const std::vector<std::size_t>& floors) {
  const std::size_t last = widths.size() - 1;
  std::size_t found = widths.size();
  for (std::size_t i = 1; i < last; ++i) {
    if (widths[i] <= floors[i]) continue;
    if (found == widths.size() || widths[i] > widths[found]) found = i;
  }
  if (found == widths.size() && last > 0 && widths[last] > floors[last]) found = last;
  return found;
}

}  // namespace

std::string fit_columns(std::string_view text, std::size_t columns, std::size_t least,
                        std::size_t padding) {
  const std::vector<Line> lines = split_cells(text);
  std::size_t count = 0;
  for (const Line& line : lines) count = std::max(count, line.size());
  std::vector<std::size_t> widths = widest_cells(lines, count);
  std::vector<std::size_t> floors(count, least);
  for (std::size_t i = 0; i < lines.front().size(); ++i) {
    floors[i] = std::max(least - std::min(least, padding), count_runes(lines.front()[i]));
  }
  const auto total = [&] {
    std::size_t sum = widths.back();
    for (std::size_t i = 0; i + 1 < count; ++i) sum += std::max(least, widths[i] + padding);
    return sum;
  };
  while (total() > columns) {
    const std::size_t column = column_to_shorten(widths, floors);
    if (column == count) break;
    --widths[column];
  }
  std::string out;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (std::size_t i = 0; i < lines[row].size(); ++i) {
      if (i > 0) out += '\t';
      const bool fits = count_runes(lines[row][i]) <= widths[i];
      out += fits ? std::string(lines[row][i]) : ellipsis(lines[row][i], widths[i]);
    }
    if (row + 1 < lines.size()) out += '\n';
  }
  return out;
}

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
