#pragma once

#include "base/stream.h"
#include "cli/terminal/console.h"

namespace mydock::cli {

enum class ProgressTo { out, err, nowhere };
// Shows a stream of progress messages: one line an id, redrawn on a terminal; otherwise a line for
// each thing that is done. Errors: system, with the text of an error message in the stream.
void show_progress(Source& body, Console& console, ProgressTo where);

}  // namespace mydock::cli
