#include "cli/listing/inspect.h"

#include "base/error.h"
#include "cli/format/template.h"
#include "cli/format/value.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

namespace {

class Output {
 public:
  Output(Console& console, const std::string& format) : console_(console) {
    json_lines_ = format == "json";
    if (!format.empty() && !json_lines_) shape_.emplace(parse_format(format));
  }

  void add(const std::string& json) {
    if (shape_) {
      show(parse_value(json));
    } else if (json_lines_) {
      list_ += (list_.empty() ? "" : ",") + compact_json(json);
    } else {
      list_ += (list_.empty() ? "" : ",") + json;
    }
  }

  void finish() {
    if (json_lines_) console_.line("[" + list_ + "]");
    if (shape_ || json_lines_) {
      console_.flush();
      return;
    }
    console_.text(list_.empty() ? "[]\n" : indent_json("[" + list_ + "]", "    ") + "\n");
    console_.flush();
  }

 private:
  void show(const Value& object) {
    try {
      console_.line(execute_format(*shape_, object, {.typed = true}));
    } catch (const ExitError&) {
      console_.line("");  // docker ends the line that it began
      throw;
    }
  }

  Console& console_;
  std::optional<Template> shape_;
  bool json_lines_ = false;
  std::string list_;
};

}  // namespace

int print_inspected(Invocation& call, const std::vector<std::string>& names,
                    const InspectGetter& get) {
  Output output(call.console, call.flags.text("format"));
  std::vector<std::string> errors;
  for (const std::string& name : names) {
    try {
      const auto json = from_daemon([&] { return get(name); });
      if (json) {
        output.add(*json);
      } else {
        errors.push_back(fmt::format("Error: No such object: {}", name));
      }
    } catch (const ExitError&) {
      throw;
    } catch (const Error& error) {  // said below, so that the next ones get their turn
      errors.push_back(error.message());
    }
  }
  output.finish();
  if (errors.empty()) return 0;
  for (const std::string& error : errors) call.console.err(error);
  return 1;
}

}  // namespace mydock::cli
