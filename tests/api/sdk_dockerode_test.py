"""npm's dockerode drives the daemon. `npm install dockerode` into build/sdk is .ci/run's; MYDOCK_SDK names another folder."""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/support"))
from engine import Daemon  # noqa: E402

SDK = pathlib.Path(os.environ.get("MYDOCK_SDK", ROOT / "build/sdk")) / "node_modules"


def main():
    if not shutil.which("node") or not (SDK / "dockerode").is_dir():
        print(f"SKIPPED: node or {SDK}/dockerode is not there, so dockerode does not drive the daemon")
        return 77
    with Daemon() as daemon:
        daemon.load("busybox")
        script = pathlib.Path(__file__).with_name("sdk_dockerode.cjs")
        environment = {**os.environ, "SOCKET": daemon.socket, "NODE_PATH": str(SDK)}
        done = subprocess.run(["node", str(script)], env=environment, timeout=100)
        assert done.returncode == 0, f"exit {done.returncode}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
