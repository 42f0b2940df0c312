#include "api/error.h"

namespace mydock::api {

int status_of(Kind kind) {
  switch (kind) {
    case Kind::invalid:
      return 400;
    case Kind::unauthorized:
      return 401;
    case Kind::forbidden:
      return 403;
    case Kind::not_found:
      return 404;
    case Kind::conflict:
      return 409;
    case Kind::unavailable:
      return 503;
    case Kind::not_implemented:
      return 501;
    case Kind::cancelled:
    case Kind::deadline:
    case Kind::system:
      return 500;
  }
  return 500;
}

Kind kind_of(int status) {
  switch (status) {
    case 401:
      return Kind::unauthorized;
    case 403:
      return Kind::forbidden;
    case 404:
      return Kind::not_found;
    case 409:
      return Kind::conflict;
    case 501:
      return Kind::not_implemented;
    case 503:
      return Kind::unavailable;
    default:
      return status >= 400 && status < 500 ? Kind::invalid : Kind::system;
  }
}

}  // namespace mydock::api
