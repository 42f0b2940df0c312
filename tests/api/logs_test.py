"""Logs: drivers, rotation, following, and every line once and in order, also over a daemon that dies."""
import json
import pathlib
import socket
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


class Case(unittest.TestCase):
    def setUp(self):
        self.names = []
        self.addCleanup(self.remove)

    def remove(self):
        if self.names:
            DAEMON.mydock("rm", "-f", "-v", *self.names, check=False)

    def run_one(self, name, *args, wait=True, check=True):
        self.names.append(name)
        done = DAEMON.mydock("run", "-d", "--name", name, "--network", "none", *args, check=check)
        if wait and check:
            DAEMON.mydock("wait", name)
        return done

    def logs(self, name, *flags, cli="mydock"):
        return getattr(DAEMON, cli)("logs", *flags, name).stdout

    def folder(self, name):
        return DAEMON.data_root / "containers" / DAEMON.request("GET", f"/containers/{name}/json")[1]["Id"]


class Drivers(Case):
    def test_json_file_carries_attributes_as_docker_writes_them(self):
        self.run_one("attrs", "--label", "role=web", "--label", "tier=a b", "-e", "STAGE=x", "--log-opt", "labels=role",
                     "--log-opt", "labels-regex=^ti", "--log-opt", "env=STAGE", "--log-opt", "tag={{.Name}}", "busybox",
                     "echo", "hi")
        line = json.loads(next(self.folder("attrs").glob("*-json.log")).read_text())
        self.assertEqual(line["attrs"], {"STAGE": "x", "role": "web", "tag": "attrs", "tier": "a b"})
        self.assertEqual(line["log"], "hi\n")
        for cli in ("mydock", "docker"):
            self.assertEqual(self.logs("attrs", "--details", cli=cli), "STAGE=x,role=web,tag=attrs,tier=a+b hi\n")

    def test_local_reads_like_json_file(self):
        script = "for i in 1 2 3 4 5; do echo $i; done; echo e >&2; printf end"
        self.run_one("loc", "--log-driver", "local", "busybox", "sh", "-c", script)
        self.assertEqual(self.logs("loc"), "1\n2\n3\n4\n5\nend")
        self.assertEqual(self.logs("loc", "-n", "3", cli="docker"), "5\nend")
        self.assertEqual(self.logs("loc", "--details", "-n", "1"), " end")

    def test_rotated_and_packed_files_are_read_in_order(self):
        for driver in ("json-file", "local"):
            with self.subTest(driver):
                self.run_one(f"rot-{driver}", "--log-driver", driver, "--log-opt", "max-size=100k", "--log-opt",
                             "max-file=50", "--log-opt", "compress=true", "busybox", "seq", "20000")
                numbers = [int(line) for line in self.logs(f"rot-{driver}").split()]
                self.assertEqual(numbers, list(range(1, 20001)))
                self.assertTrue(list(self.folder(f"rot-{driver}").rglob("*.gz")))
                self.assertEqual(self.logs(f"rot-{driver}", "-n", "15000").split()[0], "5001")

    def test_our_default_keeps_three_files_of_10_mb(self):
        self.run_one("cap", "busybox", "sh", "-c", "yes 0123456789012345678901234567890123456789 | head -n 500000")
        files = sorted(self.folder("cap").glob("*-json.log*"))
        self.assertEqual(len(files), 3)
        self.assertTrue(all(file.stat().st_size <= 10_000_300 for file in files))

    def test_syslog_gets_the_lines_and_logs_reads_the_copy(self):
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        path = str(DAEMON.dir / "syslog")
        server.bind(path)
        server.settimeout(10)
        self.run_one("sys", "--log-driver", "syslog", "--log-opt", f"syslog-address=unixgram://{path}", "--log-opt",
                     "syslog-facility=local0", "--log-opt", "tag={{.Name}}", "busybox", "sh", "-c", "echo a; echo b >&2")
        seen = sorted(server.recv(4096).decode() for _ in range(2))
        self.assertRegex(seen[0], r"^<131>\w{3} [ \d]\d \d\d:\d\d:\d\d sys\[\d+\]: b\n$")
        self.assertRegex(seen[1], r"^<134>.* sys\[\d+\]: a\n$")
        self.assertEqual(self.logs("sys"), "a\n")

    def test_a_dead_server_is_told_and_a_slow_one_never_holds_a_stop_up(self):
        done = self.run_one("nosrv", "--log-driver", "syslog", "--log-opt", "syslog-address=tcp://127.0.0.1:9", "busybox",
                            "true", check=False)
        self.assertIn("failed to initialize logging driver: dial tcp 127.0.0.1:9: connect: connection refused", done.stderr)
        path = str(DAEMON.dir / "slow")
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(server.close)
        server.bind(path)
        server.listen(5)
        self.run_one("slow", "--log-driver", "syslog", "--log-opt", f"syslog-address=unix://{path}", "busybox", "yes",
                     wait=False)
        self.run_one("lossy", "--log-driver", "syslog", "--log-opt", f"syslog-address=unix://{path}", "--log-opt",
                     "mode=non-blocking", "busybox", "sh", "-c", "yes | head -n 300000; touch /done; sleep 600", wait=False)
        wait_until(lambda: DAEMON.mydock("exec", "lossy", "test", "-e", "/done", check=False).returncode == 0, 15,
                   "the end of a writer whose lines nobody takes")
        start = time.monotonic()
        DAEMON.mydock("stop", "-t", "0", "slow", "lossy")
        self.assertLess(time.monotonic() - start, 10)
        self.assertIn("bytes of its output are in no log", DAEMON.log())

    def test_none_and_what_is_not_built(self):
        self.run_one("quiet", "--log-driver", "none", "busybox", "echo", "hi")
        done = DAEMON.mydock("logs", "quiet", check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "Error response from daemon: configured logging driver does not support reading\n"))
        self.assertEqual(DAEMON.request("POST", "/containers/create", {
            "Image": "busybox", "HostConfig": {"LogConfig": {"Type": "gelf", "Config": {}}}})[0], 501)


class Reading(Case):
    def test_windows_of_time_and_number(self):
        self.run_one("win", "busybox", "sh", "-c", "echo a; sleep 1.2; echo b; sleep 1.2; echo c")
        stamps = [line.split(" ")[0] for line in self.logs("win", "-t").splitlines()]
        self.assertEqual(self.logs("win", "--since", stamps[1]), "b\nc\n")
        self.assertEqual(self.logs("win", "--until", stamps[1]), "a\nb\n")
        self.assertEqual(self.logs("win", "--since", stamps[1], "--until", stamps[1], "-t", "--details"),
                         f"{stamps[1]}  b\n")
        self.assertEqual(self.logs("win", "--since", stamps[0], "-n", "2"), "b\nc\n")
        self.assertEqual(self.logs("win", "-n", "0"), "")

    def test_long_lines_and_terminals(self):
        self.run_one("long", "busybox", "sh", "-c", "head -c 50000 /dev/zero | tr '\\0' x; echo; printf é")
        self.assertEqual(self.logs("long"), "x" * 50000 + "\né")
        self.run_one("tty", "-t", "busybox", "echo", "hi")
        self.assertEqual(DAEMON.mydock("logs", "tty", text=False).stdout, b"hi\r\n")

    def test_clear_empties_the_log_while_it_is_written_and_followed(self):
        self.run_one("clear", "--log-opt", "max-size=20k", "--log-opt", "max-file=5", "busybox", "sh", "-c",
                     "seq 1000; while ! test -e /go; do sleep 0.02; done; echo after; sleep 600", wait=False)
        wait_until(lambda: self.logs("clear").endswith("1000\n"), what="the lines")
        follower = subprocess.Popen([str(DAEMON.bin / "mydock"), "logs", "-f", "-n", "0", "clear"], env=DAEMON.environment,
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        DAEMON.mydock("logs", "--clear", "clear")
        self.assertEqual(self.logs("clear"), "")
        DAEMON.mydock("exec", "clear", "touch", "/go")
        self.assertEqual(follower.stdout.readline(), "after\n")
        self.assertEqual(self.logs("clear"), "after\n")

    def test_follow_goes_on_over_a_restart_by_policy_and_ends_with_a_stop(self):
        self.run_one("again", "--restart", "on-failure:2", "busybox", "sh", "-c", "echo line; exit 1", wait=False)
        self.assertEqual(self.logs("again", "-f"), "line\n" * 3)

    def test_every_line_once_and_in_order_over_a_dying_daemon(self):
        self.run_one("count", "--log-opt", "max-size=-1", "busybox", "sh", "-c", "seq 400000; sleep 600", wait=False)
        for _ in range(3):
            DAEMON.kill()
            DAEMON.start()
        shim = subprocess.run(["pgrep", "-f", f"mydock-shim.*{self.folder('count').name}"], capture_output=True, text=True)

        def ticks():
            return sum(map(int, pathlib.Path(f"/proc/{shim.stdout.split()[0]}/stat").read_text().split()[13:15]))

        wait_until(lambda: self.logs("count", "-n", "1") == "400000\n", 20, "the last line")
        before = ticks()
        time.sleep(0.5)
        self.assertLess(ticks() - before, 10, "a shim whose daemons died has nothing to do")
        lines = self.logs("count").split("\n")
        self.assertEqual(lines, [*map(str, range(1, 400001)), ""])

    def test_followers_see_every_line_over_rotations(self):
        script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; done; echo end"
        self.run_one("turn", "--log-opt", "max-size=30k", "--log-opt", "max-file=20", "--log-opt", "compress=true", "busybox",
                     "sh", "-c", "sleep 0.3; " + script, wait=False)
        self.assertEqual(self.logs("turn", "-f").split(), [*map(str, range(1, 3001)), "end"])

    def test_followers_that_do_not_read_cost_little(self):
        self.run_one("idle", "busybox", "sh", "-c", "yes 0123456789 | head -n 200000; sleep 600", wait=False)
        wait_until(lambda: self.logs("idle", "-n", "1"), what="output")

        def rss():
            text = pathlib.Path(f"/proc/{DAEMON.process.pid}/status").read_text()
            return int(text.split("VmRSS:")[1].split()[0])

        before = rss()
        clients = [DAEMON.connect() for _ in range(500)]
        for client in clients:
            client.sendall(b"GET /containers/idle/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n")
        for client in clients:
            self.assertIn(b"200 OK", client.recv(40))
        grown = rss() - before
        for client in clients:
            client.close()
        self.assertLess(grown, 200 * 1024, "KiB more for 500 followers that read nothing")
        self.assertTrue(self.logs("idle", "-n", "1"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
