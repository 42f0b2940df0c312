#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/format/value.h"

namespace mydock::cli {

struct TemplateNode {
  enum class Kind {
    list,       // children: text, action, if, range, with, break, continue
    text,       // text
    action,     // children[0]: pipeline
    branch_if,  // children: pipeline, list, else list (may be null)
    branch_with,
    range,
    break_loop,
    continue_loop,
    pipeline,  // names: declared variables; children: commands
    command,   // children: operands
    dot,
    nil,
    constant,  // constant
    field,     // names: .A.B
    variable,  // text: $x; names: what follows
    function,  // text
    chain,     // children[0]: pipeline in parentheses; names: what follows
  };

  Kind kind = Kind::list;
  int line = 1;
  int column = 0;
  std::string text;  // the literal, or the source of the node for messages
  std::vector<std::string> names;
  std::vector<std::unique_ptr<TemplateNode>> children;
  Value constant;
  bool assigns = false;  // `$x = …`, not `$x := …`
};

using NodePtr = std::unique_ptr<TemplateNode>;

NodePtr parse_template(std::string_view text);

}  // namespace mydock::cli
