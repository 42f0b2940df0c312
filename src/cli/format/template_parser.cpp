#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "cli/format/template_functions.h"
#include "cli/format/template_lexer.h"
#include "cli/format/template_node.h"
#include "cli/format/unicode.h"

namespace mydock::cli {

namespace {

using NodeKind = TemplateNode::Kind;
using TokenKind = Token::Kind;
constexpr int kMaxNesting = 100;

bool parse_hex(std::string_view text, std::size_t digits, unsigned& code) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, code, 16);
  return text.size() == digits && error == std::errc{} && stop == end && code <= 0x10ffff;
}

std::string unquote(const Token& token) {
  const std::string_view body = std::string_view(token.text).substr(1, token.text.size() - 2);
  if (token.text[0] == '`') return std::string(body);
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    const char c = i + 1 < body.size() ? body[++i] : '\0';
    static constexpr std::string_view kFrom = "abfnrtv\\\"'";
    static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\\"'";
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (const auto at = kFrom.find(c); at != std::string_view::npos) {
      out += kTo[at];
    } else if (unsigned code = 0;
               digits > 0 && parse_hex(body.substr(i + 1, digits), digits, code)) {
      if (digits == 2) {
        out += static_cast<char>(code);
      } else {
        out += encode_rune(code);
      }
      i += digits;
    } else {
      template_error(token.line, "invalid syntax");
    }
  }
  return out;
}

Value parse_number(const Token& token) {
  std::string_view text = token.text;
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0') {
    const char kind = static_cast<char>(digits[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    if (base != 10) digits.remove_prefix(2);
  }
  const char* const end = digits.data() + digits.size();
  std::int64_t integer = 0;
  if (const auto r = std::from_chars(digits.data(), end, integer, base);
      r.ec == std::errc{} && r.ptr == end) {
    return negative ? -integer : integer;
  }
  double real = 0;
  if (const auto r = std::from_chars(digits.data(), end, real);
      base == 10 && r.ec == std::errc{} && r.ptr == end && std::isfinite(real)) {
    return negative ? -real : real;
  }
  template_error(token.line, fmt::format("bad number syntax: {}", go_quote(text)));
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  NodePtr run() {
    NodePtr root = list(false);
    if (peek().kind != TokenKind::end) unexpected(peek(), "input");
    return root;
  }

 private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& next() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool at_keyword(std::string_view word) const {
    return peek().kind == TokenKind::open && peek(1).kind == TokenKind::word &&
           peek(1).text == word;
  }
  [[noreturn]] static void unexpected(const Token& token, std::string_view where) {
    if (token.kind == TokenKind::end) template_error(token.line, "unexpected EOF");
    static const std::set<std::string_view, std::less<>> kKeywords = {
        "if", "else", "end", "range", "with", "break", "continue", "define", "template", "block"};
    if (token.kind == TokenKind::word && kKeywords.contains(token.text)) {
      template_error(token.line, fmt::format("unexpected <{}> in {}", token.text, where));
    }
    template_error(token.line, fmt::format("unexpected {} in {}", go_quote(token.text), where));
  }
  NodePtr make(NodeKind kind, const Token& token) const {
    auto node = std::make_unique<TemplateNode>();
    node->kind = kind;
    node->line = token.line;
    node->column = token.column;
    node->text = token.text;
    return node;
  }

  // Up to the end, or to an {{end}} or {{else}} that is left for the caller.
  NodePtr list(bool nested) {
    NodePtr node = make(NodeKind::list, peek());
    while (peek().kind != TokenKind::end) {
      if (nested && (at_keyword("end") || at_keyword("else"))) return node;
      node->children.push_back(item());
    }
    if (nested) template_error(peek().line, "unexpected EOF");
    return node;
  }

  NodePtr item() {
    if (peek().kind == TokenKind::text) return make(NodeKind::text, next());
    next();  // {{
    const Token& token = peek();
    if (token.kind == TokenKind::word) {
      if (token.text == "if") return branch(NodeKind::branch_if);
      if (token.text == "with") return branch(NodeKind::branch_with);
      if (token.text == "range") return branch(NodeKind::range);
      if (token.text == "break" || token.text == "continue") return jump();
      if (token.text == "end" || token.text == "else") {
        template_error(token.line, fmt::format("unexpected {{{{{}}}}}", token.text));
      }
      if (token.text == "define" || token.text == "template" || token.text == "block") {
        template_error(token.line, fmt::format("{{{{{}}}}} is not supported", token.text));
      }
    }
    NodePtr node = make(NodeKind::action, token);
    node->children.push_back(pipeline("command", TokenKind::close));
    return node;
  }

  NodePtr jump() {
    const Token& token = next();
    if (loops_ == 0) {
      template_error(token.line, fmt::format("{{{{{}}}}} outside {{{{range}}}}", token.text));
    }
    NodePtr node =
        make(token.text == "break" ? NodeKind::break_loop : NodeKind::continue_loop, token);
    if (peek().kind != TokenKind::close) unexpected(peek(), "{{" + token.text + "}}");
    next();
    return node;
  }

  // After {{, at if, with or range.
  NodePtr branch(NodeKind kind) {
    if (++nesting_ > kMaxNesting) template_error(peek().line, "max nesting depth exceeded");
    const Token& word = next();
    NodePtr node = make(kind, word);
    const std::size_t variables = variables_.size();
    node->children.push_back(pipeline(word.text, TokenKind::close, kind == NodeKind::range));
    if (kind == NodeKind::range) ++loops_;
    node->children.push_back(list(true));
    if (kind == NodeKind::range) --loops_;
    node->children.push_back(else_part(kind));
    variables_.resize(variables);
    --nesting_;
    return node;
  }

  NodePtr else_part(NodeKind kind) {
    next();  // {{
    const Token word = next();
    if (word.text == "end") {
      if (peek().kind != TokenKind::close) unexpected(peek(), "end");
      next();
      return nullptr;
    }
    const bool chains = peek().kind == TokenKind::word &&
                        ((peek().text == "if" && kind == NodeKind::branch_if) ||
                         (peek().text == "with" && kind == NodeKind::branch_with));
    if (chains) {
      NodePtr inner = make(NodeKind::list, peek());
      inner->children.push_back(branch(kind));
      return inner;
    }
    if (peek().kind != TokenKind::close) unexpected(peek(), "else");
    next();
    NodePtr otherwise = list(true);
    if (at_keyword("else")) template_error(peek().line, "expected end; found {{else}}");
    next();
    next();
    if (peek().kind != TokenKind::close) unexpected(peek(), "end");
    next();
    return otherwise;
  }

  void declarations(TemplateNode& node, bool range) {
    while (peek().kind == TokenKind::variable) {
      const TokenKind after = peek(1).kind;
      const bool pair = range && after == TokenKind::comma && peek(2).kind == TokenKind::variable &&
                        node.names.empty();
      if (!pair && after != TokenKind::declare && after != TokenKind::assign) return;
      node.names.push_back(next().text);
      const Token& operation = next();
      if (pair) continue;
      node.assigns = operation.kind == TokenKind::assign;
      if (!node.assigns) {
        variables_.insert(variables_.end(), node.names.begin(), node.names.end());
      }
      return;
    }
  }

  NodePtr pipeline(std::string_view where, TokenKind end, bool range = false) {
    if (++nesting_ > kMaxNesting) template_error(peek().line, "max expression depth exceeded");
    NodePtr node = make(NodeKind::pipeline, peek());
    declarations(*node, range);
    while (true) {
      const TokenKind kind = peek().kind;
      if (kind == end) {
        next();
        break;
      }
      if (kind == TokenKind::close || kind == TokenKind::end || kind == TokenKind::pipe ||
          kind == TokenKind::comma || kind == TokenKind::declare || kind == TokenKind::assign ||
          kind == TokenKind::right_paren) {
        unexpected(peek(), where);
      }
      node->children.push_back(command());
      if (peek().kind == TokenKind::pipe) {
        next();
        if (peek().kind == end)
          template_error(peek().line, fmt::format("missing value for {}", where));
      }
    }
    check_pipeline(*node, where);
    --nesting_;
    return node;
  }

  static void check_pipeline(const TemplateNode& node, std::string_view where) {
    if (node.children.empty()) {
      template_error(node.line, fmt::format("missing value for {}", where));
    }
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const NodeKind kind = node.children[i]->children[0]->kind;
      if (kind == NodeKind::dot || kind == NodeKind::nil || kind == NodeKind::constant) {
        template_error(node.line,
                       fmt::format("non executable command in pipeline stage {}", i + 1));
      }
    }
  }

  NodePtr command() {
    NodePtr node = make(NodeKind::command, peek());
    node->text.clear();
    while (true) {
      const TokenKind kind = peek().kind;
      if (kind == TokenKind::pipe || kind == TokenKind::close || kind == TokenKind::right_paren)
        break;
      if (!node->children.empty() && !peek().space_before && kind != TokenKind::left_paren) {
        unexpected(peek(), "operand");
      }
      node->children.push_back(operand());
      node->text += (node->text.empty() ? "" : " ") + node->children.back()->text;
    }
    return node;
  }

  // Go counts such an operand from its second part on.
  void follow_fields(TemplateNode& node) {
    if (peek().kind == TokenKind::field && !peek().space_before) {
      node.line = peek().line;
      node.column = peek().column;
    }
    while (peek().kind == TokenKind::field && !peek().space_before) {
      node.text += peek().text;
      node.names.push_back(next().text.substr(1));
    }
  }

  NodePtr operand() {
    const Token& token = next();
    NodePtr node = make(NodeKind::dot, token);
    switch (token.kind) {
      case TokenKind::dot:
        return node;
      case TokenKind::field:
        node->kind = NodeKind::field;
        node->names.push_back(token.text.substr(1));
        follow_fields(*node);
        return node;
      case TokenKind::variable:
        return variable(std::move(node));
      case TokenKind::left_paren: {
        node->kind = NodeKind::chain;
        node->children.push_back(pipeline("parenthesized pipeline", TokenKind::right_paren));
        node->text = "(" + describe(*node->children[0]) + ")";
        follow_fields(*node);
        return node;
      }
      case TokenKind::number:
        return constant(std::move(node), parse_number(token));
      case TokenKind::string:
        return constant(std::move(node), unquote(token));
      case TokenKind::character: {
        const std::string text = unquote(token);
        if (text.empty() || decode_rune(text).length != text.size()) {
          template_error(token.line, "malformed character constant: " + token.text);
        }
        return constant(std::move(node), static_cast<std::int64_t>(decode_rune(text).code));
      }
      case TokenKind::word:
        return word(std::move(node), token);
      default:
        unexpected(token, "operand");
    }
  }

  NodePtr variable(NodePtr node) {
    node->kind = NodeKind::variable;
    bool known = node->text == "$";
    for (const std::string& name : variables_) known = known || name == node->text;
    if (!known) {
      template_error(node->line, fmt::format("undefined variable {}", go_quote(node->text)));
    }
    const std::string name = node->text;
    follow_fields(*node);
    node->constant = Value(name);
    return node;
  }

  static NodePtr constant(NodePtr node, Value value) {
    node->kind = NodeKind::constant;
    node->constant = std::move(value);
    return node;
  }

  static NodePtr word(NodePtr node, const Token& token) {
    if (token.text == "true" || token.text == "false") {
      return constant(std::move(node), token.text == "true");
    }
    if (token.text == "nil") {
      node->kind = NodeKind::nil;
      return node;
    }
    node->kind = NodeKind::function;
    if (!is_template_function(token.text)) {
      template_error(token.line, fmt::format("function {} not defined", go_quote(token.text)));
    }
    return node;
  }

  static std::string describe(const TemplateNode& pipeline) {
    std::string text;
    for (const NodePtr& part : pipeline.children) {
      text += (text.empty() ? "" : " | ") + part->text;
    }
    return text;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  int loops_ = 0;
  std::vector<std::string> variables_;
};

}  // namespace

NodePtr parse_template(std::string_view text) { return Parser(split_template(text)).run(); }

}  // namespace mydock::cli
