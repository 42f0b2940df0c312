"""The daemon is killed with -9 behind each durable step of each operation; then it is started again and checked."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import ROOT, Daemon  # noqa: E402
from model import Dead, Model  # noqa: E402


def container(model, name):
    model.create(name, network="bridge")
    model.start(name)
    model.execute(name)
    model.put(name)
    model.pause(name)
    model.unpause(name)
    model.update(name)
    model.rename(name, name + "r")
    model.commit(name + "r", name)
    model.stop(name + "r")
    model.start(name + "r")
    model.remove(name + "r")
    model.untag(name)


def image(model, name):
    model.load(name)
    model.tag(name + "t")
    model.untag(name)
    model.untag(name + "t")


def network_and_volume(model, name):
    model.make_network(name)
    model.make_volume(name)
    model.remove_volume(name)
    model.remove_network(name)


LIVES = {"load": image, "image": image, "tag": image, "rmi": image, "network": network_and_volume,
         "volume": network_and_volume}


def failpoints():
    sources = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.cpp"))
    points = set(re.findall(r'failpoint\("([a-z.]+)"\)', sources))
    return sorted(point for point in points if not point.startswith(("pull.", "push.")))  # registry_failpoint_test.py


class FailpointTest(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_and_nothing_is_half_made(self):
        with Daemon() as daemon:
            daemon.load("busybox")
            model = Model(daemon)
            points = failpoints()
            self.assertGreater(len(points), 30)
            for number, point in enumerate(points):
                try:
                    self.kill_at(daemon, model, point, f"p{number}")
                except Exception as error:
                    raise AssertionError(f"failpoint {point}: {error}") from error
            model.clear()

    def kill_at(self, daemon, model, point, name):
        daemon.stop()
        daemon.environment_of_daemon["MYDOCK_FAILPOINT"] = point
        daemon.start()
        try:
            with self.assertRaises(Dead, msg="nothing reached it"):
                LIVES.get(point.split(".")[0], container)(model, name)
                daemon.process.wait(15)  # it may be a step of a thread that nobody waits for
                raise Dead
            self.assertEqual(daemon.process.wait(15), -9)
        finally:
            daemon.environment_of_daemon.clear()
            if daemon.process.poll() is None:
                daemon.stop()
            daemon.start()
        model.check()
        model.tidy(name)
        model.check()


if __name__ == "__main__":
    unittest.main(verbosity=2)
