"""Hostile images and processes: security cases of the container boundary, each a claim."""
import io
import json
import hashlib
import pathlib
import sys
import tarfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, ROOT  # noqa: E402

DAEMON = None
CANARY = None


def setUpModule():
    global DAEMON, CANARY
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")
    CANARY = DAEMON.dir / "canary"
    CANARY.mkdir()
    (CANARY / "file").write_text("untouched")


def image(name, entries, config=None):
    """Loads an image whose one layer holds busybox and `entries`: (name, type, link or content)."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for applet in ("sh", "cat", "ls", "true", "id", "pwd", "readlink"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for path, kind, value in entries:
            info = tarfile.TarInfo(path)
            info.type = kind
            info.mode = 0o755
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = value
                tar.addfile(info)
            else:
                data = (value or "").encode()
                info.size = len(data) if kind == tarfile.REGTYPE else 0
                tar.addfile(info, io.BytesIO(data))
    data = layer.getvalue()
    diff_id = hashlib.sha256(data).hexdigest()
    document = json.dumps({"architecture": "amd64", "os": "linux", "config": config or {},
                           "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]}, "history": []}).encode()
    config_name = f"{hashlib.sha256(document).hexdigest()}.json"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        manifest = json.dumps([{"Config": config_name, "RepoTags": [f"{name}:latest"], "Layers": ["layer.tar"]}])
        for path, content in (("manifest.json", manifest.encode()), (config_name, document), ("layer.tar", data)):
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    done = DAEMON.cli(str(DAEMON.bin / "mydock"), "load", "-q", input=archive.getvalue(), text=False)
    assert b"Loaded image" in done.stdout, done


def run(*args, **options):
    return DAEMON.mydock("run", "--rm", "--network", "none", *args, check=False, **options)


class HostileImageTest(unittest.TestCase):
    def tearDown(self):
        self.assertEqual((CANARY / "file").read_text(), "untouched")
        self.assertEqual([entry.name for entry in CANARY.iterdir()], ["file"])

    def test_proc_sys_or_dev_as_links_reach_nothing_outside(self):
        for number, path in enumerate(("proc", "sys", "dev", "dev/pts", "dev/shm")):
            for target in (str(CANARY), "../" * 20 + str(CANARY)[1:]):
                name = f"link{number}"
                image(name, [(path, tarfile.SYMTYPE, target)])
                done = run(name, "sh", "-c", "echo escaped > /proc/../tmp-file; ls /dev /sys >/dev/null; echo ran")
                if path in ("proc", "sys"):
                    self.assertNotEqual(done.returncode, 0, path)
                self.assertEqual((CANARY / "file").read_text(), "untouched", path)

    def test_working_directory_behind_a_descriptor_is_refused(self):
        for fd in range(3, 21):
            image("fdcwd", [], {"WorkingDir": f"/proc/self/fd/{fd}"})
            done = run("fdcwd", "sh", "-c", "pwd; cat ../../../../etc/hostname")
            self.assertNotEqual(done.returncode, 0, fd)
            self.assertNotIn(open("/etc/hostname").read().strip(), done.stdout)

    def test_exec_with_a_descriptor_as_working_directory_is_refused(self):
        DAEMON.mydock("run", "-d", "--name", "fdexec", "busybox", "sleep", "60")
        for fd in (3, 5, 7, 9):
            done = DAEMON.mydock("exec", "-w", f"/proc/self/fd/{fd}", "fdexec", "pwd", check=False)
            self.assertNotEqual(done.returncode, 0, fd)
        DAEMON.mydock("rm", "-f", "fdexec")

    def test_etc_files_as_links_stay_inside(self):
        image("etclinks", [(f"etc/{name}", tarfile.SYMTYPE, str(CANARY / "file"))
                           for name in ("hosts", "hostname", "resolv.conf")])
        run("etclinks", "sh", "-c", "echo gone > /etc/hosts")

    def test_numeric_user_is_never_a_name(self):
        image("users", [("etc/passwd", tarfile.REGTYPE, "1000:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n")])
        self.assertIn("uid=1000", run("-u", "1000", "users", "id").stdout)

    def test_bad_users_are_errors(self):
        for user in ("-1", "4294967295", "2147483648", "4294967296", "1e3", "0x0", " 0", "0:4294967296"):
            done = run("-u", user, "busybox", "id")
            self.assertNotEqual(done.returncode, 0, user)
            self.assertNotIn("uid=0", done.stdout, user)

    def test_passwd_as_a_fifo_does_not_block(self):
        image("fifo", [("etc/passwd", tarfile.FIFOTYPE, None), ("etc/group", tarfile.FIFOTYPE, None)])
        done = run("-u", "someone", "fifo", "id", timeout=20)
        self.assertNotEqual(done.returncode, 0)


class BoundaryTest(unittest.TestCase):
    def sh(self, script, *flags):
        return run(*flags, "busybox", "sh", "-c", script)

    def test_only_standard_descriptors_are_open(self):
        self.assertEqual(self.sh("ls /proc/self/fd | tr '\\n' ' '").stdout, "0 1 2 3 ")  # 3: ls reads the directory
        DAEMON.mydock("run", "-d", "--name", "fds", "busybox", "sleep", "60")
        self.assertEqual(DAEMON.mydock("exec", "fds", "ls", "/proc/1/fd").stdout.split(), ["0", "1", "2"])
        DAEMON.mydock("rm", "-f", "fds")

    def test_default_capabilities(self):
        status = self.sh("cat /proc/self/status").stdout
        for line, mask in (("CapBnd", "00000000a80425fb"), ("CapPrm", "00000000a80425fb"),
                           ("CapEff", "00000000a80425fb"), ("CapInh", "0" * 16), ("CapAmb", "0" * 16)):
            self.assertIn(f"{line}:\t{mask}", status)
        other = self.sh("cat /proc/self/status", "-u", "1000").stdout
        for line in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
            self.assertIn(f"{line}:\t{'0' * 16}", other)
        self.assertIn(f"CapBnd:\t{'0' * 16}", self.sh("cat /proc/self/status", "--cap-drop", "ALL").stdout)

    def test_the_filter_is_on(self):
        self.assertIn("Seccomp:\t2", self.sh("cat /proc/self/status").stdout)
        for command in ("mount -t tmpfs t /tmp", "unshare -m true", "umount /proc"):
            self.assertNotEqual(self.sh(command).returncode, 0, command)

    def test_masked_paths_are_empty_and_stay(self):
        done = self.sh("cat /proc/kcore /proc/keys /proc/timer_list | wc -c; ls /proc/acpi /sys/firmware | grep -v :; "
                       "umount /proc/kcore; echo 1 > /proc/sysrq-trigger")
        self.assertEqual(done.stdout.split()[0], "0")
        self.assertNotEqual(done.returncode, 0)

    def test_read_only_paths(self):
        for path in ("/proc/sys/kernel/hostname", "/proc/1/root/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
                     "/sys/kernel/uevent_helper"):
            self.assertNotEqual(self.sh(f"echo x > {path}").returncode, 0, path)

    def test_devices_other_than_the_few_are_denied(self):
        done = self.sh("mknod /disk b 254 0 && cat /disk >/dev/null")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Operation not permitted", done.stderr)
        self.assertEqual(self.sh("ls /dev/kmsg /dev/mem /dev/fuse").stdout, "")

    def test_cgroups_are_read_only(self):
        done = self.sh("for f in /sys/fs/cgroup/*/cgroup.procs; do echo 1 > $f && echo wrote; done")
        self.assertNotIn("wrote", done.stdout)

    def test_host_processes_are_out_of_reach(self):
        self.assertNotEqual(self.sh("kill -9 4000000").returncode, 0)
        self.assertEqual(self.sh("ls -d /proc/[0-9]* | wc -l").stdout.strip() in ("2", "3", "4"), True)

    def test_a_fork_bomb_with_a_limit_is_removed_in_time(self):
        DAEMON.mydock("run", "-d", "--name", "bomb", "--pids-limit", "64", "busybox", "sh", "-c",
                      "b() { b | b & }; b; sleep 60")
        self.assertEqual(DAEMON.mydock("run", "--rm", "busybox", "echo", "alive").stdout, "alive\n")
        DAEMON.mydock("rm", "-f", "bomb", timeout=15)

    def test_a_full_tmpfs_is_the_containers_own_trouble(self):
        done = self.sh("head -c 32m /dev/zero > /t/x", "--tmpfs", "/t:size=16m")
        self.assertNotEqual(done.returncode, 0)
        sized = self.sh("head -c 32m /dev/zero > /t/x; wc -c < /t/x", "--tmpfs", "/t:size=16m")
        self.assertLessEqual(int(sized.stdout), 16 << 20)

    def test_the_environment_is_the_images_own(self):
        names = {line.split("=")[0] for line in self.sh("env").stdout.split("\n") if "=" in line}
        self.assertLessEqual(names, {"PATH", "HOSTNAME", "HOME", "SHLVL", "PWD", "_"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
