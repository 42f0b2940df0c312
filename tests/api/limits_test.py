"""Limits hold, and containers reach each other by address."""
import pathlib
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


class LimitsTest(unittest.TestCase):
    def test_memory_limit_ends_an_allocator(self):
        done = DAEMON.mydock("run", "--name", "oom", "-m", "32m", "--network", "none", "busybox", "sh", "-c",
                             "exec tail -c 200m /dev/zero", check=False)
        self.assertEqual(done.returncode, 137)
        state = DAEMON.request("GET", "/containers/oom/json")[1]["State"]
        self.assertEqual((state["OOMKilled"], state["ExitCode"]), (True, 137))

    def test_pids_limit_holds(self):
        done = DAEMON.mydock("run", "--rm", "--pids-limit", "16", "--network", "none", "busybox", "sh", "-c",
                             "for i in $(seq 64); do sleep 2 & done; wait", check=False)
        self.assertIn("can't fork", done.stderr)

    def test_cpu_limit_holds(self):
        script = "end=$(($(date +%s)+3)); while [ $(date +%s) -lt $end ]; do :; done; cat /proc/self/stat >/dev/null; times"
        started = time.monotonic()
        done = DAEMON.mydock("run", "--rm", "--cpus", "0.2", "--network", "none", "busybox", "sh", "-c", script)
        wall = time.monotonic() - started
        # `times`: user and system time of the shell, then of its children.
        spent = sum(int(part.split("m")[0]) * 60 + float(part.split("m")[1].rstrip("s"))
                    for part in done.stdout.split())
        self.assertLess(spent / wall, 0.35)

    def test_stats_and_update_see_the_same_limits(self):
        DAEMON.mydock("run", "-d", "--name", "limits", "-m", "64m", "--pids-limit", "40", "--network", "none", "busybox",
                      "sh", "-c", "while :; do sleep 0.01; done")
        sample = lambda: DAEMON.request("GET", "/containers/limits/stats?stream=0&one-shot=1")[1]
        before = sample()
        self.assertEqual((before["memory_stats"]["limit"], before["pids_stats"]["limit"]), (64 << 20, 40))
        self.assertGreater(before["cpu_stats"]["cpu_usage"]["total_usage"], 0)
        # cgroup v2 counts no single CPUs, and has keys of its own.
        v2 = "percpu_usage" not in before["cpu_stats"]["cpu_usage"]
        self.assertIn("file" if v2 else "cache", before["memory_stats"]["stats"])
        self.assertEqual(before["blkio_stats"]["io_serviced_recursive"] is None, v2)
        DAEMON.mydock("update", "-m", "96m", "--memory-swap", "-1", "--pids-limit", "-1", "--cpus", "0.5", "limits")
        changed = wait_until(lambda: (s := sample())["memory_stats"]["limit"] == 96 << 20 and s, what="the new limit")
        self.assertNotIn("limit", changed["pids_stats"])
        wait_until(lambda: sample()["cpu_stats"]["throttling_data"]["periods"] > 0, what="periods of a CPU quota")
        DAEMON.mydock("rm", "-f", "limits")

    def test_containers_reach_each_other_by_address(self):
        DAEMON.mydock("run", "-d", "--name", "web", "busybox", "sh", "-c",
                      "mkdir /www; echo page > /www/index.html; httpd -f -p 80 -h /www")
        address = DAEMON.mydock("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "web").stdout.strip()
        self.assertRegex(address, r"^172\.\d+\.0\.2$")
        fetch = lambda: DAEMON.mydock("run", "--rm", "busybox", "wget", "-qO-", f"http://{address}/", check=False)
        wait_until(lambda: fetch().stdout == "page\n", what="the page")
        from_host = DAEMON.inside("busybox", "wget", "-qO-", f"http://{address}/", capture_output=True, text=True)
        self.assertEqual(from_host.stdout, "page\n")

    def test_an_address_is_free_again_after_rm(self):
        addresses = set()
        for _ in range(3):
            DAEMON.mydock("run", "--rm", "busybox", "true")
            done = DAEMON.mydock("run", "--rm", "busybox", "hostname", "-i")
            addresses.add(done.stdout)
        self.assertEqual(len(addresses), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
