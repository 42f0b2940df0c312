"""What the benchmarks share: the peers, how a call is timed, how results are shown."""
import contextlib
import http.client
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
from engine import BIN, IMAGES, Daemon  # noqa: E402, F401

RESULTS = {}


def timed(name, call):
    start = time.perf_counter()
    call()
    RESULTS.setdefault(name, []).append((time.perf_counter() - start) * 1000)


def quiet(command, environment=None):
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("d")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def call(self, method, path, body=None):
        self.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        answer = self.getresponse()
        text = answer.read()
        assert answer.status < 400, text
        return json.loads(text) if text.strip() else None


@contextlib.contextmanager
def dockerd():
    script = ROOT / "tests/support/dockerd.sh"
    keeper = subprocess.Popen(["bash", "-c", f". {script}; start_dockerd || exit 1; echo $DOCKERD_SOCKET; read -r end; stop_dockerd"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    path = keeper.stdout.readline().strip()
    try:
        yield path or None
    finally:
        if keeper.poll() is None:
            keeper.communicate("end\n")


def report():
    print(f"{'':52}{'median ms':>10}{'of mydock':>11}")
    for name, values in sorted(RESULTS.items()):
        ours = RESULTS.get(name.rsplit(":", 1)[0] + ": mydock")
        ratio = statistics.median(values) / statistics.median(ours) if ours else 0
        print(f"{name:52}{statistics.median(values):10.2f}{ratio:10.2f}x")
