#pragma once

#include "api/json_stream.h"
#include "base/error.h"
#include "daemon/call.h"

namespace mydock::daemon {

// A stream of progress lines. Until the first one is written an error is still a plain HTTP answer.
class ProgressStream {
 public:
  explicit ProgressStream(Call& call) : call_(call) {}
  void write(const api::ProgressMessage& message) {
    if (out_ == nullptr) out_ = &call_.respond.begin_stream(200, "application/json");
    api::write_message(*out_, message);
  }
  template <class F>
  void run(F&& body) {
    try {
      body([this](const api::ProgressMessage& message) { write(message); });
    } catch (const Error& error) {
      if (out_ == nullptr || error.kind() == Kind::cancelled) throw;
      write(api::error_message(error.message()));
    }
    if (out_ != nullptr) call_.respond.end_stream();
  }

 private:
  Call& call_;
  Sink* out_ = nullptr;
};

}  // namespace mydock::daemon
