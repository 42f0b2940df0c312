#pragma once

#include <memory>

#include "archive/compression.h"

// The formats behind compression.h.
namespace mydock::archive {

std::unique_ptr<Source> make_gunzip(Source& from);
std::unique_ptr<Compressor> make_gzip(Sink& to, int level);
std::unique_ptr<Source> make_unzstd(Source& from);
std::unique_ptr<Compressor> make_zstd(Sink& to, int level);
// Unpacks by a program that reads stdin and writes stdout: "xz", "bzip2".
std::unique_ptr<Source> make_filter(Source& from, std::string_view program);

}  // namespace mydock::archive
