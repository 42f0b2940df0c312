#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock::cli {

// Standard output and error. Output is kept until flush(), or until something goes to err().
// Text that people read (text(), err()) has its control characters escaped when it goes to a
// terminal: names, labels and messages come from images and other machines.
class Console {
 public:
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void text(std::string_view text);
  void line(std::string_view text);  // with a line end
  void err(std::string_view text);   // with a line end, at once
  void err_raw(std::string_view text);
  void bytes(std::string_view bytes);  // as they are: a container's output, a tar
  void flush();

  bool in_is_terminal() const { return in_is_terminal_; }
  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }

 private:
  void write(int fd, std::string_view bytes);
  bool in_is_terminal_;
  bool out_is_terminal_;
  bool err_is_terminal_;
  std::string pending_;
};

}  // namespace mydock::cli
