#include "image/change.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace mydock::image {
namespace {

oci::ExecutionConfig before() {
  oci::ExecutionConfig config;
  config.env = {"PATH=/bin", "HOME=/root"};
  config.cmd = {"old"};
  config.working_dir = "/srv";
  return config;
}

struct Case {
  std::vector<std::string> changes;
  const char* json;  // what is different from before()
};

TEST(ChangeTest, InstructionsChangeTheConfigAsDockerDoes) {
  const std::vector<Case> cases = {
      {{"CMD [\"a\", \"b c\"]"}, R"({"Cmd":["a","b c"]})"},
      {{"CMD echo hi"}, R"({"Cmd":["/bin/sh","-c","echo hi"]})"},
      {{"cmd [not json"}, R"({"Cmd":["/bin/sh","-c","[not json"]})"},
      {{"ENTRYPOINT [\"/e\"]"}, R"({"Entrypoint":["/e"],"Cmd":[]})"},
      {{"CMD [\"a\"]", "ENTRYPOINT [\"/e\"]"}, R"({"Entrypoint":["/e"],"Cmd":["a"]})"},
      {{"ENV PATH=$PATH:/x A=\"b c\""}, R"({"Env":["PATH=/bin:/x","HOME=/root","A=b c"]})"},
      {{"ENV GREETING hello  world"},
       R"({"Env":["PATH=/bin","HOME=/root","GREETING=hello  world"]})"},
      {{"ENV X=${NONE:-d} Y='$HOME'"}, R"({"Env":["PATH=/bin","HOME=/root","X=d","Y=$HOME"]})"},
      {{"EXPOSE 80 53/udp 8000-8001"},
       R"({"ExposedPorts":{"80/tcp":{},"53/udp":{},"8000/tcp":{},"8001/tcp":{}}})"},
      {{"LABEL a=1 \"b c\"=2"}, R"({"Labels":{"a":"1","b c":"2"}})"},
      {{"USER 1000:1000"}, R"({"User":"1000:1000"})"},
      {{"VOLUME /a /b", "VOLUME [\"/c d\"]"}, R"({"Volumes":{"/a":{},"/b":{},"/c d":{}}})"},
      {{"WORKDIR sub/../x/"}, R"({"WorkingDir":"/srv/x"})"},
      {{"WORKDIR /"}, R"({"WorkingDir":"/"})"},
      {{"STOPSIGNAL SIGQUIT"}, R"({"StopSignal":"SIGQUIT"})"},
      {{"ONBUILD RUN make"}, R"({"OnBuild":["RUN make"]})"},
      {{"HEALTHCHECK NONE"}, R"({"Healthcheck":{"Test":["NONE"]}})"},
      {{"HEALTHCHECK --interval=1m30s --retries=3 CMD curl x"},
       R"({"Healthcheck":{"Test":["CMD-SHELL","curl x"],"Interval":90000000000,"Retries":3}})"},
      {{"HEALTHCHECK CMD [\"curl\"]"}, R"({"Healthcheck":{"Test":["CMD","curl"]}})"},
      {{"  ", "USER a"}, R"({"User":"a"})"}};
  for (const Case& one : cases) {
    oci::ExecutionConfig config = before();
    apply_changes(config, one.changes);
    oci::ExecutionConfig expected = before();
    JsonDocument(one.json).root().read(expected);
    EXPECT_EQ(to_json(config), to_json(expected)) << one.changes.front();
  }
}

TEST(ChangeTest, BadInstructionsAreRefused) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"RUN true", "RUN is not a valid change command"},
      {"FROM x", "FROM is not a valid change command"},
      {"ENV", "ENV requires at least one argument"},
      {"ENV A", "ENV must have two arguments"},
      {"ENV A=1 B", "can't find = in \"B\""},
      {"ENV =x", "names can not be blank"},
      {"ENV A=\"open", "matching double-quote"},
      {"EXPOSE 99999", "invalid containerPort"},
      {"EXPOSE 80/icmp", "invalid proto: icmp"},
      {"EXPOSE 90-80", "invalid containerPort"},
      {"USER a b", "exactly one argument"},
      {"VOLUME [\"\"]", "can not be an empty string"},
      {"STOPSIGNAL a;b", "invalid signal"},
      {"ONBUILD ONBUILD RUN x", "Chaining ONBUILD"},
      {"ONBUILD FROM x", "isn't allowed as an ONBUILD trigger"},
      {"HEALTHCHECK --retries=-1 CMD x", "--retries cannot be negative"},
      {"HEALTHCHECK --interval=-1s CMD x", "invalid duration"},
      {"HEALTHCHECK --bogus=1 CMD x", "Unknown flag: bogus"},
      {"HEALTHCHECK x", "Unknown type"},
      {"HEALTHCHECK CMD", "Missing command"}};
  for (const auto& [change, message] : cases) {
    oci::ExecutionConfig config = before();
    const std::vector<std::string> changes = {change};
    try {
      apply_changes(config, changes);
      ADD_FAILURE() << change;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid) << change;
      EXPECT_THAT(error.what(), testing::HasSubstr(message)) << change;
    }
  }
}

}  // namespace
}  // namespace mydock::image
