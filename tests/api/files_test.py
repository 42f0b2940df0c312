"""A container's files: cp both ways, diff, export, commit, looking into it; attach by websocket."""
import contextlib
import hashlib
import io
import os
import pathlib
import pty
import select
import shlex
import struct
import subprocess
import sys
import tarfile
import tempfile
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


def run(name, script, *flags, wait=True):
    """A container that has run `script`, and sleeps on."""
    DAEMON.mydock("run", "-d", "--name", name, "--network", "none", *flags, "busybox", "sh", "-c",
                  script + "; touch /tmp/ready; exec sleep 1000")
    if wait:
        wait_until(lambda: DAEMON.mydock("exec", name, "test", "-e", "/tmp/ready", check=False).returncode == 0)


def shell(name, script, **options):
    return DAEMON.mydock("exec", name, "sh", "-c", script, **options).stdout


def mounts():
    return len(pathlib.Path("/proc/self/mountinfo").read_text().splitlines())


class CopyTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=DAEMON.dir))

    def test_files_go_in_and_out_whole(self):
        run("cp-big", "true")
        data = os.urandom(1 << 20) * 5
        (self.dir / "big").write_bytes(data)
        (self.dir / "tree/deep/er").mkdir(parents=True)
        (self.dir / "tree/deep/er/file").write_text("x")
        os.symlink("deep/er/file", self.dir / "tree/link")
        DAEMON.mydock("cp", str(self.dir / "big"), "cp-big:/big")
        DAEMON.mydock("cp", str(self.dir / "tree"), "cp-big:/tree")
        digest = shell("cp-big", "sha256sum /big").split()[0]
        self.assertEqual(digest, hashlib.sha256(data).hexdigest())
        self.assertEqual(shell("cp-big", "cat /tree/link"), "x")
        DAEMON.mydock("stop", "-t", "0", "cp-big")
        DAEMON.mydock("cp", "cp-big:/tree", str(self.dir / "back"))
        DAEMON.mydock("cp", "cp-big:/big", str(self.dir / "big2"))
        self.assertEqual((self.dir / "big2").read_bytes(), data)
        self.assertEqual(os.readlink(self.dir / "back/link"), "deep/er/file")

    def test_a_stopped_container_shows_its_volumes_and_leaves_no_mount(self):
        run("cp-vol", "echo in > /vol/in; echo under > /u", "-v", "cp-vol:/vol", "--tmpfs", "/scratch")
        (self.dir / "new").write_text("new")
        shell("cp-vol", "echo t > /scratch/t")
        DAEMON.mydock("cp", "cp-vol:/scratch/t", str(self.dir / "t"))
        DAEMON.mydock("stop", "-t", "0", "cp-vol")
        before = mounts()
        DAEMON.mydock("cp", "cp-vol:/vol/in", str(self.dir / "in"))
        DAEMON.mydock("cp", str(self.dir / "new"), "cp-vol:/vol/new")
        DAEMON.mydock("cp", "cp-vol:/etc/hosts", str(self.dir / "hosts"))
        self.assertEqual(mounts(), before)
        self.assertEqual((self.dir / "in").read_text(), "in\n")
        self.assertEqual((self.dir / "t").read_text(), "t\n")
        self.assertIn("localhost", (self.dir / "hosts").read_text())
        out = DAEMON.mydock("run", "--rm", "--network", "none", "-v", "cp-vol:/v", "busybox", "cat", "/v/new").stdout
        self.assertEqual(out, "new")
        DAEMON.mydock("start", "cp-vol")

    def test_a_part_of_a_volume_is_that_part_only(self):
        DAEMON.mydock("run", "--rm", "--network", "none", "-v", "cp-part:/v", "busybox", "sh", "-c",
                      "mkdir /v/sub; echo part > /v/sub/f; echo whole > /v/f")
        DAEMON.mydock("create", "--name", "cp-part", "--network", "none", "--mount",
                      "type=volume,src=cp-part,dst=/part,volume-subpath=sub", "busybox", "true")
        DAEMON.mydock("cp", "cp-part:/part/f", str(self.dir / "f"))
        self.assertEqual((self.dir / "f").read_text(), "part\n")

    def test_created_and_paused_containers_take_files(self):
        DAEMON.mydock("create", "--name", "cp-made", "--network", "none", "-v", "cp-made:/not/there", "busybox", "cat",
                      "/f")
        (self.dir / "f").write_text("given")
        DAEMON.mydock("cp", str(self.dir / "f"), "cp-made:/f")
        DAEMON.mydock("cp", str(self.dir / "f"), "cp-made:/not/there/f")
        self.assertEqual(DAEMON.mydock("start", "-a", "cp-made").stdout, "given")
        run("cp-paused", "echo p > /p")
        DAEMON.mydock("pause", "cp-paused")
        DAEMON.mydock("cp", "cp-paused:/p", str(self.dir / "p"))
        DAEMON.mydock("unpause", "cp-paused")
        self.assertEqual((self.dir / "p").read_text(), "p\n")

    def test_what_is_read_only_stays(self):
        run("cp-ro", "true", "--read-only", "--tmpfs", "/tmp", "-v", "cp-ro:/rw", "-v", "cp-ro2:/ro:ro")
        (self.dir / "f").write_text("f")
        refused = {"cp-ro:/f": "container rootfs is marked read-only", "cp-ro:/ro/f": "mounted volume is marked read-only"}
        for running in (True, False):
            for target, words in refused.items():
                self.assertIn(words, DAEMON.mydock("cp", str(self.dir / "f"), target, check=False).stderr)
            DAEMON.mydock("cp", str(self.dir / "f"), "cp-ro:/rw/f")
            DAEMON.mydock("stop", "-t", "0", "cp-ro")

    def test_links_never_lead_out(self):
        run("cp-link", "ln -s ../../../../../../etc /up; ln -s /proc/1/root/etc /magic; mkdir /d; ln -s /d /abs")
        canary = self.dir / "canary"
        (self.dir / "f").write_text("f")
        (self.dir / "passwd").write_text("mine")
        DAEMON.mydock("cp", str(self.dir / "passwd"), "cp-link:/up/passwd2")
        self.assertEqual(shell("cp-link", "cat /etc/passwd2"), "mine")
        self.assertFalse(pathlib.Path("/etc/passwd2").exists())
        self.assertNotEqual(DAEMON.mydock("cp", "cp-link:/magic/", str(canary), check=False).returncode, 0)
        DAEMON.mydock("cp", str(self.dir / "f"), "cp-link:/abs/f")
        self.assertEqual(shell("cp-link", "cat /d/f"), "f")

    def test_patterns_copy_what_they_match(self):
        run("cp-glob", "mkdir -p /log/sub; echo a > /log/a.log; echo b > /log/b.log; echo c > /log/c.txt; echo h > "
            "/log/.h.log; echo s > '/log/*.txt'")
        DAEMON.mydock("cp", "cp-glob:/log/*.log", str(self.dir))
        self.assertEqual(sorted(os.listdir(self.dir)), ["a.log", "b.log"])
        DAEMON.mydock("cp", "cp-glob:/log/*.txt", str(self.dir))  # a file of that name is there
        self.assertEqual((self.dir / "*.txt").read_text(), "s\n")
        missing = DAEMON.mydock("cp", "cp-glob:/log/*.gz", str(self.dir), check=False)
        self.assertIn("No files match /log/*.gz in container cp-glob", missing.stderr)

    def test_a_running_container_s_whole_root_can_be_read(self):
        run("cp-root", "true")
        done = subprocess.run(f"{DAEMON.bin}/mydock cp cp-root:/ - | tar t", shell=True, env=DAEMON.environment,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("/bin/busybox\n", done.stdout)
        self.assertEqual([line for line in done.stdout.splitlines() if line.startswith("/proc/")], ["/proc/"])

    def test_a_stalled_upload_does_not_hold_a_start_for_ever(self):
        DAEMON.mydock("create", "--name", "cp-stall", "--network", "none", "busybox", "true")
        with contextlib.closing(DAEMON.connect()) as stalled:
            stalled.sendall(b"PUT /v1.44/containers/cp-stall/archive?path=/ HTTP/1.1\r\nHost: d\r\n"
                            b"Content-Type: application/x-tar\r\nContent-Length: 100000\r\n\r\n")
            answer = DAEMON.mydock("start", "cp-stall", check=False, timeout=30)
            # Either it came first, or it was told why not; it never hangs.
            self.assertTrue(answer.returncode == 0 or "are being copied" in answer.stderr, answer.stderr)
        DAEMON.mydock("start", "cp-stall")


class ImageTest(unittest.TestCase):
    def test_diff_tells_what_changed(self):
        run("diff", "echo x >> /etc/passwd; rm /etc/group; mkdir -p /new/dir; rm -rf /home; mkdir /home; chmod 700 /usr")
        lines = DAEMON.mydock("diff", "diff").stdout.splitlines()
        expected = ["C /etc", "D /etc/group", "C /etc/passwd", "A /new", "A /new/dir", "C /tmp", "A /tmp/ready", "C /usr"]
        self.assertEqual(lines, expected)
        DAEMON.mydock("create", "--name", "diff-none", "--network", "none", "busybox", "true")
        DAEMON.mydock("start", "-a", "diff-none")
        self.assertEqual(DAEMON.mydock("diff", "diff-none").stdout, "")
        self.assertEqual(DAEMON.request("GET", "/containers/diff-none/changes")[1], None)

    def test_commit_makes_an_image_that_runs_and_travels(self):
        run("com", "echo kept > /kept; rm /etc/group", "-e", "FROM_CONTAINER=1", "--label", "l=1", "-v", "com:/vol")
        made = DAEMON.mydock("commit", "-a", "Me", "-m", "why", "-c", "ENV X=y", "-c", 'CMD ["cat", "/kept"]', "com",
                             "com:1").stdout.strip()
        self.assertRegex(made, r"^sha256:[0-9a-f]{64}$")
        image = DAEMON.request("GET", "/images/com:1/json")[1]
        self.assertEqual((image["Id"], image["Author"], image["Comment"]), (made, "Me", "why"))
        self.assertLessEqual({"X=y", "FROM_CONTAINER=1"}, set(image["Config"]["Env"]))
        self.assertEqual(image["Config"]["Cmd"], ["cat", "/kept"])
        self.assertEqual(image["Config"]["Labels"]["l"], "1")
        self.assertEqual(len(image["RootFS"]["Layers"]), 2)
        self.assertEqual(DAEMON.mydock("run", "--rm", "--network", "none", "com:1").stdout, "kept\n")
        gone = DAEMON.mydock("run", "--rm", "--network", "none", "com:1", "test", "-e", "/etc/group", check=False)
        self.assertEqual(gone.returncode, 1)
        self.assertEqual(DAEMON.request("GET", "/containers/com/json")[1]["State"]["Status"], "running")
        archive = DAEMON.dir / "com.tar"
        DAEMON.mydock("save", "-o", str(archive), "com:1")
        DAEMON.mydock("rmi", "com:1")
        DAEMON.mydock("load", "-q", "-i", str(archive))
        self.assertEqual(DAEMON.mydock("run", "--rm", "--network", "none", "com:1").stdout, "kept\n")

    def test_a_commit_of_nothing_adds_no_layer(self):
        DAEMON.mydock("create", "--name", "com-none", "--network", "none", "busybox", "true")
        DAEMON.mydock("commit", "com-none", "com-none:1")
        layers = [DAEMON.request("GET", f"/images/{name}/json")[1]["RootFS"]["Layers"]
                  for name in ("busybox", "com-none:1")]
        self.assertEqual(layers[0], layers[1])
        bad = DAEMON.mydock("commit", "-c", "RUN true", "com-none", check=False)
        self.assertIn("is not a valid change command", bad.stderr)

    def test_export_has_the_root_but_no_mounts(self):
        run("exp", "echo x > /x; echo y > /vol/y", "-v", "exp:/vol")
        done = subprocess.run([str(DAEMON.bin / "mydock"), "export", "exp"], env=DAEMON.environment, capture_output=True,
                              timeout=60, check=True)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            names = set(tar.getnames())
        self.assertLessEqual({"x", "vol", "bin/busybox", "proc", ".dockerenv"}, names)
        self.assertFalse({name for name in names if name.startswith(("proc/", "vol/"))})

    def test_an_image_can_be_mounted(self):
        run("im", "echo x > /x")
        DAEMON.mydock("commit", "im", "im:1")  # two layers
        script = "ls /im/bin/busybox; cat /im/x; touch /im/y 2>/dev/null || echo refused"
        for source, expected in (("im:1", "/im/bin/busybox\nx\nrefused\n"), ("busybox", "/im/bin/busybox\nrefused\n")):
            out = DAEMON.mydock("run", "--rm", "--network", "none", "--mount", f"type=image,source={source},target=/im",
                                "busybox", "sh", "-c", script, check=False).stdout
            self.assertEqual(out, expected)


class LookTest(unittest.TestCase):
    def test_debug_looks_into_a_running_and_a_stopped_container(self):
        run("dbg", "echo secret > /secret")
        out = DAEMON.mydock("debug", "dbg", "sh", "-c", "cat $TARGET/secret; ps | grep -c 'sleep 1000'").stdout
        self.assertEqual(out.splitlines()[0], "secret")
        before = DAEMON.mydock("diff", "dbg").stdout
        DAEMON.mydock("stop", "-t", "0", "dbg")
        script = "cat $TARGET/secret; touch $TARGET/no 2>/dev/null || echo refused"
        self.assertEqual(DAEMON.mydock("debug", "dbg", "sh", "-c", script).stdout, "secret\nrefused\n")
        self.assertEqual(DAEMON.mydock("diff", "dbg").stdout, before)
        self.assertEqual(DAEMON.mydock("ps", "-aq", "--filter", "label=mydock.debug").stdout, "")

    def test_inspect_as_run_makes_an_equal_container(self):
        cases = {
            "plain": [],
            "many": ["-it", "-e", "A=b c", "-e", "Q=it's", "-l", "x=y z", "-w", "/tmp", "-u", "1:2", "-h", "name", "-m", "64m",
                     "--memory-swap", "80m", "--cpus", "0.5", "--pids-limit", "50", "--ulimit", "nofile=100:200",
                     "--cap-add", "NET_ADMIN", "--cap-drop", "MKNOD", "--security-opt", "no-new-privileges",
                     "--read-only", "--tmpfs", "/t:size=1m", "-v", "named:/vol:ro", "-v", "/tmp:/hosttmp", "-v", "/anon",
                     "--mount", "type=tmpfs,dst=/m,tmpfs-size=1m", "--mount", "type=volume,src=other,dst=/o,volume-nocopy",
                     "--add-host", "a:1.2.3.4", "--dns", "9.9.9.9", "--restart", "on-failure:3", "--stop-signal", "USR1",
                     "--stop-timeout", "3", "--init", "--shm-size", "8m", "--group-add", "5", "--oom-score-adj", "100",
                     "--device", "/dev/null:/dev/mine:r", "--sysctl", "net.core.somaxconn=100", "--log-opt", "max-size=1m",
                     "--annotation", "k=v", "--ipc", "shareable", "--pid", "host", "--expose", "90", "--cpuset-cpus", "0",
                     "--health-cmd", "exit 0", "--health-interval", "5s", "--entrypoint", "sleep"],
            "ports": ["-p", "127.0.0.1:18080:80", "-p", "53/udp"],
            "host": ["--network", "host", "--privileged", "--cgroupns", "host"],
            "none": ["--network", "none", "--log-driver", "none", "--no-healthcheck", "--entrypoint", ""],
        }
        for name, flags in cases.items():
            with self.subTest(name):
                DAEMON.mydock("create", "--name", f"as-{name}", *flags, "busybox", "10")
                line = DAEMON.mydock("inspect", "--as", "run", f"as-{name}").stdout
                words = shlex.split(line)
                self.assertEqual(words[:3], ["mydock", "run", "--detach"])
                before = DAEMON.request("GET", f"/containers/as-{name}/json")[1]
                words[words.index(f"as-{name}")] = f"as-{name}-again"
                DAEMON.mydock("create", *words[3:])
                after = DAEMON.request("GET", f"/containers/as-{name}-again/json")[1]
                self.assertEqual(shaped(before), shaped(after), line)


def shaped(container):
    config = dict(container["Config"])
    for key in ("AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce"):  # how it was started
        config.pop(key)
    if config["Hostname"] == container["Id"][:12]:
        config["Hostname"] = "ID"
    host = dict(container["HostConfig"])
    host.pop("ConsoleSize")
    return config, host


class LinkTest(unittest.TestCase):
    def test_a_link_is_in_the_environment_and_in_hosts(self):
        DAEMON.mydock("run", "-d", "--name", "db", "-e", "PASS=p", "--expose", "5432", "-h", "dbhost", "busybox", "sleep", "1000")
        address = DAEMON.request("GET", "/containers/db/json")[1]["NetworkSettings"]["IPAddress"]
        done = DAEMON.mydock("run", "--name", "app", "--link", "db:my-store", "busybox", "sh", "-c", "env; cat /etc/hosts")
        for line in (f"MY_STORE_PORT=tcp://{address}:5432", f"MY_STORE_PORT_5432_TCP_ADDR={address}",
                     "MY_STORE_NAME=/app/my-store", "MY_STORE_ENV_PASS=p", f"{address}\tmy-store dbhost db"):
            self.assertIn(line + "\n", done.stdout)
        DAEMON.mydock("run", "-d", "--name", "app2", "--link", "db", "busybox", "sleep", "1000")
        self.assertIn("DB_ENV_PASS=p\n", shell("app2", "env"))
        DAEMON.mydock("stop", "-t", "0", "db")
        DAEMON.mydock("run", "-d", "--name", "other", "busybox", "sleep", "1000")  # takes its address
        DAEMON.mydock("start", "db")
        moved = DAEMON.request("GET", "/containers/db/json")[1]["NetworkSettings"]["IPAddress"]
        self.assertIn(f"{moved}\tdb dbhost\n", shell("app2", "cat /etc/hosts"))
        DAEMON.mydock("rename", "db", "db2")
        self.assertEqual(DAEMON.request("GET", "/containers/app/json")[1]["HostConfig"]["Links"], ["/db2:/app/my-store"])
        DAEMON.mydock("stop", "-t", "0", "db2")
        refused = DAEMON.mydock("start", "app", check=False).stderr
        self.assertIn("Cannot link to a non running container: /db2 AS /app/my-store", refused)
        DAEMON.mydock("rm", "--link", "app/my-store")
        DAEMON.mydock("start", "app")
        refused = DAEMON.mydock("create", "--link", "nosuch:x", "busybox", check=False).stderr
        self.assertIn("could not get container for nosuch: No such container: nosuch", refused)


class WebSocket:
    def __init__(self, path):
        self.socket = DAEMON.connect()
        self.socket.settimeout(10)
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = self.file.readline()
        self.headers = {}
        while (line := self.file.readline().strip()):
            key, value = line.decode().split(":", 1)
            self.headers[key.lower()] = value.strip()

    def send(self, data, opcode=2):
        mask = os.urandom(4)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | len(data)]) if len(data) < 126 else
                                         b"\xfe" + struct.pack(">H", len(data)))
        self.socket.sendall(head + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(data)))

    def read(self):
        first, size = self.file.read(2)
        if size == 126:
            size, = struct.unpack(">H", self.file.read(2))
        return first & 15, self.file.read(size)

    def read_until(self, end):
        data = b""
        while not data.endswith(end):
            opcode, more = self.read()
            if opcode == 8:
                return data
            data += more
        return data


class SessionTest(unittest.TestCase):
    def test_attach_by_websocket(self):
        DAEMON.mydock("run", "-di", "--name", "ws", "--network", "none", "busybox", "cat")
        ws = WebSocket("/v1.44/containers/ws/attach/ws?stream=1&stdin=1&stdout=1&stderr=1")
        self.assertIn(b"101", ws.status)
        self.assertEqual(ws.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        ws.send(b"ping\n")
        self.assertEqual(ws.read_until(b"\n"), b"ping\n")
        ws.send(b"text\n", opcode=1)
        self.assertEqual(ws.read_until(b"\n"), b"text\n")
        ws.send(b"?", opcode=9)
        self.assertEqual(ws.read(), (10, b"?"))
        DAEMON.mydock("kill", "ws")
        self.assertEqual(ws.read()[0], 8)
        plain = DAEMON.request("GET", "/v1.44/containers/ws/attach/ws")
        self.assertEqual(plain[0], 400)
        self.assertEqual(DAEMON.request("GET", "/v1.44/containers/nosuch/attach/ws", headers=[
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="])[0], 404)

    def test_sessions_survive_the_daemon(self):
        DAEMON.mydock("run", "-dit", "--name", "tty", "--network", "none", "busybox", "sh")
        sessions = [Terminal("attach", "tty"), Terminal("exec", "-it", "tty", "sh"), Terminal("exec", "-i", "tty", "cat")]
        for session in sessions:
            session.answers("before")
        DAEMON.kill()
        DAEMON.start()
        for session in sessions:
            session.answers("after")
            session.close()


class Terminal:
    """A CLI on a terminal of its own."""
    def __init__(self, *args):
        self.main, side = pty.openpty()
        self.process = subprocess.Popen([str(DAEMON.bin / "mydock"), *args], stdin=side, stdout=side, stderr=side,
                                        env=dict(DAEMON.environment, TERM="xterm"), start_new_session=True)
        os.close(side)
        self.seen = ""
        self.shell = args[-1] != "cat"

    def answers(self, word):
        """The other side says it too, not only the terminal's own echo."""
        os.write(self.main, f"echo {word}$((40+2))\n".encode() if self.shell else f"{word}42\n".encode())

        def read():
            if select.select([self.main], [], [], 0.05)[0]:
                self.seen += os.read(self.main, 65536).decode(errors="replace")
            return self.seen.count(f"{word}42") == (1 if self.shell else 2)
        wait_until(read, what=f"{word!r} in the output")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.main)


if __name__ == "__main__":
    unittest.main(verbosity=2)
