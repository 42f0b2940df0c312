// module: oci
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "oci/reference.h"

using mydock::oci::Reference;

// What is accepted reads back the same from both of its written forms.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Reference reference;
  try {
    reference = Reference::parse_familiar(text);
  } catch (const mydock::Error& error) {
    if (error.kind() != mydock::Kind::invalid) std::abort();
    return 0;
  }
  if (Reference::parse_familiar(reference.str()) != reference) std::abort();
  if (Reference::parse_familiar(reference.familiar()) != reference) std::abort();
  if (Reference::parse_name(reference.str()) != reference) std::abort();
  return 0;
}
