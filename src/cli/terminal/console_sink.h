#pragma once

#include <string>

#include "base/stream.h"
#include "cli/terminal/console.h"

namespace mydock::cli {

// A container's bytes, unchanged, to one of the two outputs.
class ConsoleSink final : public Sink {
 public:
  enum class To { out, err };
  using Sink::write;
  ConsoleSink(Console& console, To to) : console_(console), to_(to) {}
  void write(ConstBytes bytes) override;

 private:
  Console& console_;
  To to_;
};

// To standard output, or, when `path` is not empty, to a file that appears whole or not at all.
void write_stream(Source& source, const std::string& path, Console& console);

}  // namespace mydock::cli
