"""Containers that another OCI runtime makes: daemon.json's runtimes, --runtime, default-runtime. Skips without crun and runc."""
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import sys
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

# crun refuses a mixed host whose v2 tree carries controllers. The shim's mount namespace is not the host's, so a
# runtime may hide that tree there.
WRAPPER = """#!/bin/sh
test "$(readlink /proc/self/ns/mnt)" != "{host}" || exit 99
test "$1" = --marked && shift && echo "$@" >>{calls}
{hide}
exec {program} "$@"
"""
HIDE = """if test -e /sys/fs/cgroup/unified/cgroup.procs; then
  umount /sys/fs/cgroup/unified && mount -t tmpfs none /sys/fs/cgroup/unified
fi"""
RUNTIMES = [name for name in ("crun", "runc") if shutil.which(name)]
DAEMON = None


def setUpModule():
    global DAEMON
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.stop()
    runtimes = {"nowhere": {"path": "/no/such/runtime"}, "nameless": {"path": "no-such-runtime"}}
    for name in RUNTIMES:
        wrapper = DAEMON.dir / f"wrapper-{name}"
        wrapper.write_text(WRAPPER.format(hide=HIDE if name == "crun" else "", host=os.readlink("/proc/self/ns/mnt"), calls=DAEMON.dir / f"calls-{name}", program=shutil.which(name)))
        wrapper.chmod(0o755)
        runtimes[f"other-{name}"] = {"path": str(wrapper), "runtimeArgs": ["--marked"]}
    (DAEMON.dir / "daemon.json").write_text(json.dumps(
        {"runtimes": runtimes, "default-runtime": f"other-{RUNTIMES[0]}", "live-restore": True}))
    DAEMON.start()
    DAEMON.load("busybox")


def words(*args, **options):
    done = DAEMON.mydock(*args, check=False, **options)
    return done.stdout, done.stderr, done.returncode


class RuntimeTest(unittest.TestCase):
    def each(self, check):
        for name in RUNTIMES:
            with self.subTest(runtime=name):
                check(f"other-{name}")

    def start(self, runtime, *flags, command=("sleep", "60")):
        made = DAEMON.mydock("run", "-d", "--runtime", runtime, *flags, "busybox", *command).stdout.strip()
        self.addCleanup(DAEMON.mydock, "rm", "-f", made, check=False)
        return made

    def typed(self, runtime, keys):
        """-> (exit code of an interactive shell, whether it wrote what it should)"""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 97, 0, 0))
        command = [str(DAEMON.bin / "mydock"), "run", "--rm", "-it", "--runtime", runtime, "busybox", "sh"]
        shell = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=DAEMON.environment)
        os.close(slave)
        os.write(master, keys)
        seen = b""
        with contextlib.suppress(OSError):
            while part := os.read(master, 4096):
                seen += part
        os.close(master)
        return shell.wait(timeout=20), b"a2b" in seen and b"31 97" in seen

    def state_of(self, runtime, container):
        return DAEMON.exec_root / "runtimes" / runtime / container

    def test_output_user_and_exit_code(self):
        def check(runtime):
            self.assertEqual(words("run", "--rm", "--runtime", runtime, "-u", "daemon", "busybox", "sh", "-c",
                                   "echo out $HOME; id -un; echo err >&2; exit 7"),
                             ("out /usr/sbin\ndaemon\n", "err\n", 7))
            self.assertEqual(words("run", "--rm", "-i", "--runtime", runtime, "busybox", "cat", input="hello"),
                             ("hello", "", 0))
            self.assertEqual(self.typed(runtime, b"echo a$((1+1))b; stty size; exit 6\n"), (6, True))
        self.each(check)

    def test_limits_and_rights(self):
        def check(runtime):
            name = self.start(runtime, "--privileged", "-v", f"{DAEMON.dir}:/shown:ro", "--tmpfs", "/t", "--cpus", "0.5")
            self.assertIn("daemon.json", words("exec", name, "ls", "/shown")[0])
            self.assertEqual(words("exec", "--privileged", name, "mkdir", "/t/x", "/shown/x")[2], 1)
            DAEMON.mydock("update", "--memory", "32m", "--memory-swap", "32m", name)
            self.assertIn("32MiB", words("stats", "--no-stream", name)[0])
            greedy = DAEMON.mydock("create", "--runtime", runtime, "-m", "16m", "busybox", "tail", "/dev/zero").stdout.strip()
            self.addCleanup(DAEMON.mydock, "rm", greedy)
            self.assertEqual(words("start", "-a", greedy)[2], 137)
            self.assertEqual(words("inspect", "-f", "{{.State.OOMKilled}}", greedy)[0], "true\n")
        self.each(check)

    def test_a_whole_life(self):
        def check(runtime):
            name = self.start(runtime, "--memory", "64m", command=("sh", "-c", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done"))
            self.assertTrue(self.state_of(runtime, name).exists())
            self.assertEqual(words("inspect", "-f", "{{.HostConfig.Runtime}} {{.State.Status}}", name)[0], f"{runtime} running\n")
            self.assertEqual(words("exec", name, "sh", "-c", "echo in; echo no >&2; exit 4"), ("in\n", "no\n", 4))
            self.assertEqual(words("exec", "-u", "daemon", "-e", "A=b", name, "sh", "-c", "id -un; echo $A"), ("daemon\nb\n", "", 0))
            self.assertEqual(words("exec", "-i", name, "cat", input="typed"), ("typed", "", 0))
            self.assertEqual(words("exec", "-t", name, "sh", "-c", "test -t 1 && echo tty"), ("tty\n", "", 0))
            self.assertEqual(words("exec", name, "no-such-program")[2], 127)
            self.assertIn("eth0", words("exec", name, "ip", "addr")[0])
            DAEMON.mydock("pause", name)
            self.assertEqual(words("inspect", "-f", "{{.State.Status}}", name)[0], "paused\n")
            DAEMON.mydock("unpause", name)
            self.assertIn("64MiB", words("stats", "--no-stream", name)[0])
            self.assertIn("sleep", words("top", name)[0])
            DAEMON.mydock("stop", name)
            self.assertEqual(words("wait", name)[0], "3\n")
            self.assertEqual(words("logs", name)[0], "up\nbye\n")
            self.assertFalse(self.state_of(runtime, name).exists())
            DAEMON.mydock("start", name)
            DAEMON.mydock("kill", name)
            self.assertEqual(words("wait", name)[0], "137\n")
        self.each(check)

    def test_it_outlives_the_daemon(self):
        names = {runtime: self.start(f"other-{runtime}") for runtime in RUNTIMES}
        DAEMON.kill()
        DAEMON.start()
        for runtime, name in names.items():
            with self.subTest(runtime=runtime):
                self.assertEqual(words("exec", name, "echo", "still here"), ("still here\n", "", 0))
                DAEMON.mydock("kill", name)
                self.assertEqual(words("wait", name)[0], "137\n")

    def test_a_shim_that_was_killed_leaves_nothing_in_the_way(self):
        def check(runtime):
            name = self.start(runtime)
            pid = int(words("inspect", "-f", "{{.State.Pid}}", name)[0])
            shim = int(next(line for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                            if line.startswith("PPid:")).split()[1])
            self.assertEqual(pathlib.Path(f"/proc/{shim}/comm").read_text(), "mydock-shim\n")
            os.kill(shim, 9)
            wait_until(lambda: words("inspect", "-f", "{{.State.Running}}", name)[0] == "false\n", what="its end")
            wait_until(lambda: not self.state_of(runtime, name).exists(), what="the runtime's state going")
            DAEMON.mydock("start", name)
            self.assertEqual(words("exec", name, "echo", "again")[0], "again\n")
        self.each(check)

    def test_what_cannot_run(self):
        def check(runtime):
            out, err, code = words("run", "--rm", "--runtime", runtime, "busybox", "no-such-program")
            self.assertEqual((out, code), ("", 127), err)
            self.assertIn("OCI runtime create failed", err)
            self.assertEqual(words("run", "--rm", "--runtime", runtime, "busybox", "/etc/passwd")[2], 126)
            self.assertIn('--init needs the runtime "runc"', words("run", "--rm", "--init", "--runtime", runtime, "busybox", "true")[1])
        self.each(check)

    def test_names(self):
        self.assertIn("unknown or invalid runtime name: nosuch", words("run", "--runtime", "nosuch", "busybox", "true")[1])
        for name, program in (("nowhere", "/no/such/runtime"), ("nameless", "no-such-runtime")):
            _, err, code = words("run", "--rm", "--runtime", name, "busybox", "true")
            self.assertEqual(code, 127)
            self.assertIn(f'exec: "{program}": ', err)
        info = DAEMON.request("GET", "/info")[1]
        self.assertEqual(info["DefaultRuntime"], f"other-{RUNTIMES[0]}")
        self.assertEqual(info["Runtimes"]["nowhere"]["path"], "/no/such/runtime")
        self.assertIn("runc", info["Runtimes"])
        made = DAEMON.mydock("create", "busybox", "true").stdout.strip()
        self.addCleanup(DAEMON.mydock, "rm", made)
        self.assertEqual(words("inspect", "-f", "{{.HostConfig.Runtime}}", made)[0], f"other-{RUNTIMES[0]}\n")
        self.assertEqual(words("start", "-a", made), ("", "", 0))
        calls = (DAEMON.dir / f"calls-{RUNTIMES[0]}").read_text()
        self.assertIn(f"create --bundle {DAEMON.exec_root}/containers/{made}", calls)


if __name__ == "__main__":
    if not RUNTIMES:
        print("SKIPPED: neither crun nor runc is installed", file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=2)
