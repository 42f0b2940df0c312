#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace mydock::api {

struct ErrorBody {
  std::string message;
  bool operator==(const ErrorBody&) const = default;
};
template <class V>
void fields(V& v, Of<ErrorBody> auto& s) {
  v("message", s.message);
}

// The one table of kinds and HTTP statuses, both ways: the daemon's answer, the client's Error.
int status_of(Kind kind);
Kind kind_of(int status);

}  // namespace mydock::api
