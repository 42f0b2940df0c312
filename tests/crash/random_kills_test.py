"""The daemon is killed with -9 at a hundred random moments under load: nothing acknowledged is lost."""
import pathlib
import random
import sys
import threading
import time
import traceback
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon  # noqa: E402
from model import Dead, Model  # noqa: E402

KILLS = 100
LONGEST = 50  # seconds; a slow machine kills less often


class Worker(threading.Thread):
    """Makes, uses and removes things of its own, one life after another."""

    def __init__(self, number, model, lives):
        super().__init__(daemon=True)
        self.number = number
        self.model = model
        self.lives = lives
        self.random = random.Random(number)
        self.up = threading.Event()
        self.idle = threading.Event()
        self.ended = False
        self.failure = None
        self.lived = 0

    def run(self):
        while True:
            self.up.wait()
            if self.ended:
                return
            self.lived += 1
            try:
                if self.random.random() < 0.5:
                    self.model.tidy(f"w{self.number}-")
                self.random.choice(self.lives)(self.model, f"w{self.number}-{self.lived}", self.random)
            except Dead:
                self.up.clear()
                self.idle.set()
            except Exception:
                self.failure = traceback.format_exc()
                self.up.clear()
                self.idle.set()


def container(model, name, chance):
    model.create(name)
    if chance.random() < 0.2:
        model.rename(name, name + "r")
        name += "r"
    model.start(name)
    for step in chance.sample(("pause", "exec", "update", "restart", "stop", "rename"), 3):
        if step == "pause":
            model.pause(name)
            model.unpause(name)
        elif step == "exec":
            model.execute(name)
        elif step == "rename":
            model.rename(name, name + "s")
            name += "s"
        elif step == "stop":
            model.stop(name)
            model.start(name)
        else:
            getattr(model, {"update": "update", "restart": "restart"}[step])(name)
    if chance.random() < 0.9:
        model.remove(name)


def short(model, name, _):
    model.run_short(name)


def with_network(model, name, _):
    model.make_network(name)
    model.make_volume(name)
    model.create(name, network=name, Binds=[f"{name}:/data"])
    model.start(name)
    model.remove(name)
    model.remove_volume(name)
    model.remove_network(name)


def images(model, name, _):
    model.load(name)
    model.tag(name + "t")
    model.untag(name)
    model.untag(name + "t")


class RandomKillsTest(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        with Daemon() as daemon:
            daemon.load("busybox")
            model = Model(daemon)
            workers = [Worker(i, model, lives) for i, lives in enumerate(
                ((container,), (container, short), (container, with_network), (images,)))]
            for worker in workers:
                worker.start()
            chance = random.Random(20240229)
            started = time.monotonic()
            kills = 0
            while kills < KILLS and time.monotonic() - started < LONGEST:
                for worker in workers:
                    worker.idle.clear()
                    worker.up.set()
                time.sleep(chance.uniform(0.01, 0.3))  # the moment is the point
                daemon.kill()
                for worker in workers:
                    self.assertTrue(worker.idle.wait(35), "a client hangs although the daemon is gone")
                    self.assertIsNone(worker.failure, worker.failure)
                daemon.start()
                model.check()
                kills += 1
            for worker in workers:
                worker.ended = True
                worker.up.set()
                worker.join(10)
            print(f"{kills} kills, {sum(worker.lived for worker in workers)} lives")
            self.assertGreater(kills, KILLS / 4)
            model.save_all()
            model.clear()


if __name__ == "__main__":
    unittest.main(verbosity=2)
