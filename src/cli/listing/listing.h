#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/filters.h"
#include "cli/format/template.h"
#include "cli/format/value.h"
#include "cli/terminal/console.h"

namespace mydock::cli {

// One kind of list: its placeholders, their titles, and the columns it shows when not told.
struct Listing {
  std::string_view row_type;  // Go's name of it, for messages
  std::string default_table;  // "{{.ID}}\t{{.Names}}"
  std::string quiet;          // "{{.ID}}"
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  bool has_labels = false;  // .Label "name"
  std::string_view parse_problem = "template parsing error";
  std::string_view execute_problem = "template parsing error";
};

struct ListingOptions {
  std::string format;  // "", json, table, "table TEMPLATE", TEMPLATE
  bool quiet = false;
  std::size_t columns = 0;  // a table is made to fit them; 0: it is as wide as it is
};
void print_listing(Console& console, const Listing& listing, const std::vector<Value>& rows,
                   const ListingOptions& options);

// `format` with \t and \n as such, as lists take it.
std::string unescape_format(std::string_view format);
// A --format text. Errors: ExitError(code, "<problem>: <Go's message>").
Template parse_format(std::string_view format, std::string_view problem = "template parsing error",
                      int code = 64);
std::string execute_format(const Template& shape, const Value& data,
                           const TemplateOptions& options = {},
                           std::string_view problem = "template parsing error", int code = 1);

// One object by a --format, with a line end, which is there too when the template fails on it.
void print_shaped(Console& console, std::string_view format, const Value& data,
                  const TemplateOptions& options);

// --filter values. Errors: none, they were checked.
api::Filters read_filters(const std::vector<std::string>& values);
std::string join_labels(const api::StringMap& labels);
ValueMember label_lookup(const api::StringMap& labels);

}  // namespace mydock::cli
