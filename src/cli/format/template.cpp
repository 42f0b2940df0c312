#include "cli/format/template.h"

#include <fmt/format.h>

#include "base/error.h"
#include "cli/format/go_zero.h"
#include "cli/format/template_functions.h"
#include "cli/format/template_node.h"

namespace mydock::cli {

namespace {

using NodeKind = TemplateNode::Kind;
constexpr std::size_t kMaxOutput = std::size_t{16} << 20;
constexpr int kMaxSteps = 1'000'000;
constexpr int kLongestCount = 10'000;  // of a range over a number

enum class Flow { normal, break_loop, continue_loop };

[[noreturn]] void evaluation_error(const TemplateNode& node, std::string_view what,
                                   std::string_view name = {}) {
  fail(Kind::invalid, "template: {0}:{1}:{2}: executing \"{0}\" at <{3}>: {4}", name, node.line,
       node.column, node.text, what);
}

std::string type_of(const Value& value) {
  switch (value.type()) {
    case Value::Type::boolean:
      return "bool";
    case Value::Type::integer:
      return "int";
    case Value::Type::real:
      return "float64";
    case Value::Type::text:
      return "string";
    case Value::Type::list:
      return "[]interface {}";
    default:
      return "map[string]interface {}";
  }
}

class Evaluator {
 public:
  Evaluator(const Value& data, const TemplateOptions& options) : data_(data), options_(options) {
    variables_.emplace_back("$", data);
  }

  std::string run(const TemplateNode& root) {
    walk(data_, root);
    return std::move(out_);
  }

 private:
  void step(const TemplateNode& node) {
    if (++steps_ > kMaxSteps) evaluation_error(node, "the template takes too many steps");
    if (out_.size() > kMaxOutput) evaluation_error(node, "the template writes too much");
  }

  Flow walk(const Value& dot, const TemplateNode& node) {
    step(node);
    switch (node.kind) {
      case NodeKind::list:
        for (const NodePtr& child : node.children) {
          if (const Flow flow = walk(dot, *child); flow != Flow::normal) return flow;
        }
        return Flow::normal;
      case NodeKind::text:
        out_ += node.text;
        return Flow::normal;
      case NodeKind::action: {
        const TemplateNode& pipeline = *node.children[0];
        const Value value = evaluate_pipeline(dot, pipeline);
        if (pipeline.names.empty()) out_ += shown(value);
        return Flow::normal;
      }
      case NodeKind::branch_if:
      case NodeKind::branch_with:
        return walk_branch(dot, node);
      case NodeKind::range:
        return walk_range(dot, node);
      case NodeKind::break_loop:
        return Flow::break_loop;
      case NodeKind::continue_loop:
        return Flow::continue_loop;
      default:
        evaluation_error(node, "can't evaluate this here");
    }
  }

  static std::string shown(const Value& value) {
    return value.is_null() && value.text().empty() ? "<no value>" : go_text(value);
  }

  Flow walk_branch(const Value& dot, const TemplateNode& node) {
    const std::size_t mark = variables_.size();
    const Value value = evaluate_pipeline(dot, *node.children[0]);
    Flow flow = Flow::normal;
    if (is_true(value)) {
      flow = walk(node.kind == NodeKind::branch_with ? value : dot, *node.children[1]);
    } else if (node.children[2]) {
      flow = walk(dot, *node.children[2]);
    }
    variables_.resize(mark);
    return flow;
  }

  // {key, item} of what a range goes over.
  static ValueList range_pairs(const TemplateNode& pipeline, const Value& value) {
    ValueList pairs;
    const auto add = [&](Value key, Value item) {
      pairs.push_back(std::move(key));
      pairs.push_back(std::move(item));
    };
    if (value.is_list()) {
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        add(static_cast<std::int64_t>(i), value.items()[i]);
      }
    } else if (value.is_map()) {
      for (const ValueMember* member : value.sorted_members()) add(member->first, member->second);
    } else if (value.type() == Value::Type::integer) {
      if (value.integer() > kLongestCount) evaluation_error(pipeline, "the range is too long");
      for (std::int64_t i = 0; i < value.integer(); ++i) add(i, i);
    } else if (!value.is_null()) {
      fail(Kind::invalid, "template: :{}:{}: executing \"\" at <{}>: range can't iterate over {}",
           pipeline.line, pipeline.column, pipeline.children[0]->text, go_text(value));
    }
    return pairs;
  }

  Flow walk_range(const Value& dot, const TemplateNode& node) {
    const std::size_t outer = variables_.size();
    const TemplateNode& pipeline = *node.children[0];
    const Value value = evaluate_pipeline(dot, pipeline);
    const std::size_t mark = variables_.size();
    const ValueList pairs = range_pairs(pipeline, value);
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      if (pipeline.names.size() == 1) set_variable(pipeline.names[0], pairs[i + 1]);
      if (pipeline.names.size() == 2) {
        set_variable(pipeline.names[0], pairs[i]);
        set_variable(pipeline.names[1], pairs[i + 1]);
      }
      const Flow flow = walk(pairs[i + 1], *node.children[1]);
      variables_.resize(mark);
      if (flow == Flow::break_loop) break;
    }
    Flow flow = Flow::normal;
    if (pairs.empty() && node.children[2]) flow = walk(dot, *node.children[2]);
    variables_.resize(outer);
    return flow;
  }

  void set_variable(std::string_view name, const Value& value) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->first == name) {
        it->second = value;
        return;
      }
    }
  }

  const Value& variable(const TemplateNode& node) const {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->first == node.constant.text()) return it->second;
    }
    evaluation_error(node, "undefined variable");
  }

  Value evaluate_pipeline(const Value& dot, const TemplateNode& node) {
    step(node);
    Value value;
    bool first = true;
    for (const NodePtr& command : node.children) {
      value = evaluate_command(dot, *command, first ? nullptr : &value);
      first = false;
    }
    if (node.assigns) {
      for (const std::string& name : node.names) set_variable(name, value);
    } else {
      for (const std::string& name : node.names) variables_.emplace_back(name, value);
    }
    return value;
  }

  Value evaluate_command(const Value& dot, const TemplateNode& command, const Value* piped) {
    step(command);
    const TemplateNode& first = *command.children[0];
    if (first.kind == NodeKind::function) return call(dot, command, piped);
    ValueList args;
    const bool takes_args = first.kind == NodeKind::field || first.kind == NodeKind::variable ||
                            first.kind == NodeKind::chain;
    if (!takes_args && (command.children.size() > 1 || piped != nullptr)) {
      evaluation_error(first, fmt::format("can't give argument to non-function {}", first.text));
    }
    for (std::size_t i = 1; i < command.children.size(); ++i) {
      args.push_back(operand(dot, *command.children[i]));
    }
    if (piped != nullptr) args.push_back(*piped);
    if (first.kind == NodeKind::nil) evaluation_error(first, "nil is not a command");
    return operand(dot, first, args);
  }

  Value call(const Value& dot, const TemplateNode& command, const Value* piped) {
    const TemplateNode& function = *command.children[0];
    const std::string& name = function.text;
    if (name == "and" || name == "or") return short_circuit(dot, command, piped);
    ValueList args;
    for (std::size_t i = 1; i < command.children.size(); ++i) {
      args.push_back(operand(dot, *command.children[i]));
    }
    if (piped != nullptr) args.push_back(*piped);
    try {
      return options_.header ? call_header_function(name, args)
                             : call_template_function(name, args);
    } catch (const Error& error) {  // only to add the place
      const bool about_args = error.message().starts_with("wrong number");
      evaluation_error(command.children.size() > 1 && !about_args ? command : function,
                       error.message());
    }
  }

  Value short_circuit(const Value& dot, const TemplateNode& command, const Value* piped) {
    const bool stop_at = command.children[0]->text == "or";
    Value value;
    bool any = false;
    for (std::size_t i = 1; i < command.children.size(); ++i) {
      value = operand(dot, *command.children[i]);
      any = true;
      if (is_true(value) == stop_at) return value;
    }
    if (piped != nullptr) return *piped;
    if (!any) {
      evaluation_error(*command.children[0],
                       fmt::format("wrong number of args for {}: want at least 1 got 0",
                                   command.children[0]->text));
    }
    return value;
  }

  Value operand(const Value& dot, const TemplateNode& node, const ValueList& args = {}) {
    step(node);
    switch (node.kind) {
      case NodeKind::dot:
        return dot;
      case NodeKind::nil:
        return {};
      case NodeKind::constant:
        return node.constant;
      case NodeKind::field:
        return follow(node, dot, args);
      case NodeKind::variable:
        return follow(node, variable(node), args);
      case NodeKind::chain:
        return follow(node, evaluate_pipeline(dot, *node.children[0]), args);
      case NodeKind::function:
        return call_bare(node);
      default:
        evaluation_error(node, "can't evaluate this here");
    }
  }

  Value call_bare(const TemplateNode& node) {
    try {
      return call_template_function(node.text, {});
    } catch (const Error& error) {  // only to add the place
      evaluation_error(node, error.message());
    }
  }

  Value follow(const TemplateNode& node, Value value, const ValueList& args) {
    for (std::size_t i = 0; i < node.names.size(); ++i) {
      const bool last = i + 1 == node.names.size();
      value = member(node, value, i, last ? args : ValueList{});
    }
    if (node.names.empty() && !args.empty()) {
      evaluation_error(node, fmt::format("can't give argument to non-function {}", node.text));
    }
    return value;
  }

  Value member(const TemplateNode& node, const Value& value, std::size_t index,
               const ValueList& args) {
    const std::string& name = node.names[index];
    if (value.is_null()) {
      if (options_.row_type.empty()) {
        evaluation_error(node, fmt::format("nil data; no entry for key {}", go_quote(name)));
      }
      evaluation_error(node, fmt::format("nil pointer evaluating interface {{}}.{}", name));
    }
    const Value* found = value.find(name);
    if (options_.typed && value.is_map() && (found == nullptr || found->is_null())) {
      if (const Value* zero = go_zero(name)) return *zero;
      if (found == nullptr && index > 0 && is_go_map(node.names[index - 1])) return {};
    }
    if (found == nullptr) no_member(node, value, name);
    if (found->type() == Value::Type::lookup) return look_up(node, *found, name, args);
    if (!args.empty()) {
      evaluation_error(node, fmt::format("{} is not a method but has arguments", name));
    }
    return *found;
  }

  [[noreturn]] void no_member(const TemplateNode& node, const Value& value,
                              const std::string& name) const {
    std::string type(options_.row_type);
    if (!value.is_map()) type = type.empty() ? "interface {}" : type_of(value);
    if (type.empty()) {
      evaluation_error(node, fmt::format("map has no entry for key {}", go_quote(name)));
    }
    evaluation_error(node, fmt::format("can't evaluate field {} in type {}", name, type),
                     options_.name);
  }

  static Value look_up(const TemplateNode& node, const Value& lookup, const std::string& name,
                       const ValueList& args) {
    if (args.size() != 1 || !args[0].is_text()) {
      evaluation_error(
          node, fmt::format("wrong number of args for {}: want 1 got {}", name, args.size()));
    }
    if (!lookup.is_header()) {
      for (const ValueMember& member : lookup.members()) {
        if (member.first == args[0].text()) return member.second;
      }
      return "";
    }
    // The title of a label's column: what follows its last dot, dashes as spaces.
    std::string title = args[0].text();
    title.erase(0, title.rfind('.') + 1);
    for (char& c : title) {
      if (c == '-' || c == '_') c = ' ';
    }
    return title;
  }

  const Value& data_;
  const TemplateOptions& options_;
  std::string out_;
  std::vector<std::pair<std::string, Value>> variables_;
  int steps_ = 0;
};

}  // namespace

Template::Template(std::unique_ptr<TemplateNode> root) : root_(std::move(root)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Template Template::parse(std::string_view text) { return Template(parse_template(text)); }

std::string Template::execute(const Value& data, const TemplateOptions& options) const {
  return Evaluator(data, options).run(*root_);
}

}  // namespace mydock::cli
