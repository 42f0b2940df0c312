"""Logs under stress: followers that never read, and 200 MB through rotation and a daemon that is killed."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

FOLLOWERS = 500
LINES = 1_000_000
PAD = "x" * 192  # 200 MB with the numbers


def resident(daemon):
    with open(f"/proc/{daemon.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) >> 10


class LogStressTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.load("busybox")

    def start(self, name, script, **host):
        body = {"Image": "busybox", "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none", **host}}
        status, made = self.daemon.request("POST", f"/containers/create?name={name}", body)
        self.assertEqual(status, 201, made)
        self.assertEqual(self.daemon.request("POST", f"/containers/{name}/start")[0], 204)

    def open_logs(self, name, query):
        client = self.daemon.connect()
        client.sendall(f"GET /containers/{name}/logs?stdout=1&{query} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n".encode())
        return client

    def ping(self):
        begun = time.monotonic()
        self.assertEqual(self.daemon.request("GET", "/_ping")[0], 200)
        return time.monotonic() - begun

    def test_followers_that_never_read_cost_little(self):
        self.start("chatty", f"while :; do echo {'y' * 200}; done")
        before = resident(self.daemon)
        clients = [self.open_logs("chatty", "follow=1") for _ in range(FOLLOWERS)]
        # Until each has filled its socket there is work to be done.
        wait_until(lambda: self.ping() < 0.5, 20, "a quick answer")
        end = time.monotonic() + 2
        while time.monotonic() < end:  # the container writes meanwhile; that is the load
            self.assertLess(self.ping(), 2)
            self.assertLess(resident(self.daemon) - before, 150)
        print(f"{FOLLOWERS} followers: {resident(self.daemon) - before} MB more")
        begun = time.monotonic()
        self.assertEqual(self.daemon.request("DELETE", "/containers/chatty?force=1")[0], 204)
        self.assertLess(time.monotonic() - begun, 10)
        for client in clients:
            client.close()
        wait_until(lambda: self.daemon.mydock("run", "--rm", "busybox", "echo", "other").stdout == "other\n",
                   what="another container")

    def test_every_line_is_there_once_and_in_order(self):
        begun = time.monotonic()
        self.start("writer", f"awk 'BEGIN {{ for (i = 0; i < {LINES}; i++) print i, \"{PAD}\" }}'",
                   LogConfig={"Type": "json-file", "Config": {"max-size": "10m", "max-file": "40"}})
        kills = 0
        while kills < 3 and self.daemon.request("GET", "/containers/writer/json")[1]["State"]["Running"]:
            self.daemon.kill()
            self.daemon.start()
            kills += 1
            self.open_logs("writer", "follow=1&tail=10").close()
        wait_until(lambda: not self.daemon.request("GET", "/containers/writer/json")[1]["State"]["Running"], 60,
                   "the end of the writer")
        written = time.monotonic() - begun
        folder = next((self.daemon.data_root / "containers").iterdir())
        rotated = [path for path in folder.rglob("*") if "json.log" in path.name]
        self.assertGreater(len(rotated), 5)
        begun = time.monotonic()
        self.check_lines(self.open_logs("writer", "follow=0"))
        print(f"{kills} kills, {len(rotated)} files, written in {written:.1f} s, read in {time.monotonic() - begun:.1f} s")

    def check_lines(self, client):
        """Frames of eight bytes and a line, in chunks; only the order of the numbers matters."""
        expected, rest = 0, b""
        pad = b" " + PAD.encode()
        with client:
            while part := client.recv(1 << 20):
                rest += part
                pieces = rest.split(pad)
                rest = pieces.pop()
                for piece in pieces:
                    number = piece[len(piece.rstrip(b"0123456789")):]
                    if int(number) != expected:
                        self.fail(f"line {int(number)} where {expected} should be")
                    expected += 1
        self.assertEqual(expected, LINES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
