#include <gtest/gtest.h>

#include <sys/resource.h>

#include "base/error.h"
#include "runtime/capabilities.h"
#include "tests/kernel/init_container.h"

namespace mydock::runtime::init {
namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(InitProcess, RootHasDockersFourteenCapabilitiesAndNoMore) {
  InitContainer box;
  const auto result = box.run("grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status");
  EXPECT_EQ(result.output,
            "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n"
            "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\n");
}

TEST(InitProcess, AnotherUserHasNoneInEffect) {
  InitContainer box;
  box.options.user = "web";
  const auto result = box.run("id; grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status; env");
  EXPECT_TRUE(contains(result.output, "uid=1000(web) gid=1001(web)")) << result.output;
  EXPECT_TRUE(contains(result.output, "4(adm)")) << result.output;
  EXPECT_TRUE(contains(result.output,
                       "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
                       "CapBnd:\t00000000a80425fb"))
      << result.output;
  EXPECT_TRUE(contains(result.output, "HOME=/home/web")) << result.output;
}

TEST(InitProcess, AmbientCapabilitiesSurviveTheUser) {
  InitContainer box;
  box.options.user = "1000";
  oci::Capabilities& caps = *box.spec.process->capabilities;
  caps.inheritable = caps.ambient = {"CAP_NET_BIND_SERVICE"};
  const auto result = box.run("grep -E 'Cap(Eff|Amb)' /proc/self/status");
  EXPECT_EQ(result.output, "CapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
}

TEST(InitProcess, CapabilitiesThatThisMachineLacksAreLeftOutWithAWarning) {
  InitContainer box;
  oci::Capabilities& caps = *box.spec.process->capabilities;
  caps.bounding = caps.permitted = caps.effective = capability_names(kernel_capabilities());
  const bool lacking = own_bounding_set() != kernel_capabilities();
  const auto result = box.run("echo started");
  EXPECT_EQ(result.output, "started\n") << result.error;
  EXPECT_EQ(result.warnings.empty(), !lacking);
}

TEST(InitProcess, AnUnknownCapabilityIsWarnedOf) {
  InitContainer box;
  box.spec.process->capabilities->effective.emplace_back("CAP_NONSENSE");
  const auto result = box.run("echo ran");
  EXPECT_EQ(result.output, "ran\n") << result.error;
  EXPECT_EQ(result.warnings,
            std::vector<std::string>{"unknown capability \"CAP_NONSENSE\", left out"});
}

TEST(InitProcess, MissingUserIsAnErrorOfCreate) {
  InitContainer box;
  box.options.user = "nobody-here";
  const auto result = box.run("true");
  EXPECT_FALSE(result.created);
  EXPECT_EQ(result.error, "unable to find user nobody-here: no matching entries in passwd file");
}

TEST(InitProcess, ExtraGroupsAreAddedAndOurOwnAreNot) {
  InitContainer box;
  box.options.user = "1000:1001";
  box.options.groups = {"wheel", "4242"};
  EXPECT_EQ(box.run("id -G").output, "1001 10 4242\n");
}

TEST(InitProcess, RlimitsAreSetAndClampedWithAWarning) {
  InitContainer box;
  struct rlimit ours {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &ours), 0);
  box.spec.process->rlimits = {{.type = "RLIMIT_NOFILE", .hard = 200, .soft = 100},
                               {.type = "RLIMIT_CORE", .hard = 0, .soft = 0}};
  EXPECT_EQ(box.run("ulimit -Sn; ulimit -Hn; ulimit -c").output, "100\n200\n0\n");
  box.spec.process->rlimits = {{.type = "RLIMIT_NOFILE", .hard = 100, .soft = 200}};
  EXPECT_TRUE(contains(box.run("true").error, "soft limit 200 is above hard limit 100"));
}

TEST(InitProcess, ALowerOomScoreIsClampedWhereItIsNotAllowed) {
  InitContainer box;
  box.spec.process->oom_score_adj = -500;
  const auto result = box.run("cat /proc/self/oom_score_adj");
  EXPECT_TRUE(result.output == "-500\n" || !result.warnings.empty()) << result.output;
  box.spec.process->oom_score_adj = 321;
  EXPECT_EQ(box.run("cat /proc/self/oom_score_adj").output, "321\n");
}

TEST(InitProcess, NoNewPrivsIsAsAsked) {
  for (const bool asked : {true, false}) {
    InitContainer box;
    box.spec.process->no_new_privileges = asked;
    EXPECT_EQ(box.run("grep NoNewPrivs /proc/self/status; grep Seccomp: /proc/self/status").output,
              asked ? "NoNewPrivs:\t1\nSeccomp:\t2\n" : "NoNewPrivs:\t0\nSeccomp:\t2\n");
  }
}

TEST(InitProcess, TheFilterRefusesWhatDockersDoes) {
  InitContainer box;
  // As root with CAP_SYS_ADMIN these would work: it is the filter that says no.
  oci::Capabilities& caps = *box.spec.process->capabilities;
  caps.bounding.emplace_back("CAP_SYS_ADMIN");
  caps.permitted.emplace_back("CAP_SYS_ADMIN");
  caps.effective.emplace_back("CAP_SYS_ADMIN");
  const auto result =
      box.run("mount -t tmpfs none /tmp; unshare -m true; unshare -U true; umount /proc");
  EXPECT_EQ(result.output,
            "mount: permission denied (are you root?)\n"
            "unshare: unshare(0x20000): Operation not permitted\n"
            "unshare: unshare(0x10000000): Operation not permitted\n"
            "umount: can't unmount /proc: Operation not permitted\n");
}

TEST(InitProcess, TheWorkingDirectoryIsMade) {
  InitContainer box;
  box.spec.process->cwd = "/srv/new/place";
  EXPECT_EQ(box.run("pwd; stat -c %u:%a .").output, "/srv/new/place\n0:755\n");
}

TEST(InitProcess, TheUmaskIsTheUsualOneUnlessTheSpecSaysElse) {
  InitContainer box;
  EXPECT_EQ(box.run("umask").output, "0022\n");
  box.spec.process->user.umask = 077;
  EXPECT_EQ(box.run("umask").output, "0077\n");
}

TEST(InitProcess, WhatCannotBeExecutedIsToldInDockersWords) {
  struct Case {
    const char* name;
    std::vector<std::string> args;
    std::string error;
    int error_number;
  };
  const std::vector<Case> cases = {
      {"not in PATH", {"foo"}, "exec: \"foo\": executable file not found in $PATH", ENOENT},
      {"empty", {""}, "exec: \"\": executable file not found in $PATH", ENOENT},
      {"missing", {"/foo"}, "exec: \"/foo\": stat /foo: no such file or directory", ENOENT},
      {"below a file",
       {"/etc/passwd/x"},
       "exec: \"/etc/passwd/x\": stat /etc/passwd/x: not a directory",
       ENOTDIR},
      {"directory", {"/etc"}, "exec: \"/etc\": is a directory", EACCES},
      {"no x bit", {"/etc/passwd"}, "exec: \"/etc/passwd\": permission denied", EACCES},
  };
  for (const Case& c : cases) {
    InitContainer box;
    box.spec.process->args = c.args;
    const auto result = box.run();
    EXPECT_TRUE(result.created) << c.name;
    EXPECT_EQ(result.error, c.error) << c.name;
    EXPECT_EQ(result.error_number, c.error_number) << c.name;
  }
}

TEST(InitProcess, AMissingInterpreterIsTheProgramsOwnFailure) {
  InitContainer box;
  box.write("script", "#!/no/such/shell\n", 0755);
  box.write("garbage", "\x01\x02\x03", 0755);
  box.spec.process->args = {"/script"};
  auto result = box.run();
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "exec /script: no such file or directory\n");
  EXPECT_EQ(result.code, 255);
  box.spec.process->args = {"/garbage"};
  result = box.run();
  EXPECT_EQ(result.output, "exec /garbage: exec format error\n");
}

TEST(InitProcess, ATerminalIsTheSessionsOwn) {
  InitContainer box;
  box.spec.process->terminal = true;
  box.spec.process->console_size = oci::ConsoleSize{.height = 33, .width = 99};
  const auto result = box.run("tty; stty size; ls -l /dev/console; echo hi >/dev/tty");
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.output.starts_with("/dev/pts/0\r\n33 99\r\n")) << result.output;
  EXPECT_TRUE(contains(result.output, "hi\r\n")) << result.output;
  EXPECT_TRUE(contains(result.output, "136,   0")) << result.output;
}

TEST(InitProcess, AConsoleThatTheImageMadeIsNotFollowed) {
  InitContainer box;
  box.spec.process->terminal = true;
  std::erase_if(box.spec.mounts,
                [](const oci::Mount& mount) { return mount.destination == "/dev"; });
  box.write("canary", "untouched");
  box.link("dev/console", "/canary");
  EXPECT_NE(box.run("true").error, "");
}

TEST(InitProcess, TheReaperForwardsSignalsReapsAndExitsAsItsChild) {
  InitContainer box;
  box.options.init_reaper = true;
  EXPECT_EQ(box.run("exit 7").code, 7);
  auto result = box.run("test $$ != 1 && (sleep 0.01 &) ; kill -TERM 1; sleep 5; echo not reached");
  EXPECT_EQ(result.code, 128 + 15) << result.output;
  EXPECT_EQ(result.output, "");
  box.spec.process->args = {"nothing"};
  result = box.run();
  EXPECT_EQ(result.error, "exec: \"nothing\": executable file not found in $PATH");
}

TEST(InitProcess, AnExecJoinsAllNamespacesAndHasTheSameLimits) {
  InitContainer box;
  oci::Process process = *box.spec.process;
  process.args = {"/bin/sh", "-c",
                  "for n in mnt uts pid ipc net cgroup; do "
                  "test $(readlink /proc/self/ns/$n) = $(readlink /proc/1/ns/$n) || echo $n; done;"
                  "hostname; grep CapEff /proc/self/status; grep Seccomp: /proc/self/status; pwd"};
  process.cwd = "/tmp";
  const auto result = box.exec(process);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "box\nCapEff:\t00000000a80425fb\nSeccomp:\t2\n/tmp\n");
}

TEST(InitProcess, AnExecAsAnotherUserWithATerminal) {
  InitContainer box;
  oci::Process process = *box.spec.process;
  process.terminal = true;
  process.args = {"/bin/sh", "-c", "id -u; tty; echo $HOME"};
  const auto result = box.exec(process, "web");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "1000\r\n/dev/pts/0\r\n/home/web\r\n");
}

TEST(InitProcess, AnExecThatFailsSaysWhy) {
  struct Case {
    std::vector<std::string> args;
    std::string cwd;
    std::string error;
  };
  for (const Case& c : {Case{{"foo"}, "/", "exec: \"foo\": executable file not found in $PATH"},
                        Case{{"/bin/true"},
                             "/no/such",
                             "chdir to cwd (\"/no/such\") set in config.json failed: no such file "
                             "or directory"}}) {
    InitContainer box;
    oci::Process process = *box.spec.process;
    process.args = c.args;
    process.cwd = c.cwd;
    EXPECT_EQ(box.exec(process).error, c.error);
  }
}

}  // namespace
}  // namespace mydock::runtime::init
