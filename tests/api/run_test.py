"""What a person sees of `run` and its kin, with our CLI and with the stock one."""
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
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
    DAEMON.load("busybox")


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, *command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, DAEMON.environment)
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern, seconds=10):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{pattern!r} did not come; seen: {self.seen!r}")
            try:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                break
        if not re.search(pattern, self.seen):
            raise AssertionError(f"{pattern!r} did not come; seen: {self.seen!r}")

    def end(self):
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class WithEitherCli:
    program = ""

    def cli(self, *args, **options):
        return DAEMON.cli(self.program, *args, **options)

    def run_busybox(self, *args, flags=(), **options):
        return self.cli("run", "--rm", *flags, "busybox", *args, **options)

    def test_echo(self):
        done = self.run_busybox("echo", "hi")
        self.assertEqual((done.stdout, done.stderr), ("hi\n", ""))

    def test_exit_codes(self):
        for command, code in [(["sh", "-c", "exit 42"], 42), (["nosuch"], 127), (["/nosuch"], 127),
                              (["/etc/passwd"], 126), (["/etc"], 126),
                              # The kernel keeps a namespace's first process safe from its own signals.
                              (["sh", "-c", "kill -9 $$"], 0), (["sh", "-c", "sleep 9 & kill -9 $!; wait $!"], 137)]:
            self.assertEqual(self.run_busybox(*command, check=False).returncode, code, command)

    def test_unknown_image_is_125(self):
        done = self.cli("run", "--rm", "nosuchimage", check=False)
        self.assertEqual(done.returncode, 125)
        self.assertIn("Unable to find image 'nosuchimage:latest' locally", done.stderr)

    def test_streams_are_kept_apart(self):
        done = self.run_busybox("sh", "-c", "echo out; echo err >&2")
        self.assertEqual((done.stdout, done.stderr), ("out\n", "err\n"))

    def test_stdin_to_its_end(self):
        text = "line\n" * 50000
        self.assertEqual(self.run_busybox("cat", flags=["-i"], input=text).stdout, text)

    def test_large_output_is_whole(self):
        done = self.run_busybox("sh", "-c", "yes abcdefg | head -c 8000000", timeout=60)
        self.assertEqual(len(done.stdout), 8000000)

    def test_terminal_session(self):
        shell = Terminal(self.program, "run", "-it", "--rm", "busybox", "sh")
        shell.expect(r"# ")
        shell.type("tty; echo $((6*7))\n")
        shell.expect(r"/dev/pts/0\r\n42\r\n")
        shell.type("exit 3\n")
        self.assertEqual(shell.end(), 3)

    def test_terminal_detach_and_attach(self):
        name = f"detach-{self.__class__.__name__}"
        shell = Terminal(self.program, "run", "-it", "--name", name, "busybox", "sh")
        shell.expect(r"# ")
        shell.type("\x10\x11")
        self.assertEqual(shell.end(), 0)
        self.assertEqual(self.cli("inspect", "-f", "{{.State.Running}}", name).stdout, "true\n")
        again = Terminal(self.program, "attach", name)
        time.sleep(0.3)  # the CLI attaches before it reads
        again.type("echo back\n")
        again.expect(r"back\r\n")
        again.type("exit\n")
        again.end()
        self.cli("rm", "-f", name)

    def test_detached_logs_stop(self):
        name = f"logs-{self.__class__.__name__}"
        made = self.cli("run", "-d", "--name", name, "busybox", "sh", "-c", "echo one; sleep 1; echo two; sleep 60")
        self.assertRegex(made.stdout, r"^[0-9a-f]{64}\n$")
        follow = subprocess.Popen([self.program, "logs", "-f", name], env=DAEMON.environment, stdout=subprocess.PIPE,
                                  text=True)
        self.assertEqual(follow.stdout.readline(), "one\n")
        self.assertEqual(follow.stdout.readline(), "two\n")
        self.assertEqual(self.cli("stop", "-t", "1", name).stdout, f"{name}\n")
        self.assertEqual(follow.wait(10), 0)
        follow.stdout.close()
        self.assertEqual(self.cli("wait", name).stdout, "137\n")
        self.assertIn("Exited (137)", self.cli("ps", "-a", "--filter", f"name={name}").stdout)
        self.assertEqual(self.cli("rm", name).stdout, f"{name}\n")

    def test_exec(self):
        name = f"exec-{self.__class__.__name__}"
        self.cli("run", "-d", "--name", name, "-e", "A=1", "busybox", "sleep", "60")
        self.assertEqual(self.cli("exec", name, "sh", "-c", "echo $A; exit 5", check=False).returncode, 5)
        self.assertEqual(self.cli("exec", "-i", name, "cat", input="in").stdout, "in")
        self.assertEqual(self.cli("exec", name, "nosuch", check=False).returncode, 127)
        shell = Terminal(self.program, "exec", "-it", name, "sh")
        shell.expect(r"# ")
        shell.type("echo $((40+2)); exit 4\n")
        shell.expect(r"\r\n42\r\n")
        self.assertEqual(shell.end(), 4)
        self.assertIn("sleep", self.cli("top", name).stdout)
        self.cli("rm", "-f", name)

    def test_kill_with_a_signal(self):
        name = f"kill-{self.__class__.__name__}"
        self.cli("run", "-d", "--name", name, "busybox", "sh", "-c", "trap 'exit 9' USR1; echo up; while :; do sleep 0.1; done")
        wait_until(lambda: self.cli("logs", name).stdout == "up\n", what="the trap")
        self.cli("kill", "-s", "USR1", name)
        self.assertEqual(self.cli("wait", name).stdout, "9\n")
        self.cli("rm", name)

    def test_signals_reach_an_attached_container(self):
        name = f"proxy-{self.__class__.__name__}"
        run = subprocess.Popen([self.program, "run", "--rm", "--name", name, "busybox", "sh", "-c",
                                "trap 'exit 7' TERM; echo up; while :; do sleep 0.1; done"], env=DAEMON.environment,
                               stdout=subprocess.PIPE, text=True)
        self.assertEqual(run.stdout.readline(), "up\n")
        run.terminate()
        self.assertEqual(run.wait(10), 7)
        run.stdout.close()

    def test_save_and_load(self):
        archive = str(DAEMON.dir / f"saved-{self.__class__.__name__}.tar")
        self.cli("tag", "busybox", "saved:1")
        self.cli("save", "-o", archive, "saved:1")
        self.cli("rmi", "saved:1")
        self.assertIn("Loaded image: saved:1", self.cli("load", "-i", archive).stdout)
        self.assertEqual(self.cli("images", "-q", "saved").stdout, self.cli("images", "-q", "busybox").stdout)
        self.cli("rmi", "saved:1")

    def test_unreachable_daemon(self):
        done = DAEMON.cli(self.program, "-H", "unix:///nosuch.sock", "ps", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Cannot connect to the Docker daemon at unix:///nosuch.sock. Is the docker daemon running?",
                      done.stderr)


class MydockTest(WithEitherCli, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = str(DAEMON.bin / "mydock")


@unittest.skipUnless(shutil.which("docker"), "SKIPPED: the stock docker CLI is not installed")
class DockerTest(WithEitherCli, unittest.TestCase):
    program = "docker"


class ApiTest(unittest.TestCase):
    def test_wait_head_comes_before_the_end(self):
        _, made = DAEMON.request("POST", "/containers/create", {"Image": "busybox", "Cmd": ["sleep", "60"]})
        DAEMON.request("POST", f"/containers/{made['Id']}/start")
        client = DAEMON.connect()
        client.sendall(f"POST /v1.41/containers/{made['Id']}/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n".encode())
        client.settimeout(3)
        self.assertIn(b"200 OK", client.recv(4096))
        DAEMON.request("POST", f"/containers/{made['Id']}/kill")
        self.assertIn(b'"StatusCode":137', client.recv(4096))
        client.close()
        self.assertEqual(DAEMON.request("DELETE", f"/containers/{made['Id']}")[0], 204)

    def test_a_failed_auto_remove_start_removes(self):
        _, made = DAEMON.request("POST", "/containers/create",
                                 {"Image": "busybox", "Cmd": ["nosuch"], "HostConfig": {"AutoRemove": True}})
        status, body = DAEMON.request("POST", f"/containers/{made['Id']}/start")
        self.assertEqual(status, 400)
        self.assertIn("executable file not found in $PATH", body["message"])
        wait_until(lambda: DAEMON.request("GET", f"/containers/{made['Id']}/json")[0] == 404, what="the removal")


if __name__ == "__main__":
    unittest.main(verbosity=2)
