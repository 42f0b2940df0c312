"""Bad requests: each gets a 4xx, the daemon lives, and no container is left half made."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon  # noqa: E402

DAEMON = None


def setUpModule():
    global DAEMON
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")


def status_of(answer):
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.") else None


class HostileRequestTest(unittest.TestCase):
    def tearDown(self):
        self.assertEqual(DAEMON.request("GET", "/_ping")[0], 200)
        self.assertEqual(DAEMON.request("GET", "/containers/json?all=1")[1], [])

    def create(self, body, name="", headers=()):
        return DAEMON.request("POST", f"/containers/create{name}", body, headers)

    def refused(self, body, name="", headers=(), statuses=(400,)):
        status, answer = self.create(body, name, headers)
        if status == 201:
            DAEMON.request("DELETE", f"/containers/{answer['Id']}?force=1")
        self.assertIn(status, statuses, (body if not isinstance(body, bytes) else body[:80], name, answer))
        self.assertIn("message", answer)

    def test_bodies_that_are_no_object(self):
        for body in (b"{", b"[]", b"null", b'"x"', b"1e400", b"{}{}", b'{"Image":"busybox"} x', b"\xff\xfe{\x00}\x00",
                     b'{"Image":"\xed\xa0\x80"}', b"[" * 100000, b""):
            self.refused(body)

    def test_content_types(self):
        self.refused(b'{"Image":"busybox"}', headers=["Content-Type: text/plain"])

    def test_wrong_types(self):
        for body in ({"Image": 1}, {"Image": "busybox", "Cmd": 1}, {"Image": "busybox", "Env": {}},
                     {"Image": "busybox", "Tty": "yes"}, {"Image": "busybox", "HostConfig": []},
                     {"Image": "busybox", "Labels": ["a"]}, {"Image": "busybox", "HostConfig": {"Memory": "1g"}},
                     {"Image": "busybox", "HostConfig": {"Memory": 1.5}},
                     {"Image": "busybox", "HostConfig": {"Memory": 2**64}}):
            self.refused(body)

    def test_values_out_of_range(self):
        for host in ({"Memory": 1}, {"Memory": 6 * 2**20 - 1}, {"ShmSize": -1}, {"OomScoreAdj": 1001},
                     {"CpuPeriod": 1}, {"CpuQuota": 999}, {"CpusetCpus": "a"}, {"CpusetCpus": "3-1"},
                     {"CpusetCpus": "0-2147483647"}, {"NanoCpus": 10**15},
                     {"RestartPolicy": {"Name": "bogus"}}, {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 1}},
                     {"AutoRemove": True, "RestartPolicy": {"Name": "always"}}, {"Runtime": "bogus"},
                     {"CapAdd": ["BOGUS"]}, {"SecurityOpt": ["seccomp={bad"]}, {"SecurityOpt": ["nonsense"]},
                     {"LogConfig": {"Type": "json-file", "Config": {"bogus": "1"}}}, {"NetworkMode": "container:nosuch"},
                     {"Binds": [":"]}, {"Binds": ["::"]}, {"Binds": ["a:b:c:d"]}, {"Binds": ["/x:rel"]}, {"Binds": ["/:/"]},
                     {"Binds": ["/x:/y:rw,ro"]}, {"Mounts": [{"Type": "bogus", "Source": "/x", "Target": "/y"}]},
                     {"Mounts": [{"Type": "bind", "Source": "/nosuchsource", "Target": "/y"}]},
                     {"Sysctls": {"net..ipv4": "1"}}, {"Sysctls": {"net.ipv4.ip_forward": "1\n2"}},
                     {"Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 5}]}, {"Dns": ["300.1.1.1"]},
                     {"ExtraHosts": ["a"]}, {"CgroupParent": "/../.."}):
            with self.subTest(host):
                self.refused({"Image": "busybox", "Cmd": ["true"], "HostConfig": host}, statuses=(400, 404, 409))

    def test_a_weight_out_of_range(self):
        """Where the kernel has no weights at all it is dropped with a warning, as Docker does."""
        body = {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"BlkioWeight": 5}}
        status, answer = DAEMON.request("POST", "/containers/create", body)
        weights = any(pathlib.Path(p).exists() for p in ("/sys/fs/cgroup/blkio/blkio.weight", "/sys/fs/cgroup/cgroup.controllers"))
        self.assertEqual(status, 400 if weights else 201, answer)
        if status == 201:
            self.assertIn("Weight discarded", answer["Warnings"][0])
            DAEMON.request("DELETE", f"/containers/{answer['Id']}")

    def test_names(self):
        for name in ("a", "..%2Fx", "a/b", "a%2fb", ".x", "x" * 300, "%C3%A9%C3%A9", "a%00b", "-rm", "a%0Ab"):
            self.refused({"Image": "busybox", "Cmd": ["true"]}, f"?name={name}")

    def test_config_values(self):
        for config in ({"Env": ["=x"]}, {"StopSignal": "NOSUCH"}, {"WorkingDir": "relative"},
                       {"Env": ["A=\0"]}, {"Hostname": "x" * 80}, {"Healthcheck": {"Test": ["CMD"], "Interval": -1}}):
            self.refused({"Image": "busybox", "Cmd": ["true"], **config})
        self.refused({"Image": "nosuch", "Cmd": ["true"]}, statuses=(404,))
        self.refused({"Image": "UPPER", "Cmd": ["true"]}, statuses=(400, 404))

    def test_ids_in_paths(self):
        for ref in ("..", "%2e%2e", "a%00b", "%2f..%2f", "x" * 7000, "nosuch"):
            status, _ = DAEMON.request("GET", f"/containers/{ref}/json")
            self.assertIn(status, (400, 404), ref)

    def test_versions_and_paths(self):
        for path, statuses in (("/v999.9/info", (400,)), ("/v0.1/info", (400,)), ("/v1.x/info", (404,)), ("//", (404,)),
                               ("/v1.41//containers", (404,)), ("/nosuch", (404,)), ("/containers/json?limit=x", (400,)),
                               ("/containers/json?filters=%7B", (400,)), ("/events?since=abc&until=1", (400,)),
                               ("/containers/json?filters=%7B%22nosuch%22%3A%5B%22x%22%5D%7D", (400,))):
            self.assertIn(DAEMON.request("GET", path)[0], statuses, path)

    def test_http_that_is_wrong(self):
        for text in (b"GET / HTTP/1.1\r\nHost: d\r\nContent-Length: -1\r\n\r\n",
                     b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                     b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
                     b"GET /_ping HTTP/1.1\r\nHost : d\r\n\r\n", b"GET /_ping HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
                     b"GET /_ping HTTP/1.1\r\nX: " + b"a" * 200000 + b"\r\n\r\n",
                     b"GET /_ping HTTP/1.1\r\n" + b"X: a\r\n" * 10000 + b"\r\n",
                     b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: d\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                     b"\x16\x03\x01\x02\x00\x01\x00", b"GET /_ping\x00 HTTP/1.1\r\n\r\n"):
            status = status_of(DAEMON.raw(text))
            self.assertTrue(status is None or 400 <= status <= 505, (text[:60], status))

    def test_a_browser_is_refused(self):
        self.assertEqual(DAEMON.request("GET", "/info", headers=["Origin: http://evil.example"])[0], 403)

    def test_a_body_over_the_limit_is_refused(self):
        body = b'{"Image":"' + b"a" * (9 << 20) + b'"}'
        client = DAEMON.connect()
        client.settimeout(10)
        head = (f"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        try:
            client.sendall(head + body)
        except OSError:
            pass  # it may close before it has read everything
        answer = b""
        try:
            answer = client.recv(4096)
        except OSError:
            pass
        client.close()
        self.assertTrue(answer == b"" or 400 <= status_of(answer) < 500, answer[:100])


if __name__ == "__main__":
    unittest.main(verbosity=2)
