#pragma once

#include "api/container_stats.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

Listing stats_listing();
// `container`: as the user named it. nullptr: nothing is known of it, yet or any more.
Value stats_row(const std::string& container, const api::ContainerStats* sample, bool truncate);

// What docker's table computes of a sample.
double cpu_percent(const api::ContainerStats& sample);
std::uint64_t memory_used(const api::MemoryStats& memory);  // without the page cache that can go

}  // namespace mydock::cli
