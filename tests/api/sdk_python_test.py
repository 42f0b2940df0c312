"""Debian's python3-docker drives the daemon: what a script that uses it does with containers."""
import io
import os
import pathlib
import sys
import tarfile
import threading
import time
import unittest

DEBIAN_PYTHON = "/usr/bin/python3"
if os.path.exists(DEBIAN_PYTHON) and not os.environ.get("MYDOCK_SDK_TEST"):
    os.environ["MYDOCK_SDK_TEST"] = "1"  # another python may stand first in PATH, with another library
    os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
try:
    import docker
except ImportError:
    print("SKIPPED: python3-docker is not installed, so its SDK does not drive the daemon")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

DAEMON = None
CLIENT = None


def setUpModule():
    global DAEMON, CLIENT
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")
    CLIENT = docker.DockerClient(base_url=f"unix://{DAEMON.socket}", version="auto", timeout=30)
    unittest.addModuleCleanup(CLIENT.close)
    print(f"python3-docker {docker.__version__}, API {CLIENT.api.api_version}")


class Case(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.remove_all)

    def remove_all(self):
        for container in CLIENT.containers.list(all=True):
            container.remove(force=True, v=True)

    def sleeper(self, **options):
        return CLIENT.containers.run("busybox", ["sleep", "600"], detach=True, network_mode="none", **options)


class Running(Case):
    def test_run_gives_the_output_and_removes(self):
        self.assertEqual(CLIENT.containers.run("busybox", "echo hello", remove=True, network_mode="none"), b"hello\n")
        self.assertEqual(CLIENT.containers.list(all=True), [])

    def test_a_failing_command_raises_with_its_code_and_its_stderr(self):
        with self.assertRaises(docker.errors.ContainerError) as caught:
            CLIENT.containers.run("busybox", ["sh", "-c", "echo bad >&2; exit 3"], network_mode="none", stderr=True)
        self.assertEqual(caught.exception.exit_status, 3)
        self.assertEqual(caught.exception.stderr, b"bad\n")

    def test_errors_are_the_sdk_s_own_kinds(self):
        with self.assertRaises(docker.errors.NotFound):
            CLIENT.containers.get("nosuch")
        with self.assertRaises(docker.errors.ImageNotFound):
            CLIENT.images.get("nosuch")
        made = self.sleeper(name="twice")
        with self.assertRaises(docker.errors.APIError) as caught:
            CLIENT.containers.create("busybox", name="twice")
        self.assertEqual(caught.exception.status_code, 409)
        made.remove(force=True)

    def test_options_reach_the_container(self):
        made = self.sleeper(name="opts", environment={"A": "b c"}, labels={"x": "y"}, mem_limit="64m", working_dir="/tmp",
                            user="65534", hostname="inside", volumes={"data": {"bind": "/data", "mode": "rw"}},
                            restart_policy={"Name": "on-failure", "MaximumRetryCount": 2})
        made.reload()
        self.assertEqual(made.labels["x"], "y")
        self.assertEqual(made.attrs["HostConfig"]["Memory"], 64 << 20)
        self.assertEqual(made.attrs["HostConfig"]["RestartPolicy"], {"Name": "on-failure", "MaximumRetryCount": 2})
        self.assertEqual(made.attrs["Mounts"][0]["Name"], "data")
        code, output = made.exec_run(["sh", "-c", "echo $A; pwd; id -u; hostname"])
        self.assertEqual((code, output), (0, b"b c\n/tmp\n65534\ninside\n"))
        made.remove(force=True)
        CLIENT.volumes.get("data").remove()

    def test_life_of_a_container(self):
        made = CLIENT.containers.create("busybox", ["sleep", "600"], name="life", network_mode="none")
        self.assertEqual(made.status, "created")
        made.start()
        made.pause()
        made.reload()
        self.assertEqual(made.status, "paused")
        made.unpause()
        made.rename("renamed")
        self.assertEqual([c.name for c in CLIENT.containers.list(filters={"name": "renamed"})], ["renamed"])
        made.restart(timeout=0)
        top = made.top(ps_args="-o pid,args")
        self.assertIn("sleep 600", [process[-1] for process in top["Processes"]])
        made.update(mem_limit="128m", memswap_limit="256m")
        made.reload()
        self.assertEqual(made.attrs["HostConfig"]["Memory"], 128 << 20)
        made.kill("SIGTERM")
        self.assertEqual(CLIENT.containers.get(made.id).id, made.id)
        made.stop(timeout=0)
        self.assertEqual(made.wait()["StatusCode"], 137)
        made.remove()

    def test_wait_returns_the_code_when_it_ends(self):
        made = CLIENT.containers.run("busybox", ["sh", "-c", "read x; exit 7"], stdin_open=True, detach=True,
                                     network_mode="none")
        results = []
        waiter = threading.Thread(target=lambda: results.append(made.wait(timeout=20)))
        waiter.start()
        attached = made.attach_socket(params={"stdin": 1, "stream": 1})
        attached._sock.sendall(b"go\n")
        waiter.join(20)
        self.assertEqual(results[0]["StatusCode"], 7)
        attached._sock.close()
        attached.close()


class Streams(Case):
    def test_exec(self):
        made = self.sleeper()
        code, (out, err) = made.exec_run(["sh", "-c", "echo out; echo err >&2; exit 4"], demux=True)
        self.assertEqual((code, out, err), (4, b"out\n", b"err\n"))
        code, lines = made.exec_run(["sh", "-c", "for i in 1 2 3; do echo $i; done"], stream=True)
        self.assertEqual(b"".join(lines), b"1\n2\n3\n")
        code, output = made.exec_run("tty", tty=True)
        self.assertEqual((code, output), (0, b"/dev/pts/0\r\n"))
        self.assertEqual(made.exec_run("nosuchcommand")[0], 127)
        started = CLIENT.api.exec_create(made.id, ["cat"], stdin=True)
        sock = CLIENT.api.exec_start(started["Id"], socket=True)
        sock._sock.sendall(b"typed\n")
        answer = b""
        while b"typed\n" not in answer:
            answer += sock._sock.recv(100)
        self.assertEqual(answer, b"\x01\0\0\0\0\0\0\x06typed\n")
        sock._sock.close()
        sock.close()
        wait_until(lambda: not CLIENT.api.exec_inspect(started["Id"])["Running"], what="the end of cat")
        self.assertEqual(CLIENT.api.exec_inspect(started["Id"])["ExitCode"], 0)

    def test_attach_streams_both_outputs(self):
        made = CLIENT.containers.create("busybox", ["sh", "-c", "echo out; echo err >&2"], network_mode="none")
        seen = []
        stream = made.attach(stream=True, demux=True)
        reader = threading.Thread(target=lambda: seen.extend(stream))
        reader.start()
        made.start()
        reader.join(20)
        self.assertEqual(b"".join(out for out, _ in seen if out), b"out\n")
        self.assertEqual(b"".join(err for _, err in seen if err), b"err\n")

    def test_logs(self):
        made = CLIENT.containers.run("busybox", ["sh", "-c", "for i in 1 2 3 4 5; do echo $i; done; echo e >&2"],
                                     detach=True, network_mode="none")
        made.wait()
        self.assertEqual(made.logs(stderr=False), b"1\n2\n3\n4\n5\n")
        self.assertEqual(made.logs(stdout=False), b"e\n")
        self.assertEqual(made.logs(stderr=False, tail=3), b"4\n5\n")  # Docker counts before it selects the stream
        self.assertEqual(made.logs(since=int(time.time()) + 100), b"")
        self.assertEqual(made.logs(until=int(time.time()) - 100), b"")
        stamp, text = made.logs(stderr=False, tail=2, timestamps=True).split(b" ")
        self.assertEqual((text, len(stamp)), (b"5\n", len("2024-01-01T00:00:00.123456789Z")))

    def test_logs_follow_to_the_end(self):
        made = CLIENT.containers.run("busybox", ["sh", "-c", "echo a; sleep 0.3; echo b"], detach=True, network_mode="none")
        self.assertEqual(b"".join(made.logs(stream=True, follow=True)), b"a\nb\n")

    def test_events(self):
        start = int(time.time()) - 1
        made = self.sleeper(name="seen", labels={"role": "seen"})
        made.remove(force=True)
        events = list(CLIENT.events(since=start, until=int(time.time()) + 1, decode=True, filters={"container": "seen"}))
        actions = [event["Action"] for event in events]
        self.assertEqual([a for a in actions if a in ("create", "start", "die", "destroy")],
                         ["create", "start", "die", "destroy"])
        self.assertEqual(events[0]["Actor"]["Attributes"]["role"], "seen")

    def test_events_come_as_they_happen(self):
        stream = CLIENT.events(decode=True, filters={"event": "start"})
        made = self.sleeper(name="live")
        self.assertEqual(next(stream)["Actor"]["Attributes"]["name"], "live")
        stream.close()
        made.remove(force=True)


class Files(Case):
    def test_archives_go_in_and_come_out(self):
        made = self.sleeper()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo("dir/note")
            entry.size = 5
            archive.addfile(entry, io.BytesIO(b"hello"))
        self.assertTrue(made.put_archive("/tmp", packed.getvalue()))
        self.assertEqual(made.exec_run("cat /tmp/dir/note")[1], b"hello")
        chunks, stat = made.get_archive("/tmp/dir")
        self.assertEqual(stat["name"], "dir")
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            self.assertEqual(archive.extractfile("dir/note").read(), b"hello")
        with self.assertRaises(docker.errors.NotFound):
            made.get_archive("/nosuch")

    def test_changes_export_and_commit(self):
        made = CLIENT.containers.run("busybox", ["sh", "-c", "echo x > /new"], detach=True, network_mode="none")
        made.wait()
        self.assertIn({"Path": "/new", "Kind": 1}, made.diff())
        with tarfile.open(fileobj=io.BytesIO(b"".join(made.export()))) as archive:
            self.assertEqual(archive.extractfile("new").read(), b"x\n")
        image = made.commit("committed", "1")
        self.assertEqual(CLIENT.containers.run(image.id, "cat /new", remove=True, network_mode="none"), b"x\n")
        CLIENT.images.remove("committed:1")

    def test_stats(self):
        made = self.sleeper(mem_limit="64m")
        once = made.stats(stream=False)
        self.assertEqual(once["memory_stats"]["limit"], 64 << 20)
        self.assertGreater(once["cpu_stats"]["cpu_usage"]["total_usage"], 0)
        self.assertIn("precpu_stats", once)
        stream = made.stats(decode=True)
        first, second = next(stream), next(stream)
        self.assertGreaterEqual(second["cpu_stats"]["system_cpu_usage"], first["cpu_stats"]["system_cpu_usage"])
        stream.close()


class Rest(Case):
    def test_images_networks_volumes_and_the_system(self):
        self.assertIn("busybox:latest", CLIENT.images.get("busybox").tags)
        self.assertTrue(CLIENT.images.get("busybox").tag("copy", "1"))
        CLIENT.images.remove("copy:1")
        self.assertIn(("busybox:latest",), [tuple(image.tags) for image in CLIENT.images.list()])
        network = CLIENT.networks.create("sdk", driver="bridge", labels={"a": "b"})
        self.assertEqual(CLIENT.networks.get("sdk").attrs["Labels"], {"a": "b"})
        made = self.sleeper(name="joined")
        made.remove(force=True)
        network.remove()
        volume = CLIENT.volumes.create("sdkvol", labels={"a": "b"})
        self.assertEqual([v.name for v in CLIENT.volumes.list(filters={"label": "a"})], ["sdkvol"])
        volume.remove()
        self.assertEqual(CLIENT.info()["OSType"], "linux")
        self.assertTrue(CLIENT.ping())
        self.assertIn("LayersSize", CLIENT.df())
        self.assertIn("ApiVersion", CLIENT.version())

    def test_prune_removes_the_stopped(self):
        made = CLIENT.containers.run("busybox", "true", detach=True, network_mode="none", labels={"prune": "me"})
        made.wait()
        self.assertEqual(CLIENT.containers.prune(filters={"label": "prune=me"})["ContainersDeleted"], [made.id])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
