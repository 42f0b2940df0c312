#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "cli/format/value.h"

namespace mydock::cli {

struct TemplateNode;

struct TemplateOptions {
  // In tables, a member that is not there is no field of this type. Empty: of a plain map.
  std::string_view row_type = {};
  // The functions change nothing: for the header line of a table.
  bool header = false;
  std::string_view name = {};  // of the template, in messages
  // The data is one of Go's structs: members that its JSON left out are there, see go_zero.h.
  bool typed = false;
};

// Go's text/template, as far as a --format can use it: pipelines, variables, if/else if/else, with,
// range/else, break, continue, trim markers, comments, and the functions of Go and docker.
class Template {
 public:
  // Errors: invalid, with Go's text ("template: :1: unexpected …"); nested more than 100 deep.
  static Template parse(std::string_view text);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  // Errors: invalid, with Go's text; also more than 16 MiB of output or a million steps.
  std::string execute(const Value& data, const TemplateOptions& options = {}) const;

 private:
  explicit Template(std::unique_ptr<TemplateNode> root);
  std::unique_ptr<TemplateNode> root_;
};

}  // namespace mydock::cli
