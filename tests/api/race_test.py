"""Somebody in a container exchanges a directory for a link to the host while the engine works there: nothing outside
the container is made, changed, read or removed."""
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from archives import DIRECTORY, FILE, HARD, files, image, layer  # noqa: E402
from engine import Daemon, wait_until  # noqa: E402

DAEMON = None
CANARY = None
LOOP = 2  # seconds

# argv: a directory, two names in it that change places as fast as they can; the first is waited for.
SWAPPER = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.chdir(sys.argv[1])
one, two = (name.encode() for name in sys.argv[2:4])
print("ready", flush=True)
while True:
    libc.renameat2(-100, one, -100, two, 2)
"""


def setUpModule():
    global DAEMON, CANARY
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")
    CANARY = DAEMON.dir / "canary"
    (CANARY / "sub").mkdir(parents=True)
    for name in ("secret", "passwd", "group", "sub/kept"):
        (CANARY / name).write_text("evil:x:0:0::/:/bin/sh\n")


class Swapper:
    def __init__(self, directory, one, two):
        self.command = [sys.executable, "-c", SWAPPER, str(directory), one, two]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def canary():
    found = []
    for top, folders, names in os.walk(CANARY):
        for name in sorted(folders + names):
            status = os.lstat(os.path.join(top, name))
            found.append((top, name, status.st_mode, status.st_uid, status.st_nlink, status.st_mtime_ns))
    return sorted(found)


def mounts():
    """Of the host, but those that belong to other programs."""
    text = pathlib.Path("/proc/self/mountinfo").read_text()
    return sorted(line.split()[4] for line in text.splitlines() if str(DAEMON.dir) in line)


def made_volume(name):
    assert DAEMON.request("POST", "/volumes/create", {"Name": name})[0] == 201
    return DAEMON.data_root / "volumes" / name / "_data"


class RaceTest(unittest.TestCase):
    def setUp(self):
        self.before = canary(), mounts()

    def tearDown(self):
        for one in DAEMON.request("GET", "/containers/json?all=1")[1]:
            self.assertEqual(DAEMON.request("DELETE", f"/containers/{one['Id']}?force=1&v=1")[0], 204)
        self.assertEqual((canary(), mounts()), self.before)

    def loop(self, step, least=5):
        """-> how often it worked, and how often not."""
        counts = {True: 0, False: 0}
        end = time.monotonic() + LOOP
        while time.monotonic() < end:
            counts[bool(step())] += 1
            self.assertEqual(canary(), self.before[0])
        self.assertGreaterEqual(counts[True] + counts[False], least)
        return counts

    def run_once(self, **more):
        host = {"NetworkMode": "none", "AutoRemove": False, **more.pop("HostConfig", {})}
        status, made = DAEMON.request("POST", "/containers/create",
                                      {"Image": "busybox", "Cmd": ["true"], "HostConfig": host, **more})
        self.assertEqual(status, 201, made)
        started = DAEMON.request("POST", f"/containers/{made['Id']}/start")[0]
        if started == 204:
            DAEMON.request("POST", f"/containers/{made['Id']}/wait")
        self.assertEqual(DAEMON.request("DELETE", f"/containers/{made['Id']}?force=1")[0], 204)
        return started == 204

    def shared_volume(self, name):
        data = made_volume(name)
        (data / "dir").mkdir()
        (data / "link").symlink_to(CANARY)
        return data

    def test_mounts_below_a_volume(self):
        data = self.shared_volume("mounts")
        made_volume("inner")
        with Swapper(data, "dir", "link"):
            self.loop(lambda: self.run_once(HostConfig={"Binds": ["mounts:/v", "inner:/v/dir/sub", "inner:/v/dir/new"]}))

    def test_files_bound_below_a_volume(self):
        data = self.shared_volume("files")
        source = DAEMON.dir / "bound"
        source.write_text("bound")
        with Swapper(data, "dir", "link"):
            self.loop(lambda: self.run_once(HostConfig={"Binds": ["files:/v", f"{source}:/v/dir/secret",
                                                                  f"{source}:/v/dir/other"]}))

    def test_the_working_directory(self):
        data = self.shared_volume("work")
        with Swapper(data, "dir", "link"):
            self.loop(lambda: self.run_once(WorkingDir="/v/dir/work/deep", HostConfig={"Binds": ["work:/v"]}))

    def test_tmpfs_below_a_volume(self):
        data = self.shared_volume("tmp")
        with Swapper(data, "dir", "link"):
            self.loop(lambda: self.run_once(HostConfig={"Binds": ["tmp:/v"], "Tmpfs": {"/v/dir/tmp": ""}}))

    def test_the_users_file_of_an_exec(self):
        DAEMON.mydock("run", "-d", "--name", "users", "--network", "none", "busybox", "sh", "-c",
                      "mkdir -p /etc; echo good:x:1000:1000::/:/bin/sh > /etc/passwd; sleep 600")
        pid = DAEMON.request("GET", "/containers/users/json")[1]["State"]["Pid"]
        etc = pathlib.Path(f"/proc/{pid}/root/etc")
        (etc / "evil").symlink_to(CANARY / "passwd")

        def step():
            for user in ("evil", "good"):
                made = DAEMON.request("POST", "/containers/users/exec",
                                      {"Cmd": ["id", "-u"], "User": user, "AttachStdout": True})[1]
                answer = DAEMON.request("POST", f"/exec/{made['Id']}/start", {"Detach": False, "Tty": True})[1]
                code = DAEMON.request("GET", f"/exec/{made['Id']}/json")[1]["ExitCode"]
                self.assertFalse(user == "evil" and code == 0, answer)
            return code == 0
        with Swapper(etc, "passwd", "evil"):
            self.loop(step)

    def check_copies(self, name, place):
        """GET, HEAD and PUT of what changes places with a link to the host."""
        self.counter = 0

        def step():
            self.counter += 1
            path = f"/containers/{name}/archive?path={place}"
            for inner in ("/secret", "", "/sub"):
                answer = DAEMON.request("GET", path + inner)[1]
                self.assertNotIn("evil", str(answer), inner)
            tar = files((f"put{self.counter % 50}", b"x"), ("sub/put", b"x"), ("secret", b"gone"))
            return DAEMON.request("PUT", path, tar, ["Content-Type: application/x-tar"])[0] == 200
        self.loop(step, 2)

    def test_copies_from_and_to_a_container(self):
        DAEMON.mydock("run", "-d", "--name", "copies", "--network", "none", "busybox", "sh", "-c",
                      f"mkdir -p /w/dir; ln -s {CANARY} /w/link; sleep 600")
        pid = DAEMON.request("GET", "/containers/copies/json")[1]["State"]["Pid"]
        work = pathlib.Path(f"/proc/{pid}/root/w")
        wait_until(lambda: (work / "link").is_symlink(), what="the link")
        with Swapper(work, "dir", "link"):
            self.check_copies("copies", "/w/dir")

    def test_copies_from_and_to_a_volume(self):
        data = self.shared_volume("copied")
        DAEMON.mydock("create", "--name", "still", "-v", "copied:/v", "busybox", "true")
        with Swapper(data, "dir", "link"):
            self.check_copies("still", "/v/dir")

    def test_what_an_image_brings_to_a_volume(self):
        entries = [("data", DIRECTORY, "", {"mode": 0o755})]
        for folder in ("d", "e"):
            entries.append((f"data/{folder}", DIRECTORY, "", {"mode": 0o755}))
            entries += [(f"data/{folder}/f{i}", FILE, "good", {"mode": 0o644}) for i in range(20)]
        entries += [("data/d/secret", FILE, "good", {"mode": 0o644}), ("data/e/secret", HARD, "data/d/secret")]
        archive = image(layer(*entries), names=["copied:latest"])
        self.assertEqual(DAEMON.request("POST", "/images/load", archive, ["Content-Type: application/x-tar"])[0], 200)
        counter = iter(range(100000))

        def step():
            name = f"copy{next(counter)}"
            data = made_volume(name)
            outside = data.parent / "outside"  # beside the volume: an empty volume is filled, no other
            outside.symlink_to(CANARY)
            with Swapper(data, "d", "../outside"):
                status, made = DAEMON.request("POST", "/containers/create", {
                    "Image": "copied", "Cmd": ["x"], "HostConfig": {"Binds": [f"{name}:/data"]}})
            for path in data.rglob("*"):
                if path.is_file() and not path.is_symlink() and CANARY not in path.resolve().parents:
                    self.assertEqual(path.read_text(), "good", path)
            if status == 201:
                DAEMON.request("DELETE", f"/containers/{made['Id']}?force=1")
            self.assertEqual(DAEMON.request("DELETE", f"/volumes/{name}")[0], 204)
            return status == 201
        self.loop(step, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
