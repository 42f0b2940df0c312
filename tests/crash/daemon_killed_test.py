"""The daemon is killed with -9 under running containers and started again: nothing is lost."""
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

COUNT = 20


class DaemonKilledTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.load("busybox")

    def test_twenty_containers_live_on(self):
        daemon = self.daemon
        for i in range(COUNT):
            daemon.mydock("run", "-d", "--name", f"c{i}", "busybox", "sh", "-c",
                          "echo up; i=0; while :; do i=$((i+1)); [ -e /end ] && exit 33; sleep 0.1; done")
        before = {c["Id"]: c["State"] for c in daemon.request("GET", "/containers/json")[1]}
        pids = {i: daemon.request("GET", f"/containers/c{i}/json")[1]["State"]["Pid"] for i in range(COUNT)}
        attached = subprocess.Popen([str(daemon.bin / "mydock"), "run", "--rm", "busybox", "sh", "-c",
                                     "echo first; sleep 3; echo last"], env=daemon.environment,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(attached.stdout.readline(), "first\n")
        daemon.mydock("exec", "c0", "true")
        daemon.kill()
        for i in (1, 2):  # two end while nobody watches
            pathlib.Path(f"/proc/{pids[i]}/root/end").write_text("")
        wait_until(lambda: not pathlib.Path(f"/proc/{pids[1]}").exists(), what="the end of c1")
        wait_until(lambda: not pathlib.Path(f"/proc/{pids[2]}").exists(), what="the end of c2")
        started = time.monotonic()
        daemon.start()
        self.assertLess(time.monotonic() - started, 5)

        after = {c["Id"] for c in daemon.request("GET", "/containers/json")[1]}
        self.assertGreaterEqual(len(after & set(before)), COUNT - 2)
        for i in range(COUNT):
            state = daemon.request("GET", f"/containers/c{i}/json")[1]["State"]
            if i in (1, 2):
                self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 33), f"c{i}")
            else:
                self.assertEqual((state["Status"], state["Pid"]), ("running", pids[i]), f"c{i}")
            self.assertEqual(daemon.mydock("logs", f"c{i}").stdout, "up\n")
        self.assertEqual(daemon.mydock("exec", "c3", "echo", "alive").stdout, "alive\n")
        self.assertEqual(daemon.mydock("stop", "-t", "0", "c4").stdout, "c4\n")
        self.assertEqual(daemon.mydock("wait", "c4").stdout, "137\n")
        out, err = attached.communicate(timeout=20)
        # The output goes on to the container's end; only the exit code may be unknown to that client.
        self.assertEqual(out, "last\n", err)

    def test_a_created_container_and_its_name_survive(self):
        daemon = self.daemon
        made = daemon.mydock("create", "--name", "kept", "busybox", "echo", "hi").stdout.strip()
        daemon.kill()
        daemon.start()
        self.assertEqual(daemon.request("GET", "/containers/kept/json")[1]["Id"], made)
        self.assertEqual(daemon.mydock("start", "-a", "kept").stdout, "hi\n")

    def test_an_auto_remove_container_that_ended_meanwhile_is_removed(self):
        daemon = self.daemon
        daemon.mydock("run", "-d", "--rm", "--name", "short", "busybox", "sleep", "1")
        daemon.kill()
        time.sleep(1.5)  # its whole life is the time that passes without a daemon
        daemon.start()
        wait_until(lambda: daemon.request("GET", "/containers/short/json")[0] == 404, what="its removal")

    def test_a_second_daemon_on_the_same_root_is_refused(self):
        daemon = self.daemon
        done = subprocess.run(["nsenter", f"--net=/run/netns/{daemon.netns}", str(daemon.bin / "mydockd"), "-H",
                               f"unix://{daemon.dir}/second.sock", "--data-root", str(daemon.data_root), "--exec-root",
                               str(daemon.dir / "run2"), "--pidfile", str(daemon.dir / "pid2"), "--config-file",
                               str(daemon.dir / "daemon.json")], capture_output=True, text=True, timeout=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(daemon.data_root), done.stderr)
        self.assertEqual(daemon.mydock("run", "--rm", "busybox", "echo", "still").stdout, "still\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
