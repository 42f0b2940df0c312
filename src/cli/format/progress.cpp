#include "cli/format/progress.h"

#include <map>

#include <fmt/format.h>

#include "api/json_stream.h"
#include "base/error.h"
#include "cli/format/unicode.h"
#include "cli/terminal/terminal.h"

namespace mydock::cli {

namespace {

class Display {
 public:
  Display(Console& console, ProgressTo where)
      : console_(console),
        where_(where),
        redraws_(where == ProgressTo::err ? console.err_is_terminal() : console.out_is_terminal()) {
  }

  void show(const api::ProgressMessage& message) {
    if (!message.stream.empty()) {
      write(escape_controls(message.stream));
      return;
    }
    const bool moving = message.progress_detail && message.progress_detail->total > 0;
    std::string text = escape_controls(message.status);
    if (moving && redraws_) {
      text +=
          " " + api::progress_bar(message.progress_detail->current, message.progress_detail->total,
                                  static_cast<int>(terminal_columns()));
    }
    if (message.id.empty() || !redraws_) {
      if (moving || (message.status.empty() && message.id.empty())) return;
      lines_.clear();
      write((message.id.empty() ? "" : escape_controls(message.id) + ": ") + text + "\n");
      return;
    }
    redraw(message.id, escape_controls(message.id) + ": " + text);
  }

 private:
  void redraw(const std::string& id, const std::string& text) {
    const auto [line, is_new] = lines_.try_emplace(id, lines_.size());
    if (is_new) {
      write(text + "\n");
      return;
    }
    const std::size_t up = lines_.size() - line->second;
    write(fmt::format("\x1b[{0}A\x1b[2K\r{1}\x1b[{0}B\r", up, text));
  }

  void write(std::string_view text) {
    if (where_ == ProgressTo::nowhere) return;
    if (where_ == ProgressTo::err) {
      console_.err_raw(text);
    } else {
      console_.bytes(text);
    }
  }

  Console& console_;
  ProgressTo where_;
  bool redraws_;
  std::map<std::string, std::size_t> lines_;
};

}  // namespace

void show_progress(Source& body, Console& console, ProgressTo where) {
  Display display(console, where);
  api::JsonLines lines(body);
  while (const auto line = lines.next()) {
    const auto message = from_json<api::ProgressMessage>(*line);
    if (message.error_detail) fail(Kind::system, "{}", message.error_detail->message);
    if (!message.error.empty()) fail(Kind::system, "{}", message.error);
    display.show(message);
  }
}

}  // namespace mydock::cli
