"""Stats, health checks, update, events, restart policies and time limits on a real daemon."""
import json
import pathlib
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


def inspect(name):
    return DAEMON.request("GET", f"/containers/{name}/json")[1]


def health(name):
    return inspect(name)["State"].get("Health", {})


def run(*args):
    return DAEMON.mydock("run", "-d", *args).stdout.strip()


def events(since, *filters):
    flags = [part for one in filters for part in ("--filter", one)]
    out = DAEMON.docker("events", "--since", str(since), "--until", f"{time.time():.9f}", *flags,
                        "--format", "{{json .}}").stdout
    return [json.loads(line) for line in out.splitlines()]


class StatsTest(unittest.TestCase):
    def test_one_sample_counts_what_was_used(self):
        run("--name", "s-busy", "-m", "64m", "--pids-limit", "40", "busybox", "sh", "-c", "while :; do :; done")
        status, sample = DAEMON.request("GET", "/containers/s-busy/stats?stream=0")
        self.assertEqual(status, 200)
        used = sample["cpu_stats"]["cpu_usage"]["total_usage"] - sample["precpu_stats"]["cpu_usage"]["total_usage"]
        whole = sample["cpu_stats"]["system_cpu_usage"] - sample["precpu_stats"]["system_cpu_usage"]
        self.assertGreater(used, 0)
        self.assertGreater(whole, 5 * 10**8)
        self.assertEqual(sample["memory_stats"]["limit"], 64 << 20)
        self.assertEqual(sample["pids_stats"]["limit"], 40)
        self.assertIn("eth0", sample["networks"])
        shown = DAEMON.docker("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "s-busy").stdout
        self.assertEqual(shown, "s-busy 1\n")
        ours = DAEMON.mydock("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "s-busy").stdout
        self.assertEqual(ours, shown)
        DAEMON.mydock("rm", "-f", "s-busy")

    def test_what_a_container_sends_is_tx(self):
        run("--name", "s-net", "busybox", "sleep", "600")
        gateway = inspect("s-net")["NetworkSettings"]["Gateway"]
        program = ("import socket\nwith socket.create_server(('0.0.0.0', 7777)) as server:\n"
                   "    client = server.accept()[0]\n    while client.recv(65536):\n        pass\n")
        server = ["nsenter", f"--net=/run/netns/{DAEMON.netns}", sys.executable, "-c", program]
        send = f"head -c 3000000 /dev/zero | nc {gateway} 7777"
        with subprocess.Popen(server) as receiver:
            wait_until(lambda: DAEMON.mydock("exec", "s-net", "sh", "-c", send, check=False).returncode == 0)
            receiver.wait(timeout=10)
        counters = DAEMON.request("GET", "/containers/s-net/stats?stream=0&one-shot=1")[1]["networks"]["eth0"]
        self.assertGreater(counters["tx_bytes"], 3_000_000)
        self.assertLess(counters["rx_bytes"], 1_000_000)
        DAEMON.mydock("rm", "-f", "s-net")

    def test_a_stream_goes_on_over_stop_and_start_and_ends_with_the_container(self):
        run("--name", "s-life", "--network", "none", "busybox", "sleep", "600")
        client = DAEMON.connect()
        with client:
            client.sendall(b"GET /containers/s-life/stats HTTP/1.0\r\n\r\n")
            lines = client.makefile("r")
            while lines.readline().strip():
                pass
            first = json.loads(lines.readline())
            self.assertEqual(first["preread"], "0001-01-01T00:00:00Z")
            self.assertEqual(json.loads(lines.readline())["preread"], first["read"])
            DAEMON.mydock("stop", "-t", "0", "s-life")
            states = [first["read"]]
            while states[-1] != "0001-01-01T00:00:00Z":
                states.append(json.loads(lines.readline())["read"])
            DAEMON.mydock("start", "s-life")
            while states[-1] == "0001-01-01T00:00:00Z":
                states.append(json.loads(lines.readline())["read"])
            DAEMON.mydock("rm", "-f", "s-life")
            while lines.readline():
                pass  # to the end


class HealthTest(unittest.TestCase):
    def test_health_follows_the_check(self):
        since = time.time()
        run("--name", "h-file", "--network", "none", "--health-cmd", "echo looking; test -e /ok", "--health-interval",
            "100ms", "--health-retries", "2", "busybox", "sleep", "600")
        self.assertIn(health("h-file")["Status"], ("starting", "unhealthy"))
        wait_until(lambda: health("h-file")["Status"] == "unhealthy")
        self.assertEqual(health("h-file")["Log"][-1]["Output"], "looking\n")
        DAEMON.mydock("exec", "h-file", "touch", "/ok")
        wait_until(lambda: health("h-file")["Status"] == "healthy")
        self.assertIn("(healthy)", DAEMON.docker("ps", "--filter", "health=healthy", "--format", "{{.Status}}").stdout)
        changes = [e["Action"] for e in events(since, "container=h-file", "event=health_status")]
        self.assertEqual(changes, ["health_status: unhealthy", "health_status: healthy"])
        probes = {e["Action"].split(":")[0] for e in events(since, "container=h-file")}
        self.assertLessEqual({"exec_create", "exec_start", "exec_die"}, probes)
        DAEMON.kill()
        DAEMON.start()
        seen = len(health("h-file")["Log"])
        self.assertEqual((health("h-file")["Status"], seen > 0), ("healthy", True))
        DAEMON.mydock("exec", "h-file", "rm", "/ok")
        wait_until(lambda: health("h-file")["Status"] == "unhealthy")
        DAEMON.mydock("rm", "-f", "h-file")

    def test_a_check_that_hangs_is_killed(self):
        run("--name", "h-hang", "--network", "none", "--health-cmd", "echo begun; exec sleep 100", "--health-interval",
            "100ms", "--health-timeout", "300ms", "--health-retries", "1", "busybox", "sleep", "600")
        wait_until(lambda: health("h-hang")["Status"] == "unhealthy")
        result = health("h-hang")["Log"][0]
        self.assertEqual(result["ExitCode"], -1)
        self.assertEqual(result["Output"], "Health check exceeded timeout (300ms): begun\n")
        DAEMON.mydock("rm", "-f", "h-hang")

    def test_nothing_is_asked_while_it_is_paused(self):
        run("--name", "h-pause", "--network", "none", "--health-cmd", "true", "--health-interval", "100ms", "busybox",
            "sleep", "600")
        wait_until(lambda: health("h-pause")["Status"] == "healthy")
        DAEMON.mydock("pause", "h-pause")
        last = health("h-pause")["Log"][-1]["End"]
        time.sleep(0.5)  # no event says that nothing happens
        self.assertEqual(health("h-pause")["Log"][-1]["End"], last)
        DAEMON.mydock("unpause", "h-pause")
        wait_until(lambda: health("h-pause")["Log"][-1]["End"] != last)
        DAEMON.mydock("rm", "-f", "h-pause")

    def test_unhealthy_ones_are_restarted_or_stopped(self):
        common = ["--network", "none", "--stop-timeout", "0", "--health-cmd", "false", "--health-interval", "100ms",
                  "--health-retries", "1"]
        run("--name", "h-again", *common, "--on-unhealthy", "restart", "busybox", "sleep", "600")
        run("--name", "h-stop", *common, "--on-unhealthy", "stop", "busybox", "sleep", "600")
        wait_until(lambda: inspect("h-again")["RestartCount"] >= 2)
        wait_until(lambda: inspect("h-stop")["State"]["Status"] == "exited")
        DAEMON.mydock("rm", "-f", "h-again", "h-stop")
        refused = DAEMON.mydock("create", "--on-unhealthy", "explode", "busybox", check=False)
        self.assertIn("invalid OnUnhealthy", refused.stderr)


class UpdateTest(unittest.TestCase):
    def test_limits_labels_and_environment(self):
        run("--name", "u-all", "--network", "none", "--memory", "64m", "--env", "A=1", "--label", "k=v", "busybox",
            "sleep", "600")
        DAEMON.docker("update", "--memory", "96m", "--memory-swap", "192m", "--pids-limit", "30", "--cpus", "0.5",
                      "--restart", "on-failure:2", "u-all")
        DAEMON.mydock("update", "--label", "k=w", "--label", "n=1", "-e", "A=2", "-e", "B=3", "u-all")
        sample = DAEMON.request("GET", "/containers/u-all/stats?stream=0&one-shot=1")[1]
        self.assertEqual((sample["memory_stats"]["limit"], sample["pids_stats"]["limit"]), (96 << 20, 30))
        DAEMON.kill()
        DAEMON.start()
        after = inspect("u-all")
        self.assertEqual(after["HostConfig"]["RestartPolicy"], {"Name": "on-failure", "MaximumRetryCount": 2})
        self.assertEqual(after["HostConfig"]["Memory"], 96 << 20)
        self.assertEqual(after["Config"]["Labels"], {"k": "w", "n": "1"})
        DAEMON.mydock("restart", "-t", "0", "u-all")
        self.assertEqual(DAEMON.mydock("exec", "u-all", "sh", "-c", "echo $A $B").stdout, "2 3\n")
        refused = DAEMON.docker("update", "--memory", "512m", "u-all", check=False)
        self.assertIn("Memory limit should be smaller than already set memoryswap limit", refused.stderr)
        DAEMON.docker("update", "--pids-limit", "-1", "u-all")
        self.assertNotIn("limit", DAEMON.request("GET", "/containers/u-all/stats?stream=0&one-shot=1")[1]["pids_stats"])
        DAEMON.mydock("rm", "-f", "u-all")


class LifeTest(unittest.TestCase):
    def test_a_timeout_outlives_the_daemon(self):
        run("--name", "t-limit", "--network", "none", "--timeout", "2", "--restart", "always", "--stop-timeout", "0",
            "busybox", "sleep", "600")
        DAEMON.kill()
        DAEMON.start()
        self.assertEqual(inspect("t-limit")["State"]["Status"], "running")
        wait_until(lambda: inspect("t-limit")["State"]["Status"] == "exited")
        DAEMON.mydock("rm", "t-limit")

    def test_back_off_doubles_and_stop_ends_it(self):
        since = time.time()
        run("--name", "r-fail", "--network", "none", "--restart", "on-failure:3", "busybox", "false")
        wait_until(lambda: inspect("r-fail")["State"]["Status"] == "exited")
        self.assertEqual(inspect("r-fail")["RestartCount"], 3)
        seen = events(since, "container=r-fail")
        dies = [e["timeNano"] for e in seen if e["Action"] == "die"]
        starts = [e["timeNano"] for e in seen if e["Action"] == "start"][1:]
        waits = [(start - die) / 1e9 for die, start in zip(dies, starts)]
        for wait, least in zip(waits, (0.1, 0.2, 0.4)):
            self.assertGreater(wait, least)
            self.assertLess(wait, least + 0.5)
        run("--name", "r-always", "--network", "none", "--restart", "always", "busybox", "false")
        wait_until(lambda: inspect("r-always")["RestartCount"] >= 3)
        wait_until(lambda: inspect("r-always")["State"]["Status"] == "restarting")
        self.assertEqual(DAEMON.docker("stop", "r-always").stdout, "r-always\n")
        self.assertEqual(inspect("r-always")["State"]["Status"], "exited")
        DAEMON.mydock("rm", "r-fail", "r-always")

    def test_auto_removal_also_after_a_failed_start_and_a_dead_daemon(self):
        failed = DAEMON.mydock("run", "--rm", "--name", "a-none", "busybox", "/nosuch", check=False)
        self.assertEqual(failed.returncode, 127)
        run("--rm", "--name", "a-life", "--network", "none", "busybox", "sleep", "1")
        process = pathlib.Path(f"/proc/{inspect('a-life')['State']['Pid']}")
        DAEMON.kill()
        wait_until(lambda: not process.exists(), what="its end while there is no daemon")
        DAEMON.start()
        wait_until(lambda: DAEMON.request("GET", "/containers/a-life/json")[0] == 404)
        self.assertEqual(DAEMON.request("GET", "/containers/a-none/json")[0], 404)


class EventsTest(unittest.TestCase):
    def test_events_are_there_after_a_restart_of_the_daemon(self):
        since = time.time()
        DAEMON.mydock("run", "--rm", "--name", "e-life", "-v", "e-data:/data", "busybox", "true")
        DAEMON.stop()
        DAEMON.start()
        seen = [f"{e['Type']} {e['Action']}" for e in events(since)]
        expected = ["volume create", "container create", "network connect", "volume mount", "container start",
                    "container die", "network disconnect", "volume unmount", "container destroy"]
        self.assertEqual([e for e in seen if e in expected], expected)
        mount = events(since, "type=volume", "event=mount")[0]["Actor"]
        self.assertEqual(mount["ID"], "e-data")
        self.assertEqual({k: v for k, v in mount["Attributes"].items() if k != "container"},
                         {"destination": "/data", "driver": "local", "propagation": "", "read/write": "true"})
        DAEMON.mydock("volume", "rm", "e-data")

    def test_prune_until(self):
        DAEMON.mydock("create", "--name", "p-old", "busybox")
        kept = DAEMON.docker("container", "prune", "-f", "--filter", "until=1h").stdout
        self.assertNotIn("Deleted Containers", kept)
        gone = DAEMON.mydock("container", "prune", "-f", "--filter", "until=0s").stdout
        self.assertIn("Deleted Containers", gone)


if __name__ == "__main__":
    unittest.main(verbosity=2)
