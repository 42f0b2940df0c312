"""Many clients at once, clients that never read, and containers that do not want to end."""
import concurrent.futures
import os
import pathlib
import signal
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


def descriptors():
    return len(os.listdir(f"/proc/{DAEMON.process.pid}/fd"))


def resident_mb():
    with open(f"/proc/{DAEMON.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def create(command, **host):
    body = {"Image": "busybox", "Cmd": command, "HostConfig": {"NetworkMode": "none", **host}}
    return DAEMON.request("POST", "/containers/create", body)[1]["Id"]


class StressTest(unittest.TestCase):
    def alive(self, seconds=1.0):
        started = time.monotonic()
        self.assertEqual(DAEMON.request("GET", "/_ping")[0], 200)
        self.assertLess(time.monotonic() - started, seconds)

    def test_idle_and_half_open_clients(self):
        before = descriptors()
        clients = [DAEMON.connect() for _ in range(500)]
        for client in clients[:100]:
            client.sendall(b"GET /info HTTP/1.1\r\nHost: d\r\nX: ")
        self.alive()
        self.assertLess(resident_mb(), 120)
        for client in clients:
            client.close()
        wait_until(lambda: descriptors() <= before + 5, 10, "closing of 500 clients")

    def test_clients_that_never_read(self):
        chatty = create(["sh", "-c", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done"])
        DAEMON.request("POST", f"/containers/{chatty}/start")
        clients = []
        for path in ["/events"] * 50 + [f"/containers/{chatty}/logs?follow=1&stdout=1"] * 20:
            client = DAEMON.connect()
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: d\r\n\r\n".encode())
            clients.append(client)
        for _ in range(20):
            client = DAEMON.connect()
            client.sendall(f"POST /containers/{chatty}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\n"
                           "Upgrade: tcp\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n".encode())
            clients.append(client)
        time.sleep(2)  # the container writes meanwhile; that is the load
        self.alive()
        self.assertLess(resident_mb(), 160)
        self.assertEqual(DAEMON.mydock("run", "--rm", "busybox", "echo", "other").stdout, "other\n")
        self.assertEqual(DAEMON.request("DELETE", f"/containers/{chatty}?force=1")[0], 204)
        for client in clients:
            client.close()

    def test_no_descriptor_is_lost(self):
        for _ in range(3):
            DAEMON.mydock("run", "--rm", "busybox", "true")
        before = descriptors()
        for _ in range(40):
            DAEMON.mydock("run", "--rm", "--network", "none", "busybox", "true")
            DAEMON.mydock("run", "--rm", "--network", "none", "busybox", "nosuch", check=False)
        wait_until(lambda: descriptors() <= before + 3, 10, "the number of descriptors as before")

    def test_containers_that_resist_are_removed(self):
        deaf = create(["sh", "-c", "trap '' TERM INT; while :; do sleep 1; done"])
        stopped = create(["sleep", "600"])
        holding = create(["sh", "-c", "sleep 600 & exec sleep 1"])
        for made in (deaf, stopped, holding):
            self.assertEqual(DAEMON.request("POST", f"/containers/{made}/start")[0], 204)
        pid = DAEMON.request("GET", f"/containers/{stopped}/json")[1]["State"]["Pid"]
        os.kill(pid, signal.SIGSTOP)
        started = time.monotonic()
        self.assertEqual(DAEMON.request("POST", f"/containers/{deaf}/stop?t=1")[0], 204)
        self.assertEqual(DAEMON.request("POST", f"/containers/{stopped}/stop?t=1")[0], 204)
        self.assertEqual(DAEMON.request("POST", f"/containers/{holding}/wait")[1]["StatusCode"], 0)
        self.assertLess(time.monotonic() - started, 15)
        for made in (deaf, stopped, holding):
            self.assertEqual(DAEMON.request("DELETE", f"/containers/{made}?force=1")[0], 204)

    def test_removals_race_with_stops(self):
        made = [create(["sleep", "600"]) for _ in range(20)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            started = list(pool.map(lambda id: DAEMON.request("POST", f"/containers/{id}/start")[0], made))
            self.assertEqual(set(started), {204})
            stops = [pool.submit(DAEMON.request, "POST", f"/containers/{id}/stop?t=5") for id in made]
            removals = [pool.submit(DAEMON.request, "DELETE", f"/containers/{id}?force=1") for id in made]
            self.assertLessEqual({one.result()[0] for one in removals}, {204, 409})
            self.assertLessEqual({one.result()[0] for one in stops}, {204, 304, 404, 409})
        wait_until(lambda: DAEMON.request("GET", "/containers/json?all=1")[1] == [], 15, "all of them gone")


if __name__ == "__main__":
    unittest.main(verbosity=2)
