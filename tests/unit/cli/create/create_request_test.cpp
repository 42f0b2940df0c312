#include "cli/create/create_request.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

using Words = std::vector<std::string>;

CreateRequest make(Words words) {
  words.push_back("busybox");
  const Command& command = *find_command("run");
  const Arguments arguments = parse_arguments(command, words);
  check_flags(command, arguments.flags);
  return make_create_request(arguments.flags, arguments.args);
}
std::string error_of(const Words& words) {
  try {
    make(words);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(CreateRequestTest, WithoutFlagsBothOutputsAreAttached) {
  const api::ContainerCreate body = make({}).body;
  EXPECT_EQ(body.config.image, "busybox");
  EXPECT_EQ(body.config.cmd, std::nullopt);
  EXPECT_FALSE(body.config.attach_stdin);
  EXPECT_TRUE(body.config.attach_stdout);
  EXPECT_TRUE(body.config.attach_stderr);
  EXPECT_EQ(body.host_config.network_mode, "default");
  EXPECT_EQ(body.host_config.restart_policy.name, "no");
  EXPECT_EQ(body.host_config.resources.memory_swappiness, -1);
  EXPECT_TRUE(body.networking_config.endpoints.empty());
}
TEST(CreateRequestTest, InteractiveOpensStdinOnce) {
  const auto config = make({"-it"}).body.config;
  EXPECT_TRUE(config.open_stdin && config.stdin_once && config.attach_stdin && config.tty);
  const auto detached = make({"-dit"}).body.config;
  EXPECT_TRUE(detached.open_stdin);
  EXPECT_FALSE(detached.stdin_once || detached.attach_stdin || detached.attach_stdout);
}
TEST(CreateRequestTest, PortsGoToBothMaps) {
  const auto body =
      make({"-p", "127.0.0.1:8080:80", "-p", "[::1]:53:53/udp", "--expose", "9-10"}).body;
  const std::vector<api::PortBinding> tcp = {{.host_ip = "127.0.0.1", .host_port = "8080"}};
  const std::vector<api::PortBinding> udp = {{.host_ip = "::1", .host_port = "53"}};
  EXPECT_EQ(body.host_config.port_bindings.at("80/tcp"), tcp);
  EXPECT_EQ(body.host_config.port_bindings.at("53/udp"), udp);
  EXPECT_EQ(body.config.exposed_ports.size(), 4U);
}
TEST(CreateRequestTest, PortRangesAreExpanded) {
  const auto pairs = make({"-p", "8000-8001:80-81"}).body.host_config.port_bindings;
  EXPECT_EQ(pairs.at("81/tcp")->front().host_port, "8001");
  const auto pool = make({"-p", "8000-8010:80"}).body.host_config.port_bindings;
  EXPECT_EQ(pool.at("80/tcp")->front().host_port, "8000-8010");
}
TEST(CreateRequestTest, VolumesWithASourceAreBinds) {
  const auto body = make({"-v", "/a:/b:ro", "-v", "/anonymous", "-v", "name:/c"}).body;
  EXPECT_EQ(body.host_config.binds, (Words{"/a:/b:ro", "name:/c"}));
  EXPECT_EQ(body.config.volumes->size(), 1U);
}
TEST(CreateRequestTest, MountsAreReadFromCsv) {
  const auto mounts = make({"--mount", "type=bind,src=/a,dst=/b,ro,bind-propagation=rslave",
                            "--mount", "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777",
                            "--mount", "source=v,target=/v,volume-nocopy,volume-opt=a=b"})
                          .body.host_config.mounts;
  EXPECT_EQ(mounts[0].type, "bind");
  EXPECT_TRUE(mounts[0].read_only);
  EXPECT_EQ(mounts[0].bind_options->propagation, "rslave");
  EXPECT_EQ(mounts[1].tmpfs_options->size_bytes, 1048576);
  EXPECT_EQ(mounts[1].tmpfs_options->mode, 01777U);
  EXPECT_EQ(mounts[2].type, "volume");
  EXPECT_TRUE(mounts[2].volume_options->no_copy);
}
TEST(CreateRequestTest, LimitsAreConverted) {
  const auto r = make({"-m", "64m", "--memory-swap=-1", "--cpus", "1.5", "--pids-limit", "9",
                       "--ulimit", "nofile=1:2", "--device", "/dev/null:/dev/x:r"})
                     .body.host_config.resources;
  EXPECT_EQ(r.memory, 67108864);
  EXPECT_EQ(r.memory_swap, -1);
  EXPECT_EQ(r.nano_cpus, 1500000000);
  EXPECT_EQ(r.pids_limit, 9);
  EXPECT_EQ(r.ulimits->front().hard, 2);
  EXPECT_EQ(r.devices->front().path_in_container, "/dev/x");
  EXPECT_EQ(r.devices->front().cgroup_permissions, "r");
}
TEST(CreateRequestTest, NetworkFlagsBelongToTheFirstNetwork) {
  const auto body =
      make({"--network", "name=n1,alias=a", "--network", "n2", "--ip", "10.0.0.9"}).body;
  EXPECT_EQ(body.host_config.network_mode, "n1");
  const auto& endpoints = body.networking_config.endpoints;
  EXPECT_EQ(endpoints.at("n1").ipam_config->ipv4_address, "10.0.0.9");
  EXPECT_EQ(endpoints.at("n1").aliases, (Words{"a"}));
  EXPECT_EQ(endpoints.count("n2"), 1U);
}
TEST(CreateRequestTest, HealthAndSecurityAreTranslated) {
  const auto body = make({"--health-cmd", "true", "--health-interval", "2s", "--security-opt",
                          "systempaths=unconfined", "--security-opt", "no-new-privileges"})
                        .body;
  EXPECT_EQ(body.config.healthcheck->test, (Words{"CMD-SHELL", "true"}));
  EXPECT_EQ(body.config.healthcheck->interval, 2000000000);
  EXPECT_EQ(body.host_config.masked_paths, Words{});
  EXPECT_EQ(body.host_config.security_opt, (Words{"no-new-privileges"}));
  EXPECT_EQ(make({"--no-healthcheck"}).body.config.healthcheck->test, (Words{"NONE"}));
}
TEST(CreateRequestTest, AnEmptyEntrypointClearsTheImages) {
  EXPECT_EQ(make({"--entrypoint", ""}).body.config.entrypoint, (Words{""}));
  EXPECT_EQ(make({"--entrypoint", "sh"}).body.config.entrypoint, (Words{"sh"}));
}

struct BadCase {
  Words words;
  const char* message;
};
class CreateRequestErrorTest : public testing::TestWithParam<BadCase> {};
TEST_P(CreateRequestErrorTest, SaysWhatDockerSays) {
  EXPECT_EQ(error_of(GetParam().words), GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    All, CreateRequestErrorTest,
    testing::Values(
        BadCase{{"-p", "a:b:c:d:e"}, "invalid IP address: a:b:c"},
        BadCase{{"-p", "x"}, "invalid containerPort: x"},
        BadCase{{"-p", "x:80"}, "invalid hostPort: x"}, BadCase{{"-p", "80/x"}, "invalid proto: x"},
        BadCase{{"-p", "1-3:80-81"},
                "invalid ranges specified for container and host Ports: 80-81 and 1-3"},
        BadCase{{"--expose", "x"},
                "invalid range format for --expose: x, error: strconv.ParseUint: parsing \"x\": "
                "invalid syntax"},
        BadCase{{"--rm", "--restart", "always"},
                "conflicting options: cannot specify both --restart and --rm"},
        BadCase{{"--pid", "x"}, "--pid: invalid PID mode"},
        BadCase{{"--uts", "x"}, "--uts: invalid UTS mode"},
        BadCase{{"--cgroupns", "x"}, "--cgroupns: invalid CGROUP mode"},
        BadCase{{"--memory-swappiness", "200"},
                "invalid value: 200. Valid memory swappiness range is 0-100"},
        BadCase{{"--mac-address", "x"}, "x is not a valid mac address"},
        BadCase{{"--network-alias", "x"},
                "network-scoped aliases are only supported for user-defined networks"},
        BadCase{{"--no-healthcheck", "--health-cmd", "x"},
                "--no-healthcheck conflicts with --health-* options"},
        BadCase{{"--storage-opt", "x"}, "invalid storage option"},
        BadCase{{"--pull", "x"},
                "invalid pull option: 'x': must be one of \"always\", \"missing\" or \"never\""},
        BadCase{{"--env-file", "/nonexist"}, "open /nonexist: no such file or directory"},
        BadCase{{"--security-opt", "seccomp=/nonexist"},
                "opening seccomp profile (/nonexist) failed: open /nonexist: no such file or "
                "directory"}));

}  // namespace
}  // namespace mydock::cli
