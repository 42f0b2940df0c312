"""A mydockd of a test's own: network namespace, data root, socket and cgroup parent that nobody else uses.

    with Daemon() as daemon:
        daemon.load("busybox")
        daemon.docker("run", "--rm", "busybox", "echo", "hi").stdout == "hi\n"

Leaving the block stops the daemon, removes what it made, and fails if anything is left on the machine.
MYDOCK_BIN is the folder of the programs; images come from scripts/make-test-images, once.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("MYDOCK_BIN", ROOT / "build/release/bin"))
IMAGES = pathlib.Path(os.environ.get("MYDOCK_TEST_IMAGES", ROOT / "build/images"))
LEAK_CHECK = str(ROOT / "tests/support/leak-check")


def wait_until(condition, seconds=10, what="the condition"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not hold within {seconds} s")


class Daemon:
    def __init__(self, *flags, name=None, bin_dir=BIN):
        self.name = name or f"t{os.getpid()}-{time.monotonic_ns() % 100000}"
        self.dir = pathlib.Path(f"/tmp/mydock-test-{self.name}")
        self.netns = f"mydock-test-{self.name}"
        self.parent = f"mydock-test-{self.name}"
        self.socket = str(self.dir / "mydock.sock")
        self.data_root = self.dir / "data"
        self.exec_root = self.dir / "run"
        self.flags = list(flags)
        self.bin = bin_dir
        self.process = None
        self.environment_of_daemon = {}
        self.environment = dict(os.environ, DOCKER_HOST=f"unix://{self.socket}", MYDOCK_HOST=f"unix://{self.socket}",
                                DOCKER_CLI_HINTS="false", DOCKER_CONFIG=str(self.dir / "cli"))

    def __enter__(self):
        self.dir.mkdir(parents=True)
        (self.dir / "daemon.json").write_text("{}")
        subprocess.run([LEAK_CHECK, "snapshot", f"/tmp/.leak-{self.name}"], check=True)
        subprocess.run(["ip", "netns", "add", self.netns], check=True)
        self.inside("ip", "link", "set", "lo", "up")
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        if self.process and self.process.poll() is None:
            ids = self.mydock("ps", "-aq", check=False, timeout=60).stdout.split()
            if ids:
                self.mydock("rm", "-f", "-v", *ids, check=False, timeout=120)
            self.stop()
        if kind is not None:
            print(f"--- the daemon's log:\n{self.log()[-4000:]}")
        self.clean()

    def clean(self):
        for pattern in (f"/sys/fs/cgroup/*/{self.parent}", f"/sys/fs/cgroup/{self.parent}"):
            for group in pathlib.Path("/").glob(pattern[1:]):
                subprocess.run(["find", str(group), "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"],
                               stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "netns", "del", self.netns], check=True)
        shutil.rmtree(self.dir)
        snapshot = f"/tmp/.leak-{self.name}"
        found = None
        end = time.monotonic() + 15  # the kernel takes network namespaces apart after their last process
        while found is None or time.monotonic() < end:
            found = subprocess.run([LEAK_CHECK, "compare", snapshot, self.name], capture_output=True, text=True)
            if found.returncode == 0:
                break
            time.sleep(0.1)
        os.unlink(snapshot)
        assert found.returncode == 0, found.stdout

    def inside(self, *command, **options):
        return subprocess.run(["nsenter", f"--net=/run/netns/{self.netns}", *command], check=True, **options)

    def start(self, *more):
        command = ["nsenter", f"--net=/run/netns/{self.netns}", str(self.bin / "mydockd"), "-H", f"unix://{self.socket}",
                   "--data-root", str(self.data_root), "--exec-root", str(self.exec_root), "--pidfile",
                   str(self.dir / "pid"), "--cgroup-parent", f"/{self.parent}", "--config-file",
                   str(self.dir / "daemon.json"), *self.flags, *more]
        with open(self.dir / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            env=dict(os.environ, **self.environment_of_daemon))
        wait_until(self.answers, 20, f"the daemon's answer ({self.log()[-500:]})")

    def answers(self):
        assert self.process.poll() is None, f"the daemon ended:\n{self.log()[-2000:]}"
        with contextlib.suppress(OSError):
            return self.request("GET", "/_ping")[0] == 200

    def log(self):
        path = self.dir / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def cli(self, program, *args, check=True, timeout=60, text=True, **options):
        done = subprocess.run([program, *args], env=self.environment, capture_output=True, text=text, timeout=timeout,
                              **({"stdin": subprocess.DEVNULL} | options if "input" not in options else options))
        if check:
            assert done.returncode == 0, f"{args}: exit {done.returncode}: {done.stderr}"
        return done

    def mydock(self, *args, **options):
        return self.cli(str(self.bin / "mydock"), *args, **options)

    def docker(self, *args, **options):
        return self.cli("docker", *args, **options)

    def load(self, *names):
        for name in names:
            make = ["bash", str(ROOT / "scripts/make-test-images"), str(IMAGES)]
            subprocess.run([*make, "debian"] if name == "debian" else make, check=True, stdout=subprocess.DEVNULL)
            self.mydock("load", "-q", "-i", str(IMAGES / f"{name}.tar"), timeout=120)

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        try:
            client.connect(self.socket)
        except OSError:
            client.close()
            raise
        return client

    def raw(self, text):
        """Sends bytes, returns everything that comes until the server closes or goes quiet."""
        client = self.connect()
        client.settimeout(5)
        answer = b""
        with client, contextlib.suppress(OSError):
            client.sendall(text)
            while True:
                part = client.recv(65536)
                if not part:
                    break
                answer += part
                if b"\r\n\r\n" in answer and b"Content-Length" in answer:
                    head, _, body = answer.partition(b"\r\n\r\n")
                    length = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
                    if len(body) >= length:
                        break
        return answer

    def request(self, method, path, body=None, headers=()):
        """-> (status, parsed JSON or text)"""
        data = b"" if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        head = [f"{method} {path} HTTP/1.1", "Host: d", "Connection: close", f"Content-Length: {len(data)}"]
        if body is not None and not any(h.lower().startswith("content-type") for h in headers):
            head.append("Content-Type: application/json")
        client = self.connect()
        with client:
            client.sendall("\r\n".join([*head, *headers, "", ""]).encode() + data)
            answer = b""
            while part := client.recv(65536):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        if b"chunked" in head:
            body = unchunk(body)
        status = int(head.split()[1])
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode("utf-8", "replace")


def unchunk(body):
    result = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        count = int(size or b"0", 16)
        if count == 0:
            break
        result += rest[:count]
        body = rest[count + 2:]
    return result
