"""Hostile archives by `load` and `import`: nothing outside is touched, nothing stays, memory is bounded."""
import bz2
import gzip
import json
import lzma
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from archives import CHAR, DIRECTORY, FILE, HARD, LINK, digest, files, image, layer, pax  # noqa: E402
from engine import Daemon, wait_until  # noqa: E402

DAEMON = None
CANARY = None
MOST_MEMORY = 80  # MB that the daemon may grow by, whatever comes


def setUpModule():
    global DAEMON, CANARY
    DAEMON = Daemon()
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    CANARY = DAEMON.dir / "canary"
    CANARY.mkdir()
    (CANARY / "file").write_text("untouched")


def resident():
    with open(f"/proc/{DAEMON.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) >> 10


def reset_peak():
    pathlib.Path(f"/proc/{DAEMON.process.pid}/clear_refs").write_text("5")


def left_behind():
    """What is in the data root that no image needs."""
    left = []
    for folder in ("staging", "trash", "layers", "blobs/sha256"):
        left += [f"{folder}/{name}" for name in os.listdir(DAEMON.data_root / folder)]
    return left


def canary():
    status = os.stat(CANARY / "file")
    return os.listdir(CANARY), (CANARY / "file").read_text(), status.st_mode, status.st_nlink, status.st_uid


# -> (status, what went wrong or "")
def load(archive):
    status, answer = DAEMON.request("POST", "/images/load?quiet=1", archive, ["Content-Type: application/x-tar"])
    if isinstance(answer, dict):
        return status, answer.get("error") or answer.get("message") or ""
    found = re.search(r'"error":"((?:[^"\\]|\\.)*)"', answer)
    return status, found.group(1) if found else ""


def import_tar(tar):
    status, answer = DAEMON.request("POST", "/images/create?fromSrc=-&repo=imported", tar,
                                    ["Content-Type: application/x-tar"])
    return status, answer.get("message", "") if isinstance(answer, dict) else ""


class HostileArchiveTest(unittest.TestCase):
    def setUp(self):
        self.memory = resident()
        reset_peak()
        self.descriptors = len(os.listdir(f"/proc/{DAEMON.process.pid}/fd"))

    def tearDown(self):
        self.assertEqual(canary()[:2], (["file"], "untouched"))
        self.assertLess(resident() - self.memory, MOST_MEMORY)
        self.remove_all()
        wait_until(lambda: not left_behind(), 60, f"an empty data root, not {left_behind()[:9]}")
        self.assertLessEqual(len(os.listdir(f"/proc/{DAEMON.process.pid}/fd")), self.descriptors + 4)

    def remove_all(self):
        for one in DAEMON.request("GET", "/images/json")[1]:
            DAEMON.request("DELETE", f"/images/{one['Id']}?force=1")

    def check_layers(self, cases):
        """cases: name -> (tar, words of the refusal, or None)."""
        before = canary()
        for name, (tar, refusal) in cases.items():
            for how, call, archive in (("load", load, image(tar)), ("import", import_tar, tar)):
                with self.subTest(name, how=how):
                    status, message = call(archive)
                    if refusal is None:
                        self.assertEqual((status, message), (200, ""))
                    else:
                        self.assertEqual(status, 400 if how == "import" else 200, message)
                        self.assertRegex(message, refusal)
                        self.assertEqual(DAEMON.request("GET", "/images/json")[1], [])
                    self.assertEqual(canary(), before)
                    self.remove_all()

    def check_images(self, cases):
        for name, (archive, refusal) in cases.items():
            with self.subTest(name):
                status, message = load(archive)
                self.assertIn(status, (200, 204))
                if refusal is None:
                    self.assertEqual(message, "")
                else:
                    self.assertRegex(message, refusal)
                    self.assertEqual(DAEMON.request("GET", "/images/json")[1], [])
                self.remove_all()

    def test_names_that_lead_outside(self):
        up = "../" * 20 + str(CANARY)[1:]
        self.check_layers({
            "up": (layer((f"{up}/new", FILE, "x")), "leads outside"),
            "absolute": (layer((f"{CANARY}/new", FILE, "x")), None),
            "up after a part": (layer((f"a/../..{CANARY}/new", FILE, "x")), "leads outside"),
            "dots": (layer(("a/./b/.//c", FILE, "x")), None),
            "256 bytes": (layer(("n" * 256, FILE, "x")), "longer than 255 bytes"),
            "5000 bytes": (layer(("/".join(["d" * 99] * 50), FILE, "x")), "longer than 4095 bytes"),
            "control characters": (layer(("a\n\x1b]0;x", FILE, "x")), None),
        })

    def test_links_that_lead_outside(self):
        up = "../" * 20 + str(CANARY)[1:]
        self.check_layers({
            "link, then a file below": (layer(("a", LINK, str(CANARY)), ("a/new", FILE, "x")), "No such file"),
            "link up": (layer(("a", LINK, up), ("a/new", FILE, "x")), "No such file"),
            "loop": (layer(("a", LINK, "b"), ("b", LINK, "a"), ("a/new", FILE, "x")), "Too many levels"),
            "chain of 41": (layer(*((f"k{i}", LINK, f"k{i + 1}") for i in range(41)), ("k0/new", FILE, "x")),
                            "Too many levels"),
            "link, directory, file": (layer(("a", LINK, str(CANARY)), ("a", DIRECTORY, ""), ("a", FILE, "x")), None),
            "all over each other": (layer(("a", FILE, "x"), ("a", DIRECTORY, ""), ("a", LINK, str(CANARY)),
                                          ("a", DIRECTORY, ""), ("a/file", FILE, "evil")), None),
            "hard link up": (layer(("h", HARD, f"{up}/file")), "leads outside"),
            "hard link, absolute": (layer(("h", HARD, f"{CANARY}/file")), "No such file"),
            "hard link to a link out": (layer(("s", LINK, f"{CANARY}/file"), ("h", HARD, "s"), ("h", FILE, "evil")),
                                        None),
            "hard link to itself": (layer(("h", HARD, "h")), "No such file"),
            "hard links in a circle": (layer(("g", HARD, "h"), ("h", HARD, "g")), "No such file"),
            "hard link to nothing": (layer(("h", HARD, "missing")), "No such file"),
            "hard link to a device": (layer(("d", CHAR, "", {"devmajor": 1, "devminor": 3}), ("h", HARD, "d")),
                                      "no file"),
        })

    def test_whiteouts(self):
        bad = {name: (layer(("d", LINK, str(CANARY)), (name, FILE, "")), words) for name, words in (
            (".wh.", "invalid whiteout"), (".wh..", "invalid whiteout"), (".wh...", "invalid whiteout"),
            ("d/.wh..wh..opq", "No such file"), ("d/.wh.file", "No such file"), ("a/.wh.a/b", "like a whiteout"))}
        self.check_layers(bad)

    def test_kinds_and_numbers(self):
        ok = layer(("a", FILE, "x"))
        self.check_layers({
            **{f"type {kind}": (layer(("q", kind, "")), None) for kind in (CHAR, b"4", b"6", b"7")},
            **{f"type {kind}": (layer(("q", kind, "")), "unhandled entry type") for kind in (b"Z", b"V", b"M")},
            "a gid past 32 bits": (layer(("a", FILE, "x", {"gid": 2**40})), "out of range"),
            "mtime -1": (layer(("a", FILE, "x", {"mtime": -1})), None),
            "mtime x": (layer(pax("a", mtime="x")), "not a number"),
            "mtime of 5000 digits": (layer(pax("a", mtime="1" * 5000)), "out of range"),
            "mtime 2^63": (layer(pax("a", mtime=str(2**63))), "out of range"),
            "size beyond the end": (layer(pax("a", size="99999999999")), "unexpected end"),
            "NUL in a name": (layer(pax("a", path="a\0b")), "NUL"),
            "sparse of a negative size": (layer(pax("a", GNU__sparse__major="1", GNU__sparse__minor="0",
                                                    GNU__sparse__realsize="-5")), "not a number"),
            "sparse of 8 EiB": (layer(pax("a", GNU__sparse__size=str(2**63 - 1), GNU__sparse__map="0,1")),
                                "File too large|out of range"),
            "no octal size": (ok[:124] + b"z" * 12 + ok[136:], "wrong checksum"),
            "wrong checksum": (ok[:148] + b"0000000\0" + ok[156:], "wrong checksum"),
            "a header cut off": (ok[:300], "unexpected end"),
            "overlay's own xattrs": (layer(pax("a", SCHILY__xattr__trusted__overlay__redirect=str(CANARY))), None),
            "malformed capabilities": (layer(pax("a", SCHILY__xattr__security__capability="x")), "capabilities"),
        })

    def test_headers_without_measure(self):
        self.check_layers({
            "a comment of 64 MiB": (layer(pax("a", comment="c" * (64 << 20))), "larger than 1048576 bytes"),
            "an xattr of 1 MiB": (layer(pax("a", SCHILY__xattr__user__big="z" * (1 << 20))), "larger than"),
            "10 000 xattrs": (layer(pax("a", **{f"SCHILY__xattr__user__{i}": "v" for i in range(10000)})),
                              "more than 256 xattrs"),
        })

    def test_many_entries(self):
        started = time.monotonic()
        many = layer(*((f"f{i}", FILE, "") for i in range(5000)))
        self.check_images({
            "5000 files": (image(many), None),
            "one path 2000 times": (image(layer(*(("a", FILE, str(i)) for i in range(2000)))), None),
        })
        self.assertLess(time.monotonic() - started, 30)

    def test_deep_trees(self):
        deep = layer(("a/" * 2000 + "f", FILE, "x"))
        # Deeper than a path can name: each link stands for what came before.
        chain, at = [], ""
        for i in range(2):
            chain += [(at + "d/" * 1500 + "f", FILE, "x"), (f"l{i}", LINK, at + "d/" * 1500)]
            at = f"l{i}/"
        for name, tar in (("2000", deep), ("3000", layer(*chain))):
            with self.subTest(name):
                self.assertEqual(import_tar(tar), (200, ""))
                self.assertEqual(load(image(tar)), (200, ""))
                self.assertEqual(DAEMON.request("GET", "/system/df")[0], 200)
                self.remove_all()
                self.assertLess(resident() - self.memory, 16)

    def test_compressed_bombs(self):
        zeros = bytes(128 << 20)
        bomb = layer(("zeros", FILE, zeros))
        plain = digest(bomb)
        ok = layer(("a", FILE, "x"))
        gz = gzip.compress(ok)
        self.check_images({
            "gzip": (image(gzip.compress(bomb, 1), diffs=[plain]), None),
            "zstd": (image(subprocess.run(["zstd", "-q", "-c"], input=bomb, stdout=subprocess.PIPE, check=True).stdout,
                           diffs=[plain]), None),
            "two gzip members": (image(gz + gz, diffs=[digest(ok + ok)]), None),
            "garbage behind": (image(gz + b"junk", diffs=[digest(ok)]), "garbage after the end"),
            "wrong CRC": (image(gz[:-8] + bytes(8), diffs=[digest(ok)]), "wrong checksum"),
            "xz": (image(lzma.compress(ok), diffs=[digest(ok)]), None),
            "bzip2": (image(bz2.compress(ok), diffs=[digest(ok)]), None),
            "xz that needs 1.5 GiB": (image(subprocess.run(
                ["xz", "-c", "--lzma2=preset=0,dict=1536MiB"], input=ok, stdout=subprocess.PIPE, check=True).stdout,
                diffs=[digest(ok)]), "xz: "),
        })

    def test_gigabytes_of_padding_do_not_grow_the_daemon(self):
        ok = layer(("a", FILE, "x"))
        member = gzip.compress(bytes(64 << 20), 9)
        self.assertEqual(import_tar(gzip.compress(ok) + member * 16), (200, ""))  # 1 GiB of zeros

    def test_layers_that_are_not_as_said(self):
        ok, other = layer(("a", FILE, "x")), layer(("b", FILE, "y"))
        self.check_images({
            "another diffID": (image(ok, diffs=["sha256:" + "0" * 64]), "invalid diffID"),
            "fewer diffIDs": (image(ok, other, diffs=[digest(ok)]), "layers length mismatch"),
            "more diffIDs": (image(ok, diffs=[digest(ok)] * 2), "layers length mismatch"),
            "swapped": (image(ok, other, paths=["1.tar", "0.tar"]), "invalid diffID"),
            "none": (image(), None),
            "an empty one": (image(b""), None),
            "500": (image(*(layer((f"x{i}", FILE, "y")) for i in range(500))), "at most 127"),
        })

    def test_configurations(self):
        ok = layer(("a", FILE, "x"))
        self.check_images({
            "another machine": (image(ok, config={"architecture": "pdp11"}), None),
            "another system": (image(ok, config={"os": "plan9"}), "cannot load plan9 image on linux"),
            "a NUL in the user": (image(ok, config={"config": {"User": "root\0"}}), "NUL"),
            "a list as config": (image(ok, config={"config": [1]}), "expected an object"),
            "volumes up": (image(ok, config={"config": {"Volumes": {"/../../canary": {}, "": {}}}}), None),
        })

    def test_archives_that_point_elsewhere(self):
        ok = layer(("a", FILE, "x"))
        up = "../" * 20 + str(CANARY)[1:]
        self.check_images({
            "layer up": (image(ok, paths=[f"{up}/file"]), "is not in it"),
            "layer, absolute": (image(ok, paths=[f"{CANARY}/file"]), "is not in it"),
            "layer by a link": (image(ok, paths=["s"], members=[("s", (f"{CANARY}/file",))]), "is not in it"),
            "config up": (image(ok, config_path="../../c.json"), "is not in it"),
            "tag up": (image(ok, names=["../x"]), "invalid reference format"),
            "tag with a blank": (image(ok, names=["a b"]), "invalid reference format"),
            "two manifests": (image(ok, members=[("manifest.json", b"[]")]), "is there twice"),
            "the same manifest twice": (files(("manifest.json", b"[]"), ("manifest.json", b"[]")), None),
            "only zeros, then an image": (bytes(40 << 20) + image(ok), "does not contain a manifest.json"),
            "nothing": (b"", "does not contain a manifest.json"),
            "noise": (os.urandom(5000), "checksum"),
        })

    def test_what_follows_the_archives_end_is_nothing(self):
        first = image(layer(("a", FILE, "x")), names=["first:1"])
        second = image(layer(("b", FILE, "x")), names=["second:1"])
        self.assertEqual(load(first + bytes(40 << 20) + second), (200, ""))
        self.assertEqual([one["RepoTags"] for one in DAEMON.request("GET", "/images/json")[1]], [["first:1"]])

    def test_documents_without_measure(self):
        ok = layer(("a", FILE, "x"))
        config = json.dumps({"os": "linux", "architecture": "amd64", "comment": "c" * (1 << 20),
                             "rootfs": {"type": "layers", "diff_ids": []}}).encode()
        item = {"Config": "c", "Layers": []}
        self.check_images({
            "manifest of 64 MiB": (image(ok, manifest=b"[" + b" " * (64 << 20) + b"]"), "bytes"),
            "nested": (image(ok, manifest=b"[" * 100000), "nested more than 64 levels"),
            "100 000 times one large config": (files(("manifest.json", json.dumps([item] * 100000).encode()),
                                                     ("c", config)), "configurations are larger"),
            "10 000 names": (image(ok, names=[f"t{i}:x" for i in range(10000)]), None),
        })
        too_many = layer(*((f"f{i}", FILE, "") for i in range(20100)))
        self.assertRegex(load(too_many)[1], "more than 20000 files")


if __name__ == "__main__":
    unittest.main(verbosity=2)
