"""A data root of 64 MB that fills up: clear errors, nothing lost, and room again after a removal."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon  # noqa: E402


class SmallDaemon(Daemon):
    """Its data root is a file system of 64 MB."""

    def start(self, *more):
        if not os.path.ismount(self.data_root):
            self.data_root.mkdir(exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "mydock-test", str(self.data_root)], check=True)
        super().start(*more)

    def clean(self):
        subprocess.run(["umount", str(self.data_root)], check=True)
        super().clean()


def used(daemon):
    status = os.statvfs(daemon.data_root)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def archive_of(size):
    """A tar with one file of `size` bytes that do not compress."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="mydock-test-full-"))
    (root / "big").write_bytes(os.urandom(size))
    data = subprocess.run(["tar", "-C", str(root), "-c", "big"], check=True, capture_output=True).stdout
    (root / "big").unlink()
    root.rmdir()
    return data


class DiskFullTest(unittest.TestCase):
    def setUp(self):
        self.daemon = SmallDaemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.load("busybox")

    def test_an_image_that_does_not_fit_leaves_nothing(self):
        before = used(self.daemon)
        done = self.daemon.cli(str(self.daemon.bin / "mydock"), "import", "-", "toobig", input=archive_of(80 << 20),
                               text=False, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"no space left on device", done.stderr.lower())
        self.assertLess(used(self.daemon) - before, 1 << 20)
        self.assertEqual(self.daemon.mydock("images", "-q", "toobig").stdout, "")
        self.assertEqual(self.daemon.mydock("run", "--rm", "busybox", "echo", "hi").stdout, "hi\n")

    def test_a_container_that_fills_the_disk_can_be_removed(self):
        daemon = self.daemon
        daemon.mydock("run", "--name", "filler", "--network", "none", "busybox", "sh", "-c",
                      "head -c 100m /dev/urandom > /fill", check=False)
        self.assertGreater(used(self.daemon), 60 << 20)
        self.assertEqual(daemon.request("GET", "/_ping")[0], 200)
        self.assertIn("filler", daemon.mydock("ps", "-a").stdout)
        daemon.mydock("run", "--rm", "busybox", "true", check=False)  # may fail; must not hang or leak
        self.assertEqual(daemon.mydock("rm", "filler").stdout, "filler\n")
        self.assertEqual(daemon.mydock("run", "--rm", "busybox", "echo", "hi").stdout, "hi\n")

    def test_a_daemon_starts_on_a_full_disk(self):
        daemon = self.daemon
        daemon.mydock("create", "--name", "kept", "busybox", "echo", "kept")
        (daemon.data_root / "ballast").write_bytes(b"")
        with open(daemon.data_root / "ballast", "ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"x" * 65536)
            except OSError:
                pass
        daemon.kill()
        daemon.start()
        self.assertIn("kept", daemon.mydock("ps", "-a").stdout)
        (daemon.data_root / "ballast").unlink()
        self.assertEqual(daemon.mydock("start", "-a", "kept").stdout, "kept\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
