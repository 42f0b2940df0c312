#pragma once

#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/file.h"
#include "runtime/log_options.h"
#include "runtime/shim/log/log.h"

namespace mydock::runtime::shim {

inline constexpr Time kTime{std::chrono::seconds(1'700'000'000)};

// A directory of the test's own.
class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/mydock-log-XXXXXX";
    directory_ = ::mkdtemp(name);
    file_.path = directory_ / "c-json.log";
  }
  void TearDown() override { remove_tree(directory_); }

  // What json-file writes of it, without the time.
  static std::string line(const std::string& log, const std::string& stream = "stdout") {
    return R"({"log":")" + log + R"(","stream":")" + stream + "\"}\n";
  }
  // The whole of a file, times taken out.
  static std::string lines_of(const fs::path& path) {
    std::string text = read_file(path);
    for (std::size_t at = 0; (at = text.find(",\"time\":", at)) != std::string::npos;) {
      text.erase(at, text.find('}', at) - at);
    }
    return text;
  }

  fs::path directory_;
  LogOptions::File file_;
};

}  // namespace mydock::runtime::shim
