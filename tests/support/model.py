"""What a daemon must still know after it was killed with -9 at any moment.

Every call of a Model first notes what may be true while the call runs, and after the answer what is true. So
when the daemon dies in between, check() knows that both are right, and takes what it finds.
"""
import contextlib
import hashlib
import json
import os
import random
import subprocess

from archives import FILE, files, image, layer
from engine import wait_until

ABSENT = "absent"


class Dead(Exception):
    """The daemon went away before it answered."""


class Model:
    def __init__(self, daemon):
        self.daemon = daemon
        self.containers = {}  # name -> the states that are possible
        self.renames = []     # (old, new) that nobody has answered: exactly one of them is there
        self.vanishing = set()
        self.creating = set()  # what nobody has answered yet
        self.kinds = {"images": {}, "volumes": {}, "networks": {}}  # name -> {True, False}: is it there?
        self.rules = self.inside("nft", "list", "ruleset")
        self.links = set(self.bridges())
        self.kept_layers = len(os.listdir(daemon.data_root / "layers"))

    def inside(self, *command):
        return self.daemon.inside(*command, capture_output=True, text=True).stdout

    def bridges(self):
        return [link["ifname"] for link in json.loads(self.inside("ip", "-j", "link", "show"))]

    def call(self, method, path, body=None, ok=(200, 201, 204)):
        headers = ["Content-Type: application/x-tar"] if isinstance(body, bytes) else []
        try:
            status, answer = self.daemon.request(method, path, body, headers)
        except TimeoutError as error:
            raise AssertionError(f"{method} {path}: no answer") from error
        except (OSError, IndexError, ValueError) as error:
            raise Dead(f"{method} {path}") from error
        assert status in ok, f"{method} {path}: {status} {answer}"
        return answer

    # --- containers
    @contextlib.contextmanager
    def moving(self, name, *states):
        """From what it is to the last of `states`, by way of the others."""
        self.containers[name] = self.containers.get(name, {ABSENT}) | set(states)
        yield
        self.containers[name] = {states[-1]}

    def create(self, name, command=("sleep", "600"), network="none", **host):
        body = {"Image": "busybox", "Cmd": list(command), "StopSignal": "KILL", "Volumes": {"/own": {}},
                "HostConfig": {"NetworkMode": network, **host}}
        self.creating.add(name)
        with self.moving(name, "created"):
            self.call("POST", f"/containers/create?name={name}", body)
        self.creating.discard(name)

    def start(self, name):
        with self.moving(name, "exited", "running"):  # exited: it died in the middle of its start
            self.call("POST", f"/containers/{name}/start")

    def stop(self, name):
        with self.moving(name, "exited"):
            self.call("POST", f"/containers/{name}/stop?t=5")

    def pause(self, name):
        with self.moving(name, "paused"):
            self.call("POST", f"/containers/{name}/pause")

    def unpause(self, name):
        with self.moving(name, "running"):
            self.call("POST", f"/containers/{name}/unpause")

    def restart(self, name):
        with self.moving(name, "exited", "running"):
            self.call("POST", f"/containers/{name}/restart?t=5")

    def remove(self, name):
        with self.moving(name, "exited", ABSENT):
            self.call("DELETE", f"/containers/{name}?force=1&v=1")

    def rename(self, old, new):
        states = self.containers[old]
        self.containers[old] = states | {ABSENT}
        self.containers[new] = states | {ABSENT}
        self.renames.append((old, new))
        self.call("POST", f"/containers/{old}/rename?name={new}")
        self.renames.remove((old, new))
        self.containers[old], self.containers[new] = {ABSENT}, states

    def execute(self, name):
        made = self.call("POST", f"/containers/{name}/exec", {"Cmd": ["echo", "hi"], "AttachStdout": True})
        answer = self.call("POST", f"/exec/{made['Id']}/start", {"Detach": False, "Tty": True})
        if "hi" not in str(answer):
            raise Dead(f"exec in {name}: {answer!r}")

    def update(self, name):
        self.call("POST", f"/containers/{name}/update", {"RestartPolicy": {"Name": "no"}, "PidsLimit": 100})

    def put(self, name):
        self.call("PUT", f"/containers/{name}/archive?path=/", files(("copied", b"x")))

    def commit(self, container, name):
        with self.becoming("images", f"{name}:1", True):
            self.call("POST", f"/commit?container={container}&repo={name}&tag=1", {})

    def run_short(self, name):
        """A container that removes itself."""
        self.vanishing.add(name)
        self.call("POST", f"/containers/create?name={name}",
                  {"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "AutoRemove": True}})
        self.call("POST", f"/containers/{name}/start")

    # --- the other kinds
    @contextlib.contextmanager
    def becoming(self, kind, name, there):
        self.kinds[kind][name] = {True, False}
        yield
        self.kinds[kind][name] = {there}

    def load(self, name):
        data = random.Random(name).randbytes(100_000)
        with self.becoming("images", f"{name}:1", True):
            archive = image(layer(("data", FILE, data)), names=[f"{name}:1"])
            answer = self.call("POST", "/images/load?quiet=1", archive)
            if "Loaded image" not in json.dumps(answer):
                assert "error" not in json.dumps(answer), answer
                raise Dead("load")

    def tag(self, name):
        with self.becoming("images", f"{name}:1", True):
            self.call("POST", f"/images/busybox/tag?repo={name}&tag=1")

    def untag(self, name):
        with self.becoming("images", f"{name}:1", False):
            self.call("DELETE", f"/images/{name}:1")

    def make_volume(self, name):
        with self.becoming("volumes", name, True):
            self.call("POST", "/volumes/create", {"Name": name})

    def remove_volume(self, name):
        with self.becoming("volumes", name, False):
            self.call("DELETE", f"/volumes/{name}")

    def make_network(self, name):
        with self.becoming("networks", name, True):
            self.call("POST", "/networks/create", {"Name": name})

    def remove_network(self, name):
        with self.becoming("networks", name, False):
            self.call("DELETE", f"/networks/{name}")

    def tidy(self, prefix):
        """Removes what an earlier life has left."""
        def own(names):
            return [name for name in list(names) if name.startswith(prefix)]
        for name in own(self.containers):
            if self.containers[name] != {ABSENT}:
                self.remove(name)
        for kind, remove in (("networks", self.remove_network), ("volumes", self.remove_volume),
                             ("images", self.untag)):
            for name in own(self.kinds[kind]):
                if self.kinds[kind][name] == {True}:
                    remove(name.removesuffix(":1"))

    # --- the truth
    def check(self):
        """The daemon was started again: what was acknowledged is there, and nothing is half made."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.vanishing & set(self.listed()), 5)
        stay = [one for name, one in self.listed().items() if name in self.vanishing]
        assert not stay, f"these should have removed themselves: {stay}"
        self.vanishing.clear()
        listed = self.listed()
        self.check_containers(listed)
        self.drop_strays({mount["Name"] for one in listed.values() for mount in one["Mounts"] if "Name" in mount})
        self.check_kinds()

    def listed(self):
        found = {}
        for one in self.call("GET", "/containers/json?all=1"):
            assert len(one["Names"]) == 1 and one["Names"][0][1:] not in found, one
            found[one["Names"][0][1:]] = one
        return found

    def check_containers(self, listed):
        for name, states in list(self.containers.items()):
            state = listed[name]["State"] if name in listed else ABSENT
            assert state in states, f"container {name} is {state}, not one of {states}"
            self.containers[name] = {state}
            if state == ABSENT:
                del self.containers[name]
        assert set(listed) <= set(self.containers), f"nobody made {set(listed) - set(self.containers)}"
        for old, new in self.renames:
            assert (old in listed) != (new in listed), f"{old} or {new}: both, or none"
        self.renames.clear()
        for name, one in listed.items():
            state = self.call("GET", f"/containers/{name}/json")["State"]
            running = one["State"] in ("running", "paused")
            assert (state["Pid"] > 0) == running, f"{name}: {state}"
            if running:
                assert os.path.exists(f"/proc/{state['Pid']}/ns"), f"{name}: no process {state['Pid']}"

    def drop_strays(self, used):
        """As with Docker, a container that did not come to be may leave its anonymous volume."""
        names = [one["Name"] for one in self.call("GET", "/volumes")["Volumes"] or []]
        strays = [name for name in names if len(name) == 64 and name not in used]
        assert len(strays) <= len(self.creating), f"anonymous volumes of nobody: {strays}"
        for name in strays:
            self.call("DELETE", f"/volumes/{name}")
        self.creating.clear()

    def check_kinds(self):
        images = self.call("GET", "/images/json")
        tags = [tag for one in images for tag in one["RepoTags"] or []]
        nameless = [one["Id"] for one in images if not one["RepoTags"]]
        assert not nameless, f"images without a name: {nameless}"
        found = {"images": tags,
                 "volumes": [one["Name"] for one in self.call("GET", "/volumes")["Volumes"] or []
                             if len(one["Name"]) < 64],
                 "networks": [one["Name"] for one in self.call("GET", "/networks")]}
        for kind, names in found.items():
            expected = self.kinds[kind]
            assert len(set(names)) == len(names), names
            known = set(expected) | {"busybox:latest", "bridge", "host", "none"}
            assert set(names) <= known, f"nobody made {kind} {set(names) - known}"
            for name, possible in list(expected.items()):
                there = name in names
                assert there in possible, f"{kind} {name}: {'there' if there else 'lost'}"
                expected[name] = {there}
                if not there:
                    del expected[name]
        for name in found["volumes"]:
            assert (self.daemon.data_root / "volumes" / name / "_data").is_dir(), name
        bridges = [link for link in self.bridges() if link.startswith("br-")]
        assert len(bridges) == len(self.kinds["networks"]), (bridges, self.kinds["networks"])

    def save_all(self):
        """Every image is whole."""
        for name in self.kinds["images"]:
            digest = hashlib.sha256(str(self.call("GET", f"/images/{name}/get")).encode()).hexdigest()
            assert digest, name

    def clear(self):
        """Removes everything: then nothing is left anywhere."""
        self.check()
        self.tidy("")
        self.check()
        wait_until(lambda: not self.left(), what=f"nothing left, not {self.left()}")

    def left(self):
        root = self.daemon.data_root
        left = [str(path) for folder in (root / "containers", root / "staging", root / "trash",
                                         self.daemon.exec_root / "containers")
                for path in (folder.iterdir() if folder.is_dir() else [])]
        left += [name for name in os.listdir(root / "volumes") if (root / "volumes" / name / "_data").is_dir()]
        if len(os.listdir(root / "layers")) != self.kept_layers:
            left.append("layers")
        left += set(self.bridges()) - self.links
        if self.inside("nft", "list", "ruleset") != self.rules:
            left.append("firewall rules")
        groups = subprocess.run(["find", "/sys/fs/cgroup", "-mindepth", "3", "-type", "d", "-path",
                                 f"*/{self.daemon.parent}/*"], capture_output=True, text=True)
        return left + groups.stdout.split()
