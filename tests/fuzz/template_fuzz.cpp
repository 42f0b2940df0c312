// module: cli
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "cli/format/template.h"

namespace {

const mydock::cli::Value& sample() {
  static const mydock::cli::Value value = mydock::cli::parse_value(
      R"({"Id":"abc","Names":["a","b"],"State":{"Pid":1,"On":true,"None":null},"Size":1.5})");
  return value;
}

}  // namespace

// Any text either runs or is refused with an Error; nothing else leaves the engine.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto shape = mydock::cli::Template::parse(text);
    shape.execute(sample());
    shape.execute(sample(), {.row_type = "row", .header = true});
  } catch (const mydock::Error&) {
    return 0;
  }
  return 0;
}
