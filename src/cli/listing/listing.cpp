#include "cli/listing/listing.h"

#include "base/error.h"
#include "cli/create/values.h"
#include "cli/format/table.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(' ');
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(' ') - start + 1);
}

Value header_row(const Listing& listing) {
  ValueMap members;
  for (const auto& [name, title] : listing.headers) members.emplace_back(name, title);
  if (listing.has_labels) members.emplace_back("Label", Value::lookup({}, true));
  return Value::map(std::move(members));
}

// Go's encoder writes these so; a list's lines come from it.
std::string escape_html(const std::string& json) {
  std::string out;
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", c);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string unescape_format(std::string_view format) {
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const std::string_view pair = format.substr(i, 2);
    if (pair == "\\t" || pair == "\\n") {
      out += pair[1] == 't' ? '\t' : '\n';
      ++i;
    } else {
      out += format[i];
    }
  }
  return out;
}

Template parse_format(std::string_view format, std::string_view problem, int code) {
  try {
    return Template::parse(format);
  } catch (const Error& error) {  // becomes docker's message
    throw ExitError(code, fmt::format("{}: {}", problem, error.message()));
  }
}

std::string execute_format(const Template& shape, const Value& data, const TemplateOptions& options,
                           std::string_view problem, int code) {
  try {
    return shape.execute(data, options);
  } catch (const Error& error) {  // becomes docker's message
    throw ExitError(code, fmt::format("{}: {}", problem, error.message()));
  }
}

void print_shaped(Console& console, std::string_view format, const Value& data,
                  const TemplateOptions& options) {
  const Template shape = parse_format(format);
  try {
    console.line(shape.execute(data, options));
  } catch (const Error& error) {  // becomes docker's message
    console.line("");
    console.flush();
    throw ExitError(1, error.message());
  }
}

void print_listing(Console& console, const Listing& listing, const std::vector<Value>& rows,
                   const ListingOptions& options) {
  std::string_view format = options.format.empty() ? "table" : std::string_view(options.format);
  const bool table = format == "table" || format.starts_with("table ");
  if (options.quiet && table) format = listing.quiet;
  if (format == "json") {
    for (const Value& row : rows) console.line(escape_html(to_json_line(row, MapOrder::sorted)));
    return;
  }
  const bool aligned = table && !options.quiet;
  if (aligned) {
    format = trim(format.substr(5));
    if (format.empty()) format = listing.default_table;
  }
  const Template shape = parse_format(unescape_format(format), listing.parse_problem, 1);
  const auto execute = [&](const Value& row, bool header) {
    return execute_format(shape, row, {.row_type = listing.row_type, .header = header},
                          listing.execute_problem, 1) +
           "\n";
  };
  std::string text;
  if (aligned) text = execute(header_row(listing), true);
  for (const Value& row : rows) text += execute(row, false);
  if (aligned && options.columns > 0) text = fit_columns(text, options.columns);
  console.text(aligned ? align_tabs(text) : text);
}

api::Filters read_filters(const std::vector<std::string>& values) {
  api::Filters filters;
  for (const std::string& text : values) {
    if (text.empty()) continue;
    auto [key, value] = split_pair(text);
    const auto tidy = [](const std::string& part) {
      std::string out(trim(part));
      return out;
    };
    std::string name = tidy(key);
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    filters.add(std::move(name), tidy(value));
  }
  return filters;
}

std::string join_labels(const api::StringMap& labels) {
  std::string out;
  for (const auto& [key, value] : labels) out += (out.empty() ? "" : ",") + key + "=" + value;
  return out;
}

ValueMember label_lookup(const api::StringMap& labels) {
  ValueMap members;
  for (const auto& [key, value] : labels) members.emplace_back(key, value);
  return {"Label", Value::lookup(std::move(members))};
}

}  // namespace mydock::cli
