"""What processes in a default container try, each a claim: calls, privileges, the engine's own program."""
import hashlib
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tty
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, ROOT  # noqa: E402

DAEMON = None
BIN = None  # bound into containers, read-only


def setUpModule():
    global DAEMON, BIN
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")
    BIN = DAEMON.dir / "tools"
    BIN.mkdir()
    subprocess.run(["gcc", "-O1", "-static", "-o", str(BIN / "calls"), str(ROOT / "tests/support/call_probe.c")],
                   check=True)
    shutil.copy(BIN / "calls", BIN / "as-root")
    os.chmod(BIN / "as-root", 0o4755)


def run(*args, **options):
    return DAEMON.mydock("run", "--rm", "--network", "none", "-v", f"{BIN}:/tools:ro", *args, check=False, **options)


def sh(script, *args, **options):
    return run(*args, "busybox", "sh", "-c", script, **options)


class CallsTest(unittest.TestCase):
    def test_the_filter_refuses_what_dockers_does(self):
        self.assertEqual(run("busybox", "/tools/calls").stdout, "done\n")

    def test_root_of_the_container_gets_no_more(self):
        added = run("--cap-add", "SYS_ADMIN", "busybox", "/tools/calls").stdout.splitlines()
        # Docker's profile opens these with the capability; the others stay shut.
        self.assertNotIn("io_uring_setup", " ".join(added))
        self.assertNotIn("kexec_load", " ".join(added))

    def test_without_the_filter_the_probe_does_notice(self):
        self.assertNotEqual(run("--security-opt", "seccomp=unconfined", "busybox", "/tools/calls").stdout, "done\n")


class PrivilegesTest(unittest.TestCase):
    def test_a_set_user_id_program_gains_nothing_with_no_new_privileges(self):
        self.assertEqual(run("-u", "65534", "busybox", "/tools/as-root", "user").stdout, "0\n")
        limited = run("-u", "65534", "--security-opt", "no-new-privileges", "busybox", "/tools/as-root", "user")
        self.assertEqual(limited.stdout, "65534\n")

    def test_one_capability_more_is_one_bit_more(self):
        status = sh("grep CapEff /proc/self/status", "--cap-add", "SYS_NICE").stdout.split()[1]
        self.assertEqual(int(status, 16), 0xa80425fb | 1 << 23)

    def test_kernel_settings_can_be_read_but_not_written(self):
        done = sh("cat /proc/sys/kernel/core_pattern >/dev/null && echo read; echo x > /proc/sys/kernel/core_pattern")
        self.assertEqual(done.stdout, "read\n")
        self.assertNotEqual(done.returncode, 0)

    def test_keys_of_the_host_are_hidden(self):
        self.assertEqual(sh("cat /proc/keys").stdout, "")

    def test_a_host_disk_cannot_be_opened(self):
        major, minor = os.major(os.stat("/").st_dev), os.minor(os.stat("/").st_dev)
        done = sh(f"mknod /disk b {major} {minor} && head -c 1 /disk")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("not permitted", done.stderr)

    def test_typing_into_the_terminal_is_refused_to_others(self):
        """TIOCSTI reaches the container's own terminal at most, never the one that the client is on."""
        leader, follower = pty.openpty()
        tty.setraw(follower)
        subprocess.run([str(DAEMON.bin / "mydock"), "run", "--rm", "-t", "--network", "none", "-v", f"{BIN}:/tools:ro",
                        "busybox", "/tools/calls", "type"], env=DAEMON.environment, stdin=follower, stdout=follower,
                       stderr=follower, timeout=30, check=False)
        os.set_blocking(follower, False)
        with self.assertRaises(BlockingIOError):
            os.read(follower, 1)
        os.close(leader)
        os.close(follower)


class EnginesProgramTest(unittest.TestCase):
    def test_a_hundred_execs_of_the_engines_own_program_change_nothing(self):
        """An entry point "#!/proc/self/exe" runs what started it: it must not be writable."""
        shim = DAEMON.bin / "mydock-shim"
        before = hashlib.sha256(shim.read_bytes()).hexdigest()
        script = ("printf '#!/proc/self/exe\\n' > /evil; chmod 755 /evil; "
                  "while :; do for p in /proc/[0-9]*; do ( : > $p/exe ) 2>/dev/null && echo WROTE; done; done")
        DAEMON.mydock("run", "-d", "--name", "evil", "--network", "none", "busybox", "sh", "-c", script)
        for _ in range(100):
            DAEMON.mydock("exec", "evil", "/evil", check=False)
        logs = DAEMON.mydock("logs", "-n", "3", "evil").stdout
        DAEMON.mydock("rm", "-f", "evil")
        self.assertNotIn("WROTE", logs)
        self.assertEqual(hashlib.sha256(shim.read_bytes()).hexdigest(), before)

    def test_the_reaper_is_no_file_of_the_host(self):
        done = sh("readlink /proc/1/exe; ( : > /proc/1/exe ) && echo wrote", "--init")
        self.assertNotIn(str(DAEMON.bin), done.stdout)
        self.assertNotIn("wrote", done.stdout)

    def test_programs_of_the_image_do_not_run_for_the_engine(self):
        marker = "rm -f /bin/NAME; printf '#!/bin/sh\\ntouch /ran\\n' > /bin/NAME; chmod 755 /bin/NAME; "
        script = "".join(marker.replace("NAME", name) for name in ("ps", "nsenter", "runc")) + "sleep 60"
        DAEMON.mydock("run", "-d", "--name", "marked", "--network", "none", "busybox", "sh", "-c", script)
        DAEMON.mydock("exec", "marked", "true")
        self.assertIn("sleep 60", DAEMON.mydock("top", "marked").stdout)
        DAEMON.mydock("stats", "--no-stream", "marked")
        self.assertNotEqual(DAEMON.mydock("exec", "marked", "ls", "/ran", check=False).returncode, 0)
        DAEMON.mydock("rm", "-f", "marked")


if __name__ == "__main__":
    unittest.main(verbosity=2)
