"""Pull, push and login with Debian's docker-registry: plain, with TLS by a private authority, with passwords and with
tokens. Skopeo and the docker CLI are the independent readers and writers."""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from disk_full_test import SmallDaemon, used  # noqa: E402
from engine import Daemon, wait_until  # noqa: E402
from registry import Front, Registry, Tokens, installed, make_certificate  # noqa: E402

DAEMON = None
PLAIN = None
HOST = "127.0.0.1:5000"


def setUpModule():
    global DAEMON, PLAIN
    if not installed():
        print("SKIPPED: docker-registry is not installed, so nothing is pulled from it or pushed to it", flush=True)
        raise unittest.SkipTest("no docker-registry")
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")
    PLAIN = Registry(DAEMON)
    unittest.addModuleCleanup(PLAIN.stop)


def push(name, source="busybox"):
    DAEMON.mydock("tag", source, name)
    return DAEMON.mydock("push", name).stdout


def skopeo(*arguments):
    done = DAEMON.inside("skopeo", "--insecure-policy", *arguments, capture_output=True, text=True, timeout=60)
    return done.stdout


class PlainTest(unittest.TestCase):
    def forget_busybox(self):
        """Its layer, too, so that a pull has something to do."""
        self.addCleanup(DAEMON.load, "busybox")
        DAEMON.mydock("rmi", "-f", DAEMON.mydock("inspect", "-f", "{{.Id}}", "busybox").stdout.strip())

    def test_a_push_and_a_pull_as_docker_words_them(self):
        name = f"{HOST}/words:1"
        out = push(name)
        self.assertIn(f"The push refers to repository [{HOST}/words]\n", out)
        self.assertRegex(out, r"\b[0-9a-f]{12}: (Pushed|Mounted from [a-z]+)\n")
        self.assertRegex(out, r"\n1: digest: sha256:[0-9a-f]{64} size: \d+\n$")
        digest = out.split("digest: ")[1].split()[0]
        self.assertIn("Layer already exists", DAEMON.mydock("push", name).stdout)
        self.forget_busybox()
        out = DAEMON.mydock("pull", name).stdout
        self.assertRegex(out, rf"^1: Pulling from words\n(.|\n)*: Pull complete\n"
                              rf"Digest: {digest}\nStatus: Downloaded newer image for {name}\n{name}\n$")
        self.assertIn(f"Status: Image is up to date for {name}", DAEMON.mydock("pull", name).stdout)
        repo_digest = DAEMON.mydock("inspect", "-f", "{{json .RepoDigests}}", name).stdout
        self.assertEqual(json.loads(repo_digest), [f"{HOST}/words@{digest}"])
        self.assertEqual(DAEMON.mydock("run", "--rm", f"{HOST}/words@{digest}", "echo", "hi").stdout, "hi\n")

    def test_run_pulls_what_is_not_here(self):
        name = f"{HOST}/run:latest"
        push(name)
        DAEMON.mydock("rmi", name)
        done = DAEMON.mydock("run", "--rm", f"{HOST}/run", "echo", "hi")
        self.assertEqual(done.stdout, "hi\n")
        self.assertIn(f"Unable to find image '{name}' locally\n", done.stderr)
        DAEMON.mydock("rmi", name)
        never = DAEMON.mydock("run", "--rm", "--pull", "never", name, "true", check=False)
        self.assertEqual(never.returncode, 125)
        self.assertIn("No such image", never.stderr)

    def test_the_docker_cli_is_served(self):
        name = f"{HOST}/cli:1"
        push(name)
        DAEMON.mydock("rmi", name)
        out = DAEMON.docker("pull", name).stdout
        self.assertIn(f"Status: Downloaded newer image for {name}\n{name}\n", out)
        self.assertIn("Layer already exists", DAEMON.docker("push", name).stdout)
        DAEMON.docker("tag", name, f"{HOST}/cli:2")
        out = DAEMON.docker("push", "-a", f"{HOST}/cli").stdout
        self.assertIn("1: digest: sha256:", out)
        self.assertIn("2: digest: sha256:", out)
        DAEMON.docker("rmi", name, f"{HOST}/cli:2")
        self.assertEqual(DAEMON.docker("pull", "-a", f"{HOST}/cli").stdout.count("Status: "), 2)

    def test_what_is_not_there_is_said_in_dockers_words(self):
        push(f"{HOST}/there:1")
        for name, words in ((f"{HOST}/there:2", f"manifest for {HOST}/there:2 not found: manifest unknown"),
                            (f"{HOST}/nowhere:1", f"manifest for {HOST}/nowhere:1 not found"),
                            ("127.0.0.1:9/x", 'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: '
                                              "connect: connection refused"),
                            ("no.such.host.invalid/x", "dial tcp: lookup no.such.host.invalid")):
            done = DAEMON.mydock("pull", name, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Error response from daemon: ", done.stderr)
            self.assertIn(words, done.stderr)
        done = DAEMON.mydock("push", f"{HOST}/not-here:1", check=False)
        self.assertIn(f"An image does not exist locally with the tag: {HOST}/not-here", done.stderr)
        DAEMON.mydock("rmi", f"{HOST}/there:1")

    def test_progress_to_the_letter(self):
        name = f"{HOST}/letter:1"
        push(name)
        self.forget_busybox()
        status, text = DAEMON.request("POST", f"/v1.47/images/create?fromImage={HOST}/letter&tag=1")
        self.assertEqual(status, 200)
        self.assertTrue(text.endswith("\r\n"))
        lines = [json.loads(line) for line in text.split("\r\n") if line]
        self.assertEqual(lines[0], {"status": "Pulling from letter", "id": "1"})
        self.assertEqual(set(lines[1]), {"status", "progressDetail", "id"})
        self.assertEqual((lines[1]["status"], lines[1]["progressDetail"]), ("Pulling fs layer", {}))
        moving = [line for line in lines if line["status"] in ("Downloading", "Extracting")]
        self.assertTrue(moving)
        for line in moving:
            self.assertEqual(set(line), {"status", "progressDetail", "progress", "id"})
        words = [line["status"] for line in lines]
        for earlier, later in (("Downloading", "Verifying Checksum"), ("Verifying Checksum", "Download complete"),
                               ("Download complete", "Extracting"), ("Extracting", "Pull complete")):
            self.assertLess(words.index(earlier), words.index(later))
        self.assertTrue(words[-2].startswith("Digest: sha256:"))
        self.assertEqual(words[-1], f"Status: Downloaded newer image for {name}")

    def test_distribution_inspect_and_search(self):
        push(f"{HOST}/inspect:1")
        status, answer = DAEMON.request("GET", f"/distribution/{HOST}/inspect:1/json")
        self.assertEqual(status, 200)
        self.assertRegex(answer["Descriptor"]["digest"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual(answer["Platforms"][0]["os"], "linux")
        self.assertEqual(DAEMON.request("GET", f"/distribution/{HOST}/inspect:2/json")[0], 404)
        self.assertEqual(DAEMON.request("GET", "/images/search?term=x&limit=200")[1]["message"],
                         "limit 200 is outside the range of [1, 100]")
        done = DAEMON.mydock("search", "x", check=False)
        self.assertIn("dial tcp: lookup index.docker.io", done.stderr)

    @unittest.skipUnless(shutil.which("skopeo"), "SKIPPED: no skopeo to compare with")
    def test_skopeo_reads_what_we_push_and_we_what_it_pushes(self):
        name = f"{HOST}/skopeo:1"
        digest = push(name).split("digest: ")[1].split()[0]
        seen = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{name}"))
        self.assertEqual(seen["Digest"], digest)
        for number, form in enumerate(("oci", "v2s2")):
            copy = f"{HOST}/copy{number}:1"
            skopeo("copy", "--src-tls-verify=false", "--dest-tls-verify=false", "--format", form, f"docker://{name}",
                   f"docker://{copy}")
            theirs = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{copy}"))["Digest"]
            self.assertIn(f"Digest: {theirs}\n", DAEMON.mydock("pull", copy).stdout)
            # What was pulled goes back as it came, to the byte.
            again = push(f"{HOST}/again{number}:1", copy)
            self.assertIn(f"digest: {theirs} ", again)
            self.assertEqual(DAEMON.mydock("run", "--rm", copy, "echo", form).stdout, form + "\n")
            DAEMON.mydock("rmi", copy, f"{HOST}/again{number}:1")

    def test_a_pull_goes_on_after_kill_9(self):
        name = f"{HOST}/big:1"
        DAEMON.mydock("run", "--name", "big", "busybox", "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=8")
        DAEMON.mydock("commit", "big", name)
        DAEMON.mydock("rm", "big")
        DAEMON.mydock("push", name)
        DAEMON.mydock("rmi", name)
        front = Front(DAEMON, HOST)
        self.addCleanup(front.stop)
        front.held.set()
        pulling = subprocess.Popen([str(DAEMON.bin / "mydock"), "pull", f"{front.address}/big:1"], env=DAEMON.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        downloads = DAEMON.data_root / "downloads"
        wait_until(lambda: any(f.stat().st_size >= 1 << 20 for f in downloads.iterdir()), 15, "a part of the blob")
        DAEMON.kill()
        pulling.wait(timeout=20)
        front.held.clear()
        DAEMON.start()
        self.assertNotIn(f"{front.address}/big", DAEMON.mydock("images").stdout)
        front.sent = 0
        DAEMON.mydock("pull", f"{front.address}/big:1")
        resumed = [span for command, path, span in front.requests if "/blobs/" in path and span]
        self.assertTrue(resumed, front.requests)
        self.assertLess(front.sent, 8 << 20)
        self.assertEqual(DAEMON.mydock("run", "--rm", f"{front.address}/big:1", "wc", "-c", "/big").stdout, "8388608 /big\n")
        self.assertFalse(any(downloads.iterdir()))
        DAEMON.mydock("rmi", f"{front.address}/big:1")

    def test_a_client_that_goes_ends_its_pull(self):
        name = f"{HOST}/gone:1"
        DAEMON.mydock("run", "--name", "gone", "busybox", "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=4")
        DAEMON.mydock("commit", "gone", name)
        DAEMON.mydock("rm", "gone")
        DAEMON.mydock("push", name)
        DAEMON.mydock("rmi", name)
        front = Front(DAEMON, HOST, port=5003)
        self.addCleanup(front.stop)
        front.held.set()
        pulling = subprocess.Popen([str(DAEMON.bin / "mydock"), "pull", f"{front.address}/gone:1"], env=DAEMON.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: front.sent >= 1 << 20, 15, "a part of the blob")
        pulling.kill()
        pulling.wait()
        front.held.clear()
        # Another pull of the same layer waits while the first one has it: so this tells that it ended.
        DAEMON.mydock("pull", f"{front.address}/gone:1", timeout=20)
        DAEMON.mydock("rmi", f"{front.address}/gone:1")


class FullDiskTest(unittest.TestCase):
    def test_a_pull_that_does_not_fit_leaves_nothing(self):
        push(f"{HOST}/small:1")
        DAEMON.mydock("run", "--name", "fat", "busybox", "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=40")
        DAEMON.mydock("commit", "fat", f"{HOST}/fat:1")
        DAEMON.mydock("push", f"{HOST}/fat:1")
        DAEMON.mydock("rm", "fat")
        DAEMON.mydock("rmi", f"{HOST}/fat:1")
        with SmallDaemon() as small:
            registry = Registry(small, data=PLAIN.data)
            try:
                before = used(small)
                done = small.mydock("pull", f"{HOST}/fat:1", check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("no space left on device", done.stderr.lower())
                self.assertLess(used(small) - before, 1 << 20)
                small.mydock("pull", f"{HOST}/small:1")
                self.assertEqual(small.mydock("run", "--rm", f"{HOST}/small:1", "echo", "hi").stdout, "hi\n")
            finally:
                registry.stop()


class AuthTest(unittest.TestCase):
    def setUp(self):
        self.config = DAEMON.dir / "cli/config.json"
        self.config.unlink(missing_ok=True)

    def log_in(self, host, user, password, program="mydock"):
        return getattr(DAEMON, program)("login", "-u", user, "--password-stdin", host, input=password, check=False)

    def test_passwords(self):
        registry = Registry(DAEMON, "127.0.0.1:5010", users=("someone", "pass:word"))
        self.addCleanup(registry.stop)
        name = f"{registry.address}/private:1"
        DAEMON.mydock("tag", "busybox", name)
        done = DAEMON.mydock("push", name, check=False)
        self.assertIn("no basic auth credentials", done.stderr)
        done = self.log_in(registry.address, "someone", "wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn("401 Unauthorized", done.stderr)
        done = self.log_in(registry.address, "someone", "pass:word")
        self.assertEqual((done.returncode, done.stdout), (0, "Login Succeeded\n"))
        self.assertEqual(self.config.stat().st_mode & 0o777, 0o600)
        self.assertIn("digest: sha256:", DAEMON.mydock("push", name).stdout)
        DAEMON.mydock("rmi", name)
        DAEMON.docker("pull", name)  # the file is docker's own, too
        DAEMON.mydock("logout", registry.address)
        self.assertEqual(json.loads(self.config.read_text())["auths"], {})
        self.assertEqual(self.log_in(registry.address, "someone", "pass:word", "docker").returncode, 0)
        DAEMON.mydock("pull", name)
        self.assertEqual(DAEMON.mydock("pull", name, check=False).returncode, 0)
        DAEMON.mydock("rmi", name)

    def test_tokens(self):
        tokens = Tokens(DAEMON)
        self.addCleanup(tokens.stop)
        registry = Registry(DAEMON, "127.0.0.1:5011", tokens=tokens)
        self.addCleanup(registry.stop)
        name = f"{registry.address}/public:1"
        DAEMON.mydock("tag", "busybox", name)
        self.assertEqual(DAEMON.mydock("push", name, check=False).returncode, 1)
        done = self.log_in(registry.address, "someone", "wrong")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.log_in(registry.address, "someone", tokens.PASSWORD).stdout, "Login Succeeded\n")
        stored = json.loads(self.config.read_text())["auths"][registry.address]
        self.assertEqual(stored["identitytoken"], "identity")
        DAEMON.mydock("push", name)
        self.assertTrue(any(command == "POST" for command, _ in tokens.asked))
        private = f"{registry.address}/secret:1"
        push(private)
        DAEMON.mydock("logout", registry.address)
        DAEMON.mydock("rmi", name, private)
        DAEMON.mydock("pull", name)  # anybody may, with a token all the same
        done = DAEMON.mydock("pull", private, check=False)
        self.assertIn(f"pull access denied for {registry.address}/secret, repository does not exist or may require "
                      "'docker login'", done.stderr)
        DAEMON.mydock("rmi", name)

    def test_tls_by_a_private_authority(self):
        DAEMON.inside("ip", "address", "add", "10.77.0.1/32", "dev", "lo")  # loopback would be let off
        certificates = DAEMON.dir / "tls"
        make_certificate(certificates, "IP:10.77.0.1")
        registry = Registry(DAEMON, "10.77.0.1:5020", tls=certificates)
        self.addCleanup(registry.stop)
        name = f"{registry.address}/tls:1"
        DAEMON.mydock("tag", "busybox", name)
        done = DAEMON.mydock("push", name, check=False)
        self.assertIn("tls: failed to verify certificate: x509: certificate signed by unknown authority", done.stderr)
        folder = DAEMON.dir / "certs.d" / registry.address
        folder.mkdir(parents=True)
        shutil.copy(certificates / "ca.crt", folder)
        DAEMON.stop()
        DAEMON.start()
        DAEMON.mydock("push", name)
        DAEMON.mydock("rmi", name)
        self.assertIn("Downloaded newer image", DAEMON.mydock("pull", name).stdout)
        DAEMON.mydock("rmi", name)

    def restart(self, **settings):
        (DAEMON.dir / "daemon.json").write_text(json.dumps(settings))
        DAEMON.stop()
        DAEMON.start()

    def test_mirrors_and_insecure_registries(self):
        DAEMON.inside("ip", "address", "add", "10.78.0.1/32", "dev", "lo")
        registry = Registry(DAEMON, "10.78.0.1:5030")
        self.addCleanup(registry.stop)
        name = f"{registry.address}/library/mirrored:1"
        DAEMON.mydock("tag", "busybox", name)
        done = DAEMON.mydock("push", name, check=False)
        self.assertIn("http: server gave HTTP response to HTTPS client", done.stderr)
        self.addCleanup(self.restart)
        mirrors = ["http://127.0.0.1:9", f"http://{registry.address}"]
        self.restart(**{"insecure-registries": ["10.78.0.0/16"], "registry-mirrors": mirrors})
        DAEMON.mydock("push", name)
        DAEMON.mydock("rmi", name)
        self.assertIn("Downloaded newer image for mirrored:1\ndocker.io/library/mirrored:1\n",
                      DAEMON.mydock("pull", "mirrored:1").stdout)
        done = DAEMON.mydock("pull", "mirrored:2", check=False)  # no mirror has it: then it is Docker Hub's turn
        self.assertIn("dial tcp: lookup registry-1.docker.io", done.stderr)
        info = DAEMON.request("GET", "/info")[1]["RegistryConfig"]
        self.assertEqual(info["Mirrors"], mirrors)
        DAEMON.mydock("rmi", "mirrored:1")

    def test_credential_helpers(self):
        registry = Registry(DAEMON, "127.0.0.1:5012", users=("someone", "pass:word"))
        self.addCleanup(registry.stop)
        folder = DAEMON.dir / "helpers"
        folder.mkdir()
        helper = folder / "docker-credential-test"
        helper.write_text(f"""#!/bin/sh
case $1 in
store) cat > {folder}/kept ;;
get) cat {folder}/kept 2>/dev/null || {{ echo "credentials not found in native keychain"; exit 1; }} ;;
erase) rm -f {folder}/kept ;;
esac
""")
        helper.chmod(0o755)
        path = DAEMON.environment["PATH"]
        self.addCleanup(DAEMON.environment.update, PATH=path)
        DAEMON.environment["PATH"] = f"{folder}:{path}"
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text(json.dumps({"credHelpers": {registry.address: "test"}, "psFormat": "kept"}))
        name = f"{registry.address}/helped:1"
        DAEMON.mydock("tag", "busybox", name)
        self.assertEqual(self.log_in(registry.address, "someone", "pass:word").stdout, "Login Succeeded\n")
        self.assertEqual(json.loads((folder / "kept").read_text())["Secret"], "pass:word")
        self.assertNotIn("pass", self.config.read_text())
        self.assertEqual(json.loads(self.config.read_text())["psFormat"], "kept")
        DAEMON.mydock("push", name)
        DAEMON.docker("push", name)
        DAEMON.mydock("logout", registry.address)
        self.assertFalse((folder / "kept").exists())
        DAEMON.mydock("rmi", name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
