#include "headroom/delimited.hpp"

namespace headroom {
namespace {

// The end of the cell that starts at i: the next delimiter or line end outside quotes.
std::size_t cell_end(std::string_view text, std::size_t i, char delimiter) {
  if (i < text.size() && text[i] == '"') {
    for (++i; i < text.size(); ++i) {
      if (text[i] != '"') continue;
      if (i + 1 < text.size() && text[i + 1] == '"') ++i;
      else break;
    }
  }
  while (i < text.size() && text[i] != delimiter && text[i] != '\n') ++i;
  return i;
}

// Gives the last row as many cells as the others: missing ones are empty, the last takes the rest.
void level(Delimited& out, std::int32_t columns) {
  const std::int32_t end = out.cells.back();
  for (; columns < out.columns; ++columns) out.cells.insert(out.cells.end(), {end, end});
  for (; columns > out.columns; --columns) out.cells.resize(out.cells.size() - 2);
  out.cells.back() = end;
}

}  // namespace

std::optional<Delimited> split_delimited(std::string_view text, char delimiter) {
  if (text.size() > 0x7FFFFFF0) return std::nullopt;
  Delimited out;
  std::size_t odd = 0;
  const std::size_t blank = text.find_last_not_of("\r\n") + 1;  // blank lines from here on
  if (blank == 0) return std::nullopt;
  for (std::size_t i = 0; i < blank;) {
    out.starts.push_back(static_cast<std::int32_t>(i));
    std::int32_t columns = 0;
    for (;; ++i) {
      const std::size_t end = cell_end(text, i, delimiter);
      const bool last = end == text.size() || text[end] == '\n';
      const std::size_t stop = last && end > i && text[end - 1] == '\r' ? end - 1 : end;
      out.cells.push_back(static_cast<std::int32_t>(i));
      out.cells.push_back(static_cast<std::int32_t>(stop));
      ++columns;
      i = end;
      if (last) break;
    }
    if (out.columns == 0) out.columns = columns;
    if (columns != out.columns) {
      ++odd;
      level(out, columns);
    }
    if (i < text.size()) ++i;
  }
  if (out.starts.empty() || odd * 20 > out.starts.size()) return std::nullopt;
  out.starts.push_back(static_cast<std::int32_t>(text.size()));
  return out;
}

}  // namespace headroom
