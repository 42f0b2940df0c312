"""Building images: both CLIs, BuildKit's syntax through the classic endpoint, hostile contexts, ends that come early."""
import io
import json
import pathlib
import re
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
    DAEMON.environment["DOCKER_BUILDKIT"] = "0"


class BuildTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.context = pathlib.Path(directory.name) / "context"
        self.context.mkdir()
        self.outside = pathlib.Path(directory.name)

    def write(self, name, text):
        path = self.context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def build(self, dockerfile, *arguments, program="mydock", check=True, **options):
        self.write("Dockerfile", dockerfile)
        run = DAEMON.docker if program == "docker" else DAEMON.mydock
        return run("build", *arguments, str(self.context), check=check, **options)

    def files(self, dockerfile, *arguments):
        """The files of the image: path -> (kind, mode, uid, gid, content)."""
        self.build(dockerfile, "-o", f"type=tar,dest={self.outside}/out.tar", *arguments)
        found = {}
        with tarfile.open(self.outside / "out.tar") as tar:
            for member in tar:
                content = tar.extractfile(member).read().decode(errors="replace") if member.isreg() else member.linkname
                found[member.name.strip("/")] = (member.type.decode(), member.mode, member.uid, member.gid, content)
        return found

    def tree(self, files, prefix):
        return {path: entry[4] for path, entry in files.items() if path.startswith(prefix) and entry[0] == "0"}

    def assert_nothing_left(self):
        self.assertEqual(DAEMON.mydock("ps", "-aq").stdout, "")
        wait_until(lambda: not list((DAEMON.exec_root / "containers").iterdir()), what="no bundle is left")
        self.assertEqual(list((DAEMON.data_root / "build").glob("work/*")), [])
        self.assertEqual(list(DAEMON.exec_root.glob("build/*")), [])
        mounts = pathlib.Path("/proc/self/mountinfo").read_text()
        self.assertNotIn(str(DAEMON.data_root), mounts)

    def test_both_clis_build_the_classic_way(self):
        self.write("one", "1\n")
        for program in ("docker", "mydock"):
            done = self.build(f"FROM busybox\nCOPY one /one\nRUN cat /one; echo {program} >&2\nCMD [\"cat\", \"/one\"]\n",
                              "-t", f"x{program}:t", program=program)
            self.assertRegex(done.stdout, r"Step 1/4 : FROM busybox\n ---> [0-9a-f]{12}\n")
            self.assertRegex(done.stdout, r" ---> Running in [0-9a-f]{12}\n1\n")
            self.assertRegex(done.stdout, rf"Successfully built [0-9a-f]{{12}}\nSuccessfully tagged x{program}:t\n")
            self.assertEqual(DAEMON.mydock("run", "--rm", f"x{program}:t").stdout, "1\n")
        again = self.build("FROM busybox\nCOPY one /one\nRUN cat /one; echo mydock >&2\nCMD [\"cat\", \"/one\"]\n")
        self.assertEqual(again.stdout.count("Using cache"), 3)
        self.assert_nothing_left()

    def test_a_failed_step_gives_its_code(self):
        for program in ("docker", "mydock"):
            done = self.build("FROM busybox\nRUN exit 42\n", program=program, check=False)
            self.assertEqual(done.returncode, 42)
            self.assertIn("The command '/bin/sh -c exit 42' returned a non-zero code: 42", done.stderr)
        self.assert_nothing_left()

    def test_quiet_and_iidfile(self):
        quiet = self.build("FROM busybox\nLABEL q=1\n", "-q").stdout
        self.assertRegex(quiet, r"^sha256:[0-9a-f]{64}\n$")
        self.build("FROM busybox\nLABEL q=1\n", "--iidfile", f"{self.outside}/iid")
        self.assertEqual((self.outside / "iid").read_text(), quiet.strip())

    def test_heredocs(self):
        files = self.files("FROM busybox\nARG v=1\n"
                           "COPY <<one <<-\"two\" /h/\n$v it's\none\n\t\t$v\n\ttwo\n"
                           "RUN <<EOF\necho a > /h/a\necho b > /h/b\nEOF\n"
                           "RUN <<EOF\n#!/bin/sh -e\necho script $0 | sed 's/[0-9a-f]*$//' > /h/script\nEOF\n"
                           "RUN cat <<EOF > /h/text\nin $v\nEOF\n")
        self.assertEqual(self.tree(files, "h/"), {"h/one": "1 it's\n", "h/two": "$v\n", "h/a": "a\n", "h/b": "b\n",
                                                  "h/script": "script /dev/pipes/\n", "h/text": "in 1\n"})

    def test_copy_flags(self):
        for name in ("src/a/keep.txt", "src/a/drop.log", "src/b/keep.txt", "src/top.log"):
            self.write(name, name)
        files = self.files("FROM scratch\n"
                           "COPY --exclude=**/*.log src /plain\n"
                           "COPY --parents src/./a/keep.txt src/b /parents/\n"
                           "COPY --parents src/**/*.txt /stars/\n"
                           "COPY --chmod=u=rwX,go=rX --chown=5:6 src/a /modes\n"
                           "COPY --link --chmod=0700 src/top.log /link/\n")
        self.assertEqual(sorted(self.tree(files, "plain")), ["plain/a/keep.txt", "plain/b/keep.txt"])
        self.assertEqual(sorted(self.tree(files, "parents")), ["parents/a/keep.txt", "parents/src/b/keep.txt"])
        self.assertEqual(sorted(self.tree(files, "stars")), ["stars/src/a/keep.txt", "stars/src/b/keep.txt"])
        self.assertEqual(files["modes/keep.txt"][1:4], (0o644, 5, 6))
        self.assertEqual(files["link/top.log"][1], 0o700)

    def test_mounts(self):
        self.write("input", "from context\n")
        secret = self.outside / "secret"
        secret.write_text("zxqv-4711")
        dockerfile = ("FROM busybox AS tools\nRUN echo tool > /tool\nFROM busybox\n"
                      "RUN --mount=type=bind,target=/ctx --mount=from=tools,source=/tool,target=/t cat /ctx/input /t > /got\n"
                      "RUN --mount=type=bind,target=/ctx,rw echo x > /ctx/new && ls /ctx > /list\n"
                      "RUN --mount=type=cache,target=/cache echo x >> /cache/log && wc -l < /cache/log > /count\n"
                      "RUN --mount=type=tmpfs,target=/scratch echo x > /scratch/x && grep -c ' /scratch tmpfs' /proc/mounts > /tmpfs\n"
                      "RUN --mount=type=secret,id=s,required --mount=type=secret,id=s,env=S "
                      "stat -c '%a %u' /run/secrets/s > /mode && test $S = $(cat /run/secrets/s)\n"
                      "RUN --network=none ip link | grep -c '^[0-9]' > /links\n")
        arguments = ("--secret", f"id=s,src={secret}", "--no-cache")
        files = self.files(dockerfile, *arguments)
        self.assertEqual(files["got"][4], "from context\ntool\n")
        self.assertIn("new\n", files["list"][4])
        self.assertEqual(files["count"][4], "1\n")
        self.assertEqual(files["tmpfs"][4], "1\n")
        self.assertEqual(files["mode"][4], "400 0\n")
        self.assertEqual(files["links"][4], "1\n")
        for path in ("ctx", "t", "cache", "scratch", "run/secrets", "run"):
            self.assertNotIn(path, files)
        self.assertEqual(self.files(dockerfile, *arguments)["count"][4], "2\n")
        failed = self.build(dockerfile, check=False)
        self.assertIn("secret s: not found", failed.stderr)
        found = subprocess.run(["grep", "-rlF", "zxqv-4711", str(DAEMON.data_root), str(DAEMON.dir / "log")],
                               capture_output=True, text=True)
        self.assertEqual(found.stdout, "")
        self.assert_nothing_left()

    def test_output_directory_and_target(self):
        self.write("one", "1")
        dockerfile = "FROM scratch AS out\nCOPY one /deep/one\nFROM busybox\nRUN false\n"
        self.build(dockerfile, "--target", "out", "-o", f"{self.outside}/tree")
        self.assertEqual([str(p.relative_to(self.outside / "tree")) for p in (self.outside / "tree").rglob("*")],
                         ["deep", "deep/one"])

    def test_contexts_from_stdin_and_elsewhere(self):
        self.write("one", "1")
        self.write(".dockerignore", "two\n")
        self.write("two", "2")
        dockerfile = "FROM scratch\nCOPY . /\n"
        DAEMON.mydock("build", "-f", "-", "-o", f"type=tar,dest={self.outside}/out.tar", str(self.context),
                      input=dockerfile, text=True)
        with tarfile.open(self.outside / "out.tar") as tar:
            self.assertEqual(sorted(name.strip("/") for name in tar.getnames()), [".dockerignore", "one"])
        alone = DAEMON.mydock("build", "-q", "-", input="FROM busybox\nLABEL stdin=1\n", text=True).stdout.strip()
        self.assertEqual(json.loads(DAEMON.mydock("inspect", alone).stdout)[0]["Config"]["Labels"], {"stdin": "1"})

    def test_a_context_cannot_reach_outside(self):
        target = self.outside / "host-secret"
        target.write_text("host")
        (self.context / "link").symlink_to(target)
        (self.context / "up").symlink_to("../../../../../../../../../../../" + str(target))
        for source in ("link", "up", "../host-secret", str(target)):
            done = self.build(f"FROM busybox\nCOPY {source} /stolen\n", check=False)
            self.assertEqual(done.returncode, 1, source)
            self.assertIn("COPY failed", done.stderr)
        canary = self.outside / "canary"
        canary.mkdir()
        self.write("payload", "x")
        self.build(f"FROM busybox\nRUN ln -s {canary} /dest && ln -s ../../../../../../../../{canary} /dots\n"
                   "COPY payload /dest/\nCOPY payload /dots/\nWORKDIR /dest/w\n")
        self.assertEqual(list(canary.iterdir()), [])
        body = io.BytesIO()
        with tarfile.open(fileobj=body, mode="w") as tar:
            for name in ("Dockerfile", "../../../../../../../../escape"):
                data = b"FROM busybox\n"
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        status, answer = DAEMON.request("POST", "/build", body.getvalue())[:2]
        self.assertIn(status, (400, 500))
        self.assertFalse(pathlib.Path("/escape").exists())
        self.assert_nothing_left()

    def test_a_context_that_holds_devices_is_not_read(self):
        for name in ("Dockerfile", ".dockerignore"):
            body = io.BytesIO()
            with tarfile.open(fileobj=body, mode="w") as tar:
                text = b"FROM busybox\n"
                member = tarfile.TarInfo("Dockerfile")
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))
                node = tarfile.TarInfo(name)
                node.type, node.devmajor, node.devminor = tarfile.CHRTYPE, 1, 5  # /dev/zero
                tar.addfile(node)
            status, answer = DAEMON.request("POST", "/build", body.getvalue())
            self.assertEqual((status, answer), (400, {"message": f"{name} is not a regular file"}))

    def test_limits_and_hosts_of_steps(self):
        files = self.files("FROM busybox\nRUN ulimit -n > /n; df -k /dev/shm | tail -1 | awk '{print $2}' > /shm; "
                           "grep -c example /etc/hosts > /hosts\n", "--ulimit", "nofile=123:456", "--shm-size", "8m",
                           "--add-host", "example:10.0.0.1", "--memory", "64m")
        self.assertEqual((files["n"][4], files["shm"][4], files["hosts"][4]), ("123\n", "8192\n", "1\n"))
        self.assertNotEqual(self.build("FROM busybox\n", "--memory", "1m", check=False).returncode, 0)

    def test_a_client_that_leaves_ends_the_build(self):
        self.write("Dockerfile", "FROM busybox\nRUN echo started; sleep 1000\n")
        client = subprocess.Popen([str(DAEMON.bin / "mydock"), "build", str(self.context)], env=DAEMON.environment,
                                  stdout=subprocess.PIPE, text=True)
        for line in client.stdout:
            if line == "started\n":
                break
        client.kill()
        client.wait()
        client.stdout.close()
        wait_until(lambda: not list((DAEMON.exec_root / "containers").iterdir()), what="the step's end")
        wait_until(lambda: not list((DAEMON.data_root / "build").glob("work/*")), what="the build's end")
        self.assert_nothing_left()

    def test_a_killed_daemon_leaves_nothing_and_its_cache_is_right(self):
        self.write("one", "1")
        self.write("Dockerfile", "FROM busybox\nCOPY one /\nRUN echo started; sleep 1000\n")
        client = subprocess.Popen([str(DAEMON.bin / "mydock"), "build", str(self.context)], env=DAEMON.environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in client.stdout:
            if line == "started\n":
                break
        DAEMON.kill()
        client.wait()
        client.stdout.close()
        DAEMON.start()
        wait_until(lambda: not list((DAEMON.exec_root / "containers").iterdir()), what="the step's end")
        self.assert_nothing_left()
        self.build("FROM busybox\nCOPY one /\nRUN cat /one\n")

    def test_the_cache_can_be_seen_and_pruned(self):
        self.build("FROM busybox AS a\nRUN echo kept > /a\nFROM scratch\nCOPY --from=a /a /\n", "-t", "pruned")
        usage = DAEMON.request("GET", "/system/df")[1]
        self.assertGreaterEqual(len(usage["BuildCache"]), 2)
        self.assertIn("Total reclaimed space:", DAEMON.mydock("builder", "prune", "-af").stdout)
        self.assertEqual(DAEMON.request("GET", "/system/df")[1]["BuildCache"], [])
        self.assertIn("pruned", DAEMON.mydock("images").stdout)

    def test_buildkit_transport_is_refused_clearly(self):
        for path in ("/session", "/grpc"):
            self.assertEqual(DAEMON.request("POST", path)[0], 501)
        self.assertEqual(DAEMON.request("POST", "/build?version=2")[0], 501)
        self.assertEqual(DAEMON.request("POST", "/build?version=3")[0], 400)


if __name__ == "__main__":
    unittest.main(verbosity=2)
