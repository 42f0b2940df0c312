"""200 running containers; and containers that do all they can to hang the daemon."""
import concurrent.futures
import os
import pathlib
import signal
import statistics
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

COUNT = 200


def create(daemon, name, command, **host):
    body = {"Image": "busybox", "Cmd": command, "HostConfig": {"NetworkMode": "none", **host}}
    status, made = daemon.request("POST", f"/containers/create?name={name}", body)
    assert status == 201, made
    return made["Id"]


def start(daemon, name):
    status, answer = daemon.request("POST", f"/containers/{name}/start")
    assert status == 204, answer


def timed(call, *args):
    begun = time.monotonic()
    result = call(*args)
    return time.monotonic() - begun, result


class DensityTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.load("busybox")

    def list_running(self):
        status, listed = self.daemon.request("GET", "/containers/json")
        self.assertEqual(status, 200)
        return listed

    def test_two_hundred_containers(self):
        daemon = self.daemon
        took = []
        for i in range(COUNT):
            create(daemon, f"c{i}", ["sleep", "600"], NetworkMode="bridge" if i % 10 == 0 else "none")
            took.append(timed(start, daemon, f"c{i}")[0])
        none = [seconds for i, seconds in enumerate(took) if i % 10 != 0]
        first, last = statistics.median(none[:20]), statistics.median(none[-20:])
        listing = min(timed(self.list_running)[0] for _ in range(10))
        self.assertEqual(len(self.list_running()), COUNT)
        pids = {one["Id"]: daemon.request("GET", f"/containers/{one['Id']}/json")[1]["State"]["Pid"]
                for one in self.list_running()}

        daemon.kill()
        restart = timed(daemon.start)[0]
        self.assertEqual({one["State"] for one in self.list_running()}, {"running"})
        self.assertEqual(len(self.list_running()), COUNT)
        for made, pid in list(pids.items())[::20]:
            self.assertEqual(daemon.request("GET", f"/containers/{made}/json")[1]["State"]["Pid"], pid)

        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
            removed = list(pool.map(lambda made: daemon.request("DELETE", f"/containers/{made}?force=1")[0], pids))
        removal = time.monotonic() - begun
        self.assertEqual(set(removed), {204})
        self.assertEqual(daemon.request("GET", "/containers/json?all=1")[1], [])
        self.assertEqual(os.listdir(daemon.exec_root / "containers"), [])
        wait_until(lambda: os.listdir(daemon.data_root / "trash") == [], what="an empty trash")
        wait_until(lambda: daemon.inside("ip", "-o", "link", "show", "type", "veth", capture_output=True).stdout == b"",
                   what="the end of the veths")
        print(f"start {first * 1000:.0f} -> {last * 1000:.0f} ms, list {listing * 1000:.1f} ms, "
              f"restart {restart:.2f} s, 200 removals {removal:.1f} s")
        self.assertLess(listing, 0.05)
        self.assertLess(last, 2 * first + 0.02)
        self.assertLess(restart, 5)


class StubbornTest(unittest.TestCase):
    """What one container does, no other and no list may feel."""

    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.load("busybox")

    def within(self, seconds, method, path, expected):
        took, (status, answer) = timed(self.daemon.request, method, path)
        self.assertEqual(status, expected, answer)
        self.assertLess(took, seconds, path)

    def watch_others(self, until):
        """While `until` is not set: the list, an inspect and another container answer at once."""
        slowest = 0
        while not until.is_set():
            slowest = max(slowest, timed(self.daemon.request, "GET", "/containers/json?all=1")[0],
                          timed(self.daemon.request, "GET", "/containers/bystander/json")[0],
                          timed(self.daemon.request, "GET", "/containers/bystander/top")[0])
        return slowest

    def test_containers_that_resist_hang_nobody(self):
        daemon = self.daemon
        commands = {"deaf": "trap '' TERM INT HUP; while :; do sleep 1; done",
                    "frozen": "sleep 600",
                    "forking": "while :; do (while :; do sleep 600 & done) 2>/dev/null; sleep 0.1; done",
                    "holding": "sleep 600 & exec sleep 1",
                    "orphans": "(setsid sleep 600 &) ; (setsid sleep 600 &) ; sleep 600",
                    "bystander": "sleep 600"}
        for name, command in commands.items():
            create(daemon, name, ["sh", "-c", command], PidsLimit=64)
            start(daemon, name)
        pid = daemon.request("GET", "/containers/frozen/json")[1]["State"]["Pid"]
        os.kill(pid, signal.SIGSTOP)
        done = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            watching = pool.submit(self.watch_others, done)
            try:
                stops = [pool.submit(self.within, 6, "POST", f"/containers/{name}/stop?t=1", 204)
                         for name in ("deaf", "frozen", "forking", "orphans")]
                self.within(6, "POST", "/containers/holding/wait", 200)
                for stop in stops:
                    stop.result()
                for name in ("deaf", "frozen", "forking"):
                    state = daemon.request("GET", f"/containers/{name}/json")[1]["State"]
                    self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 137), name)
                    start(daemon, name)
                pid = daemon.request("GET", "/containers/frozen/json")[1]["State"]["Pid"]
                os.kill(pid, signal.SIGSTOP)
                for name in ("deaf", "frozen", "forking", "holding", "orphans"):
                    self.within(6, "DELETE", f"/containers/{name}?force=1", 204)
            finally:
                done.set()
            self.assertLess(watching.result(), 1)

    def test_stops_that_are_given_up_and_repeated(self):
        create(self.daemon, "deaf", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
        start(self.daemon, "deaf")
        gone = self.daemon.connect()
        gone.sendall(b"POST /containers/deaf/stop?t=60 HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n")
        gone.close()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = set(pool.map(lambda _: self.daemon.request("POST", "/containers/deaf/stop?t=1")[0], range(20)))
        self.assertLessEqual(answers, {204, 304})
        state = self.daemon.request("GET", "/containers/deaf/json")[1]["State"]
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 137))

    def test_fifty_ends_in_one_moment(self):
        names = [f"e{i}" for i in range(50)]
        for name in names:
            create(self.daemon, name, ["sleep", "600"])
            start(self.daemon, name)
        for one in self.daemon.request("GET", "/containers/json")[1]:
            os.kill(self.daemon.request("GET", f"/containers/{one['Id']}/json")[1]["State"]["Pid"], signal.SIGKILL)
        wait_until(lambda: self.daemon.request("GET", "/containers/json")[1] == [], what="50 ends")
        for one in self.daemon.request("GET", "/containers/json?all=1")[1]:
            self.assertIn("Exited (137)", one["Status"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
