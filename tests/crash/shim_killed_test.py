"""The shim of a container is killed with -9: the container has ended, is told so, and nothing is left."""
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402


def parent_of(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("PPid"))


class ShimKilledTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.load("busybox")

    def run_container(self, name, *flags):
        self.daemon.mydock("run", "-d", "--name", name, *flags, "busybox", "sh", "-c", "sleep 600 & sleep 600")
        pid = self.state(name)["Pid"]
        return pid, parent_of(pid)

    def state(self, name):
        return self.daemon.request("GET", f"/containers/{name}/json")[1]["State"]

    def check_gone(self, name, pid, codes=(137,)):
        wait_until(lambda: self.state(name)["Status"] == "exited", 10, f"the end of {name}")
        state = self.state(name)
        self.assertIn(state["ExitCode"], codes)
        self.assertEqual(state["Pid"], 0)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}/root/"), what=f"the end of process {pid}")
        made = self.daemon.request("GET", f"/containers/{name}/json")[1]["Id"]
        wait_until(lambda: not list(pathlib.Path("/sys/fs/cgroup").glob(f"*/{self.daemon.parent}/{made}")),
                   what="the end of its cgroups")
        wait_until(lambda: not (self.daemon.exec_root / "containers" / made).exists(), what="the end of its bundle")
        self.assertEqual(self.daemon.request("POST", f"/containers/{name}/start")[0], 204)
        self.assertEqual(self.state(name)["Status"], "running")

    def test_under_a_daemon(self):
        pid, shim = self.run_container("one")
        other, _ = self.run_container("two")
        waiting = subprocess.Popen([str(self.daemon.bin / "mydock"), "wait", "one"], env=self.daemon.environment,
                                   stdout=subprocess.PIPE, text=True)
        os.kill(shim, signal.SIGKILL)
        self.check_gone("one", pid)
        self.assertEqual(waiting.communicate(timeout=10)[0], "137\n")
        self.assertEqual(self.state("two")["Pid"], other)

    def test_a_restart_policy_applies(self):
        pid, shim = self.run_container("again", "--restart", "always")
        os.kill(shim, signal.SIGKILL)
        wait_until(lambda: self.state("again")["Running"] and self.state("again")["Pid"] != pid, what="the restart")

    def test_an_auto_remove_container_is_removed(self):
        _, shim = self.run_container("brief", "--rm")
        os.kill(shim, signal.SIGKILL)
        wait_until(lambda: self.daemon.request("GET", "/containers/brief/json")[0] == 404, what="the removal")

    def test_attached_and_exec_clients_end(self):
        _, shim = self.run_container("watched")
        attached = subprocess.Popen([str(self.daemon.bin / "mydock"), "attach", "watched"], env=self.daemon.environment,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        executed = subprocess.Popen([str(self.daemon.bin / "mydock"), "exec", "watched", "sh", "-c", "echo up; sleep 600"],
                                    env=self.daemon.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(executed.stdout.readline(), b"up\n")
        os.kill(shim, signal.SIGKILL)
        self.assertEqual(attached.wait(10), 137)
        executed.wait(10)
        executed.stdout.close()

    def test_together_with_the_daemon(self):
        pid, shim = self.run_container("both")
        self.daemon.kill()
        os.kill(shim, signal.SIGKILL)
        self.daemon.start()
        self.check_gone("both", pid, (137, 255))

    def test_together_with_the_daemon_and_the_container(self):
        pid, shim = self.run_container("all")
        self.daemon.kill()
        os.kill(shim, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        self.daemon.start()
        self.check_gone("all", pid, (137, 255))


if __name__ == "__main__":
    unittest.main(verbosity=2)
