"""Real programs in an image of Debian: a shell session, apt-get, and a Redis with a memory limit."""
import os
import pathlib
import pty
import re
import select
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

DAEMON = None


def setUpModule():
    global DAEMON
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox", "debian")


def redis(*words):
    return DAEMON.mydock("run", "--rm", "debian:bookworm", "redis-cli", "-h", redis.address, *words, check=False).stdout


def start_redis():
    DAEMON.mydock("run", "-d", "--name", "redis", "-m", "64m", "-v", "redis-data:/data", "-w", "/data", "debian:bookworm",
                  "redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--appendonly", "yes",
                  "--appendfsync", "always")
    redis.address = DAEMON.mydock("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "redis").stdout.strip()
    wait_until(lambda: redis("PING") == "PONG\n", 20, "Redis' answer")


class ProgramsTest(unittest.TestCase):
    def test_apt_get(self):
        done = DAEMON.mydock("run", "--rm", "debian:bookworm", "apt-get", "--version")
        self.assertRegex(done.stdout, r"^apt \d")

    def test_a_shell_session(self):
        pid, fd = pty.fork()
        if pid == 0:
            mydock = str(DAEMON.bin / "mydock")
            os.execve(mydock, [mydock, "run", "-it", "--rm", "debian:bookworm", "bash"], DAEMON.environment)
        seen = ""

        def expect(pattern):
            nonlocal seen
            end = time.monotonic() + 15
            while not re.search(pattern, seen):
                ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
                self.assertTrue(ready, f"{pattern!r} did not come: {seen!r}")
                seen += os.read(fd, 65536).decode(errors="replace")

        expect(r"root@[0-9a-f]{12}:/# ")
        os.write(fd, b"useradd -m someone && su someone -c 'id -un; echo $HOME'\n")
        expect(r"someone\r\n/home/someone\r\n")
        os.write(fd, b"stty size; exit 7\n")
        expect(r"\d+ \d+\r\n")
        _, status = os.waitpid(pid, 0)
        os.close(fd)
        self.assertEqual(os.waitstatus_to_exitcode(status), 7)

    def test_redis_keeps_its_data_in_a_volume(self):
        start_redis()
        self.assertEqual(redis("SET", "key", "value"), "OK\n")
        self.assertEqual(redis("GET", "key"), "value\n")
        DAEMON.mydock("stop", "redis")
        DAEMON.mydock("rm", "redis")
        start_redis()
        self.assertEqual(redis("GET", "key"), "value\n")
        limit = DAEMON.request("GET", "/containers/redis/json")[1]["HostConfig"]["Memory"]
        self.assertEqual(limit, 64 << 20)
        DAEMON.mydock("rm", "-f", "redis")


if __name__ == "__main__":
    unittest.main(verbosity=2)
