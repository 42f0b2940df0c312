// module: build
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "archive/ignore.h"
#include "base/error.h"
#include "build/dockerfile.h"
#include "build/expand.h"

// A Dockerfile, its words expanded, and the same bytes as an ignore list: errors, but no crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mydock;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const build::Variables variables = [](std::string_view name) -> std::optional<std::string> {
    if (name == "none") return std::nullopt;
    return std::string(name) + " value";
  };
  try {
    const build::Dockerfile file = build::parse(text);
    for (const build::Stage& stage : file.stages) {
      for (const build::Instruction& one : stage.instructions) {
        build::expand_words(one.rest, variables, file.escape);
      }
    }
  } catch (const Error&) {
  }
  try {
    const archive::IgnoreList list = archive::IgnoreList::parse(text);
    list.ignores("a/b/c.txt");
    list.must_enter("a");
  } catch (const Error&) {
  }
  return 0;
}
