"""Volumes: where they are mounted from, parts of them, who fills them, who holds them."""
import concurrent.futures
import json
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


def docker(*args, **options):
    return DAEMON.docker(*args, **options).stdout.strip()


def refused(*args):
    done = DAEMON.docker(*args, check=False)
    assert done.returncode != 0, done.stdout
    return done.stderr


def run(*args):
    return docker("run", "--rm", *args)


class LocalDriver(unittest.TestCase):
    def test_tmpfs_with_its_options(self):
        docker("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m,uid=1000", "ram")
        self.addCleanup(docker, "volume", "rm", "ram")
        shown = run("-v", "ram:/r", "busybox", "sh", "-c", "grep ' /r ' /proc/mounts; stat -c %u /r")
        self.assertIn("tmpfs /r tmpfs rw", shown)
        self.assertIn("size=1024k", shown)
        self.assertTrue(shown.endswith("1000"), shown)

    def test_bind_of_a_directory_of_the_host(self):
        place = DAEMON.dir / "elsewhere"
        place.mkdir()
        docker("volume", "create", "-o", "type=none", "-o", "o=bind", "-o", f"device={place}", "bound")
        self.addCleanup(docker, "volume", "rm", "bound")
        run("-v", "bound:/b", "busybox", "touch", "/b/made")
        self.assertTrue((place / "made").exists())
        self.assertIn("Read-only file system", refused("run", "--rm", "-v", "bound:/b:ro", "busybox", "touch", "/b/x"))

    def test_bad_options_in_dockers_words(self):
        self.assertIn('invalid option: "colour"', refused("volume", "create", "-o", "colour=red", "x1"))
        self.assertIn('missing required option: "device"', refused("volume", "create", "-o", "type=tmpfs", "x2"))

    def test_device_that_is_not_there_is_told_at_the_start(self):
        docker("volume", "create", "-o", "type=none", "-o", "o=bind", "-o", "device=/nowhere", "gone")
        self.addCleanup(docker, "volume", "rm", "gone")
        self.assertIn("/nowhere", refused("run", "--rm", "-v", "gone:/g", "busybox", "true"))


class Parts(unittest.TestCase):
    def test_subpath_and_no_way_out_of_it(self):
        docker("volume", "create", "parted")
        self.addCleanup(docker, "volume", "rm", "parted")
        run("-v", "parted:/v", "busybox", "sh", "-c",
            "mkdir -p /v/a/b && echo inside > /v/a/b/f && ln -s /etc /v/out && ln -s ../../../.. /v/up && mkdir /v/etc")
        mount = "type=volume,source=parted,target=/m,volume-subpath="
        self.assertEqual(run("--mount", mount + "a/b", "busybox", "cat", "/m/f"), "inside")
        self.assertEqual(run("--mount", mount + "out", "busybox", "ls", "/m"), "")  # the volume's own /etc
        self.assertIn("inside", run("--mount", mount + "up/a/b", "busybox", "cat", "/m/f"))
        self.assertIn("relative path within the volume", refused("run", "--rm", "--mount", mount + "../x", "busybox", "true"))
        self.assertIn("cannot access path nosuch", refused("run", "--rm", "--mount", mount + "nosuch", "busybox", "true"))


class Filling(unittest.TestCase):
    def test_many_at_once_fill_it_once(self):
        def start(i):
            return docker("run", "--rm", "-v", "shared:/bin", "busybox", "/bin/sh", "-c", "ls /bin | wc -l")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            counts = set(pool.map(start, range(8)))
        self.assertEqual(len(counts), 1)
        self.assertGreater(int(counts.pop()), 5)
        docker("volume", "rm", "shared")

    def test_nocopy(self):
        self.assertEqual(run("-v", "bare:/etc/x", "-v", "bare2:/bin2:nocopy", "busybox", "ls", "/bin2"), "")
        docker("volume", "rm", "bare", "bare2")


class Holding(unittest.TestCase):
    def test_volume_in_use_stays(self):
        docker("create", "--name", "holder", "-v", "held:/h", "busybox", "true")
        self.assertIn("volume is in use", refused("volume", "rm", "held"))
        docker("rm", "holder")
        docker("volume", "rm", "held")

    def test_anonymous_volume_of_a_donor_outlives_it(self):
        docker("run", "--name", "donor", "-v", "/data", "busybox", "sh", "-c", "echo mine > /data/f")
        docker("create", "--name", "heir", "--volumes-from", "donor", "busybox", "cat", "/data/f")
        docker("rm", "-v", "donor")
        self.assertEqual(docker("start", "-a", "heir"), "mine")
        docker("rm", "-f", "-v", "heir")

    def test_prune_takes_the_anonymous_ones_or_all(self):
        docker("volume", "create", "named")
        anonymous = docker("volume", "create")
        docker("volume", "prune", "-f")
        self.assertEqual(docker("volume", "ls", "-q", "--filter", "name=named"), "named")
        self.assertNotIn(anonymous, docker("volume", "ls", "-q"))
        docker("volume", "prune", "-f", "--all")
        self.assertEqual(docker("volume", "ls", "-q"), "")

    def test_labels_and_filters(self):
        docker("volume", "create", "--label", "team=red", "--label", "x", "labelled")
        self.assertEqual(docker("volume", "ls", "-q", "--filter", "label=team=red"), "labelled")
        self.assertEqual(docker("volume", "ls", "-q", "--filter", "label=team=blue"), "")
        self.assertEqual(docker("volume", "ls", "-q", "--filter", "dangling=true", "--filter", "name=label"), "labelled")
        shown = json.loads(docker("volume", "inspect", "labelled"))[0]
        self.assertEqual(shown["Labels"], {"team": "red", "x": ""})
        docker("volume", "rm", "labelled")


if __name__ == "__main__":
    unittest.main(verbosity=2)
