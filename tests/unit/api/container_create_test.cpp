#include "api/container_create.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string error_of(ApiVersion version, std::string_view body) {
  try {
    ContainerCreate create = parse_container_create(body);
    shape_for(version, create);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::invalid);
    return error.message();
  }
  return "";
}

ContainerCreate shaped(ApiVersion version, std::string_view body, Strings* warnings = nullptr) {
  ContainerCreate create = parse_container_create(body);
  Strings all = shape_for(version, create);
  if (warnings != nullptr) *warnings = std::move(all);
  return create;
}

TEST(ContainerCreateTest, ConfigIsAtTheTop) {
  const auto create = parse_container_create(
      R"({"Image":"alpine","Cmd":["a","b"],"HostConfig":{"Memory":5,"Binds":[]},
          "NetworkingConfig":{"EndpointsConfig":{"n":{"Aliases":["x"]}}}})");
  EXPECT_EQ(create.config.image, "alpine");
  EXPECT_EQ(create.config.cmd, (Strings{"a", "b"}));
  EXPECT_EQ(create.host_config.resources.memory, 5);
  EXPECT_EQ(create.host_config.binds, Strings());
  EXPECT_EQ(create.host_config.cap_add, std::nullopt);
  EXPECT_EQ(create.networking_config.endpoints.at("n").aliases, (Strings{"x"}));
}

TEST(ContainerCreateTest, CmdMayBeOneString) {
  const auto create = parse_container_create(R"({"cmd":"echo hi","Entrypoint":"/x"})");
  EXPECT_EQ(create.config.cmd, (Strings{"echo hi"}));
  EXPECT_EQ(create.config.entrypoint, (Strings{"/x"}));
}

TEST(ContainerCreateTest, NullAndEmptyListsAreEchoed) {
  const auto create = parse_container_create(R"({"Env":null,"Cmd":[],"HostConfig":null})");
  const std::string text = to_json(create);
  EXPECT_THAT(text, HasSubstr(R"("Env":null,"Cmd":[])"));
  EXPECT_THAT(text, HasSubstr(R"("Entrypoint":null,"OnBuild":null,"Labels":{})"));
  EXPECT_THAT(text, HasSubstr(R"("Binds":null)"));
  EXPECT_EQ(parse_container_create(text), create);
}

TEST(ContainerCreateTest, BadBodiesAreRefused) {
  for (const char* body : {"", "null", "[]", "{", "{}x", R"({"Cmd":1})", R"({"Env":"a"})",
                           R"({"HostConfig":{"Memory":"1"}})", R"({"Tty":"true"})",
                           R"({"HostConfig":{"Memory":99999999999999999999}})"}) {
    EXPECT_THROW(parse_container_create(body), Error) << body;
  }
}

TEST(ContainerCreateTest, TheNetworkHasItsName) {
  const auto create = shaped(
      kAdvertised, R"({"NetworkingConfig":{"EndpointsConfig":{"default":{"MacAddress":"m"}}}})");
  EXPECT_EQ(create.host_config.network_mode, "bridge");
  EXPECT_EQ(create.networking_config.endpoints.at("bridge").mac_address, "m");
}

TEST(ContainerCreateTest, NewMembersAreUnknownToOldVersions) {
  const char* body = R"({"Healthcheck":{"StartInterval":5},"HostConfig":{"ConsoleSize":[1,2],
      "Annotations":{"a":"b"},"Mounts":[{"Type":"bind","ReadOnly":true,
      "VolumeOptions":{"NoCopy":true},"BindOptions":{"CreateMountpoint":true}}]}})";
  const auto old = shaped({1, 39}, body);
  EXPECT_EQ(old.host_config.ipc_mode, "shareable");
  EXPECT_EQ(old.host_config.console_size[0], 0U);
  EXPECT_THAT(old.host_config.annotations, IsEmpty());
  EXPECT_EQ(old.config.healthcheck->start_interval, 0);
  EXPECT_FALSE(old.host_config.mounts[0].volume_options);
  EXPECT_FALSE(old.host_config.mounts[0].bind_options->create_mountpoint);
  EXPECT_TRUE(old.host_config.mounts[0].bind_options->read_only_non_recursive);
}

TEST(ContainerCreateTest, WhatAVersionDoesNotHaveIsRefused) {
  struct Case {
    ApiVersion version;
    const char* body;
    const char* message;
  };
  const Case cases[] = {
      {{1, 42},
       R"({"HostConfig":{"Mounts":[{"Type":"bind","VolumeOptions":{}}]}})",
       "VolumeOptions must not be specified on mount type \"bind\""},
      {{1, 43},
       R"({"HostConfig":{"Mounts":[{"Type":"bind","BindOptions":{"ReadOnlyForceRecursive":true}}]}})",
       "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer"},
      {{1, 44},
       R"({"HostConfig":{"Mounts":[{"Type":"volume","VolumeOptions":{"Subpath":"x"}}]}})",
       "VolumeOptions.Subpath needs API v1.45 or newer"},
      {{1, 47},
       R"({"HostConfig":{"Mounts":[{"Type":"image"}]}})",
       "Mount type \"Image\" needs API v1.48 or newer"},
      {{1, 43},
       R"({"NetworkingConfig":{"EndpointsConfig":{"a":{},"b":{}}}})",
       "Container cannot be created with multiple network endpoints: a, b"},
      {{1, 43},
       R"({"MacAddress":"m","HostConfig":{"NetworkMode":"host"}})",
       "conflicting options: mac-address and the network mode"},
      {{1, 51},
       R"({"MacAddress":"m","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"n"}}}})",
       "the container-wide MAC address must match the endpoint-specific MAC address for the main "
       "network, or be left empty"},
      {{1, 48},
       R"({"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.forwarding":"1"}}})",
       "interface specific sysctl setting \"net.ipv4.conf.eth0.forwarding\" must be supplied using "
       "driver option 'com.docker.network.endpoint.sysctls'"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_of(c.version, c.body), c.message);
}

TEST(ContainerCreateTest, TheContainersMacGoesToItsEndpoint) {
  Strings warnings;
  const char* body = R"({"MacAddress":"m"})";
  EXPECT_EQ(shaped({1, 43}, body, &warnings).networking_config.endpoints.at("bridge").mac_address,
            "m");
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_EQ(shaped({1, 51}, body, &warnings).networking_config.endpoints.at("bridge").mac_address,
            "m");
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("now deprecated")));
  EXPECT_THAT(shaped({1, 52}, body, &warnings).networking_config.endpoints, IsEmpty());
}

TEST(ContainerCreateTest, InterfaceSysctlsMoveToTheEndpoint) {
  Strings warnings;
  const auto create = shaped(
      {1, 47}, R"({"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.forwarding":"1","kernel.x":"2"}}})",
      &warnings);
  EXPECT_EQ(create.host_config.sysctls, (StringMap{{"kernel.x", "2"}}));
  EXPECT_EQ(
      create.networking_config.endpoints.at("bridge").driver_opts,
      (StringMap{{"com.docker.network.endpoint.sysctls", "net.ipv4.conf.IFNAME.forwarding=1"}}));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("Migrated sysctl")));
}

TEST(ContainerCreateTest, AnEmptyBindingIsARandomPort) {
  Strings warnings;
  const char* body = R"({"HostConfig":{"PortBindings":{"80/tcp":[],"81/tcp":null}}})";
  const auto create = shaped({1, 52}, body, &warnings);
  EXPECT_EQ(create.host_config.port_bindings.at("80/tcp")->size(), 1U);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr(": 80/tcp, 81/tcp. Such")));
  shaped({1, 51}, body, &warnings);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(ContainerCreateTest, PidsLimitOfZeroIsNone) {
  for (const char* limit : {"0", "-1"}) {
    const std::string body = std::string(R"({"HostConfig":{"PidsLimit":)") + limit + "}}";
    EXPECT_EQ(shaped(kAdvertised, body).host_config.resources.pids_limit, std::nullopt);
  }
}

}  // namespace
}  // namespace mydock::api
