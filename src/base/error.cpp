#include "base/error.h"

#include <array>
#include <cstring>

namespace mydock {

namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 10> kNames{{
    {Kind::invalid, "invalid"},
    {Kind::unauthorized, "unauthorized"},
    {Kind::forbidden, "forbidden"},
    {Kind::not_found, "not_found"},
    {Kind::conflict, "conflict"},
    {Kind::unavailable, "unavailable"},
    {Kind::not_implemented, "not_implemented"},
    {Kind::cancelled, "cancelled"},
    {Kind::deadline, "deadline"},
    {Kind::system, "system"},
}};

}  // namespace

std::string_view to_string(Kind kind) {
  for (const auto& [value, name] : kNames) {
    if (value == kind) return name;
  }
  return "system";
}

Kind kind_from_string(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return Kind::system;
}

Error::Error(Kind kind, std::string message, int error_number)
    : kind_(kind), error_number_(error_number), message_(std::move(message)) {}

void Error::prepend(std::string_view doing) { message_ = fmt::format("{}: {}", doing, message_); }

void throw_errno(int error_number, std::string doing) {
  // strerrordesc_np needs no locale and no buffer, so it is safe in the shim's child too.
  const char* reason = ::strerrordesc_np(error_number);
  throw Error(Kind::system,
              fmt::format("{}: {}", doing, reason == nullptr ? "Unknown error" : reason),
              error_number);
}

}  // namespace mydock
