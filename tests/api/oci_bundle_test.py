"""What the daemon hands to its shim is an OCI bundle that crun and runc run too; IPC that containers share."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon  # noqa: E402

DAEMON = None
# crun refuses a mixed host whose v2 tree carries controllers: a mount namespace of its own hides that tree. What crun
# writes there in its place goes with that namespace.
WITHOUT_V2_BESIDE_V1 = """if mountpoint -q /sys/fs/cgroup/unified; then
  umount /sys/fs/cgroup/unified && mount -t tmpfs none /sys/fs/cgroup/unified
fi
exec "$@\""""


def setUpModule():
    global DAEMON
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")


class BundleTest(unittest.TestCase):
    def copy_bundle(self, name, *flags):
        """The bundle of a live container, with a root file system instead of the overlay and a short program."""
        made = DAEMON.mydock("run", "-d", "--name", name, "--network", "none", *flags, "busybox", "sleep", "60")
        container = made.stdout.strip()
        self.addCleanup(DAEMON.mydock, "rm", "-f", name, check=False)
        bundle = DAEMON.dir / f"copy-{name}"
        self.addCleanup(shutil.rmtree, bundle)
        source = DAEMON.exec_root / "containers" / container
        spec = json.loads((source / "config.json").read_text())
        (bundle / "rootfs/bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", bundle / "rootfs/bin/busybox")
        spec["process"]["args"] = ["/bin/busybox", "sh", "-c", "/bin/busybox hostname; exit 5"]
        spec["linux"]["cgroupsPath"] = f"/{DAEMON.parent}/copy-{name}"
        (bundle / "config.json").write_text(json.dumps(spec))
        return bundle, spec["hostname"]

    def run_bundle(self, bundle, *runtime):
        state = bundle / "state"
        return subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", WITHOUT_V2_BESIDE_V1, "sh",
                               *runtime, "--root", str(state), "run", "-b", str(bundle), f"copy-{os.getpid()}"],
                              capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)

    def check(self, name, *flags):
        for runtime in ("crun", "runc", str(DAEMON.bin / "mydock-shim")):
            if shutil.which(runtime) is None:
                continue
            with self.subTest(runtime=runtime):
                bundle, hostname = self.copy_bundle(f"{name}-{pathlib.Path(runtime).name}", *flags)
                done = self.run_bundle(bundle, runtime)
                self.assertEqual((done.stdout, done.returncode), (hostname + "\n", 5), done.stderr)

    def test_a_plain_container(self):
        self.check("plain")

    def test_one_with_a_device_of_its_own_and_device_rules(self):
        self.check("device", "--device", "/dev/full:/dev/extra", "--device-cgroup-rule", "c 7:* rmw")


class SharedIpcTest(unittest.TestCase):
    def start(self, name, *flags):
        DAEMON.mydock("run", "-d", "--name", name, "--network", "none", *flags, "busybox", "sleep", "60")
        self.addCleanup(DAEMON.mydock, "rm", "-f", name, check=False)

    def join(self, donor, script, *flags):
        return DAEMON.mydock("run", "--rm", "--network", "none", "--ipc", f"container:{donor}", *flags, "busybox", "sh",
                             "-c", script, check=False)

    def test_the_shared_memory_of_a_shareable_container_is_shared(self):
        self.start("donor", "--ipc", "shareable")
        DAEMON.mydock("exec", "donor", "sh", "-c", "echo hello >/dev/shm/note")
        joined = self.join("donor", "cat /dev/shm/note; echo back >/dev/shm/answer; readlink /proc/self/ns/ipc")
        self.assertEqual(joined.stderr, "")
        words = DAEMON.mydock("exec", "donor", "sh", "-c",
                              "cat /dev/shm/note /dev/shm/answer; readlink /proc/self/ns/ipc").stdout
        self.assertEqual(words.split(), ["hello", "back", joined.stdout.split()[1]])
        self.start("second", "--ipc", "container:donor")
        self.assertEqual(self.join("second", "cat /dev/shm/answer").stdout, "back\n")

    def test_a_private_one_is_not(self):
        self.start("private", "--ipc", "private")
        joined = self.join("private", "true")
        self.assertEqual(joined.returncode, 125)
        self.assertIn("non-shareable IPC (hint: use IpcMode:shareable for the donor container)", joined.stderr)

    def test_a_stopped_one_cannot_be_joined(self):
        self.start("gone", "--ipc", "shareable")
        DAEMON.mydock("kill", "gone")
        DAEMON.mydock("wait", "gone")
        joined = self.join("gone", "true")
        self.assertEqual(joined.returncode, 125)
        self.assertIn("cannot join IPC of a non running container", joined.stderr)

    def test_what_a_donor_makes_of_its_path_leads_nowhere_else(self):
        self.start("sly", "--ipc", "shareable", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined")
        DAEMON.mydock("exec", "sly", "sh", "-c", "umount /dev/shm && rmdir /dev/shm && ln -s /etc /dev/shm")
        joined = self.join("sly", "ls /dev/shm")
        self.assertEqual((joined.returncode, joined.stdout), (125, ""))

    def test_the_hosts_is_the_hosts(self):
        note = pathlib.Path(f"/dev/shm/mydock-test-{os.getpid()}")
        note.write_text("host\n")
        self.addCleanup(note.unlink)
        done = DAEMON.mydock("run", "--rm", "--network", "none", "--ipc", "host", "busybox", "sh", "-c",
                             f"cat {note}; readlink /proc/self/ns/ipc; ls -d /dev/mqueue")
        self.assertEqual(done.stdout, f"host\n{os.readlink('/proc/self/ns/ipc')}\n/dev/mqueue\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
