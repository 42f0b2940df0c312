#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/exec.h"
#include "client/session.h"

namespace mydock::client {

class ExecCalls {
 public:
  explicit ExecCalls(Session& session) : session_(session) {}

  std::string create(std::string_view container, const api::ExecCreate& create);  // the exec's id
  HijackedStream start(std::string_view id, const api::ExecStart& start);
  void start_detached(std::string_view id, bool tty = false);
  void resize(std::string_view id, std::uint32_t rows, std::uint32_t columns);
  api::ExecInspect inspect(std::string_view id);

 private:
  Session& session_;
};

}  // namespace mydock::client
