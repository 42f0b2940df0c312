"""Networks as containers see them: names, joining and leaving, addresses, IPv6, ports, rules that come back."""
import json
import pathlib
import socket
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from engine import Daemon, wait_until  # noqa: E402

DAEMON = None

# A name server of the host's: tells what it was asked, and answers 9.9.9.9 with the query's own bytes after it.
SERVER = r"""
import socket, struct, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 53))
tcp = socket.socket(); tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); tcp.bind(("127.0.0.1", 53)); tcp.listen()
def answer(query):
    if b"\x06nosuch" in query: return query[:2] + b"\x81\x83" + query[4:]
    end = query.index(b"\0", 12) + 5
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([9, 9, 9, 9])
    return query[:2] + b"\x81\x80" + query[4:6] + b"\0\1" + query[8:end] + record + query[end:]
def serve_tcp():
    while True:
        client, _ = tcp.accept()
        size = struct.unpack(">H", client.recv(2))[0]
        reply = answer(client.recv(size)); client.sendall(struct.pack(">H", len(reply)) + reply); client.close()
threading.Thread(target=serve_tcp, daemon=True).start()
print("ready", flush=True)
while True:
    query, peer = udp.recvfrom(4096); udp.sendto(answer(query), peer)
"""

# Asks 127.0.0.11 from inside a container's network; prints the answer in hex.
ASK = r"""
import socket, struct, sys
query, transport = bytes.fromhex(sys.argv[1]), sys.argv[2]
if transport == "udp":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5); s.connect(("127.0.0.11", 53)); s.send(query)
    print(s.recv(65535).hex())
else:
    s = socket.create_connection(("127.0.0.11", 53), 5); s.sendall(struct.pack(">H", len(query)) + query)
    f = s.makefile("rb"); print(f.read(struct.unpack(">H", f.read(2))[0]).hex())
"""


def setUpModule():
    global DAEMON
    DAEMON = Daemon("--dns", "127.0.0.1")
    DAEMON.__enter__()
    unittest.addModuleCleanup(DAEMON.__exit__, None, None, None)
    DAEMON.load("busybox")
    server = subprocess.Popen(["nsenter", f"--net=/run/netns/{DAEMON.netns}", sys.executable, "-c", SERVER],
                              stdout=subprocess.PIPE)
    unittest.addModuleCleanup(lambda: (server.kill(), server.wait(), server.stdout.close()))
    server.stdout.readline()


def docker(*args, **options):
    return DAEMON.docker(*args, **options).stdout.strip()


def refused(*args):
    done = DAEMON.docker(*args, check=False)
    assert done.returncode != 0, done.stdout
    return done.stderr


def run(name, *args):
    return docker("run", "-d", "--name", name, *args, "busybox", "sleep", "1000")


def remove(*names):
    docker("rm", "-f", "-v", *names)


def settings(name):
    return json.loads(docker("inspect", "-f", "{{json .NetworkSettings}}", name))


def address(name, network):
    return settings(name)["Networks"][network]["IPAddress"]


def query(name, kind=1, extra=b"", additional=0):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, additional) + labels + b"\0" + struct.pack(">HH", kind, 1) + extra


def inside(name, *command):
    pid = docker("inspect", "-f", "{{.State.Pid}}", name)
    return subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *command], capture_output=True, text=True, timeout=20)


def ask(container, message, transport="udp"):
    done = inside(container, sys.executable, "-c", ASK, message.hex(), transport)
    assert done.returncode == 0, done.stderr
    return bytes.fromhex(done.stdout)


def lookup(container, name):
    """-> (code, [addresses])"""
    answer = ask(container, query(name))
    count = struct.unpack(">H", answer[6:8])[0]
    at = len(query(name))
    found = [socket.inet_ntoa(answer[at + i * 16 + 12:at + i * 16 + 16]) for i in range(count)]
    return answer[3] & 15, found


def names_answered(container, name):
    done = DAEMON.docker("exec", container, "nslookup", name, check=False)
    return done.returncode == 0


def fetch(url, *options):
    done = subprocess.run(["nsenter", f"--net=/run/netns/{DAEMON.netns}", "curl", "-gsS", "-m", "2", *options, url],
                          capture_output=True, text=True)
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else None


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        docker("network", "create", "names")
        docker("network", "create", "--internal", "inner")
        run("web", "--network", "names", "--network-alias", "www", "--hostname", "shop")
        run("db", "--network", "names", "--link", "web:site")
        cls.addClassCleanup(docker, "network", "rm", "names", "inner")
        cls.addClassCleanup(remove, "web", "db")

    def test_neighbours_are_found_by_each_name(self):
        short = docker("inspect", "-f", "{{.Id}}", "web")[:12]
        for name in ("web", "WWW", "web.names", "shop", "site", short):
            self.assertEqual(lookup("db", name), (0, [address("web", "names")]), name)
        self.assertEqual(lookup("web", "site")[0], 0)  # a link is the linker's own word: here the host's server answers
        self.assertEqual(lookup("web", "site")[1], ["9.9.9.9"])

    def test_default_bridge_has_no_names(self):
        run("plain")
        self.addCleanup(remove, "plain")
        self.assertEqual(lookup("db", "plain")[1], ["9.9.9.9"])
        self.assertNotIn("127.0.0.11", docker("exec", "plain", "cat", "/etc/resolv.conf"))

    def test_name_of_several_takes_turns(self):
        run("a1", "--network", "names", "--network-alias", "many")
        run("a2", "--network", "names", "--network-alias", "many")
        self.addCleanup(remove, "a1", "a2")
        answers = [lookup("db", "many")[1] for _ in range(2)]
        self.assertEqual(sorted(answers[0]), sorted(answers[1]))
        self.assertEqual({answer[0] for answer in answers}, {address("a1", "names"), address("a2", "names")})

    def test_address_leads_back_to_the_name(self):
        pointer = ".".join(reversed(address("web", "names").split("."))) + ".in-addr.arpa"
        self.assertIn(b"\3web\5names\0", ask("db", query(pointer, 12)))

    def test_other_names_are_the_hosts_servers_matter(self):
        edns = b"\0\0\x29\x10\0\0\0\x80\0\0\x0c\0\x0a\0\x08ABCDEFGH"
        message = query("some.example", 1, edns, 1)
        for transport in ("udp", "tcp"):
            answer = ask("db", message, transport)
            self.assertEqual(answer[:2], message[:2])
            self.assertTrue(answer.endswith(bytes([9, 9, 9, 9]) + edns), answer.hex())
        self.assertEqual(lookup("db", "nosuch")[0], 3)
        self.assertEqual(ask("db", query("web", 28))[3] & 15, 0)  # known, but not by IPv6

    def test_internal_network_asks_nobody_outside(self):
        run("closed", "--network", "inner")
        self.addCleanup(remove, "closed")
        self.assertEqual(lookup("closed", "nosuch")[0], 3)
        self.assertEqual(lookup("closed", "some.example")[0], 2)
        self.assertEqual(lookup("closed", "closed")[1], [address("closed", "inner")])

    def test_container_may_be_a_name_server_itself(self):
        docker("run", "--rm", "--network", "names", "busybox", "sh", "-c",
               "nc -l -p 53 & sleep 0.2; netstat -ltn | grep -q 0.0.0.0:53 || netstat -ltn | grep -q :::53")

    def test_resolv_conf(self):
        text = docker("run", "--rm", "--network", "names", "--dns-search", "a.b", "--dns-option", "timeout:3", "busybox",
                      "cat", "/etc/resolv.conf")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        self.assertEqual(lines, ["nameserver 127.0.0.11", "search a.b", "options timeout:3 ndots:0"])

    def test_names_come_back_with_the_daemon(self):
        DAEMON.kill()
        DAEMON.start()
        self.assertEqual(lookup("db", "web"), (0, [address("web", "names")]))
        docker("rename", "web", "webnew")
        self.addCleanup(docker, "rename", "webnew", "web")
        self.assertEqual(lookup("db", "webnew"), (0, [address("webnew", "names")]))


class Joining(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        docker("network", "create", "--subnet", "10.77.1.0/24", "one")
        docker("network", "create", "--subnet", "10.77.2.0/24", "--aux-address", "printer=10.77.2.2", "two")
        cls.addClassCleanup(docker, "network", "rm", "one", "two")

    def test_running_container_joins_and_leaves(self):
        run("mover", "--network", "one")
        run("mate", "--network", "two")
        self.addCleanup(remove, "mover", "mate")
        docker("network", "connect", "--ip", "10.77.2.99", "--alias", "m", "two", "mover")
        self.assertEqual(lookup("mate", "m"), (0, ["10.77.2.99"]))
        self.assertEqual(address("mate", "two"), "10.77.2.3")  # .2 is the printer's
        self.assertIn("10.77.2.99\t", docker("exec", "mover", "cat", "/etc/hosts"))
        self.assertIn("default via 10.77.1.1 dev eth0", docker("exec", "mover", "ip", "route"))
        containers = json.loads(docker("network", "inspect", "-f", "{{json .Containers}}", "two"))
        self.assertEqual({c["Name"]: c["IPv4Address"] for c in containers.values()},
                         {"mover": "10.77.2.99/24", "mate": "10.77.2.3/24"})
        self.assertIn("endpoint with name mover already exists in network two",
                      refused("network", "connect", "two", "mover"))
        docker("network", "disconnect", "one", "mover")
        self.assertIn("default via 10.77.2.1 dev eth1", docker("exec", "mover", "ip", "route"))
        self.assertNotIn("10.77.1.", docker("exec", "mover", "cat", "/etc/hosts"))
        self.assertIn("is not connected to network one", refused("network", "disconnect", "one", "mover"))
        docker("restart", "-t", "0", "mover")
        self.assertEqual(address("mover", "two"), "10.77.2.99")
        self.assertIn("dev eth0", docker("exec", "mover", "ip", "route"))

    def test_gateway_priority_decides_the_default_route(self):
        run("chooser", "--network", "name=one", "--network", "name=two,gw-priority=5")
        self.addCleanup(remove, "chooser")
        self.assertIn("default via 10.77.2.1 dev eth1", docker("exec", "chooser", "ip", "route"))

    def test_container_of_the_default_bridge_gets_names_when_it_joins(self):
        run("late")
        run("friend", "--network", "one")
        self.addCleanup(remove, "late", "friend")
        docker("network", "connect", "one", "late")
        self.assertIn("127.0.0.11", docker("exec", "late", "cat", "/etc/resolv.conf"))
        self.assertEqual(lookup("late", "friend")[1], [address("friend", "one")])

    def test_stopped_container_is_only_noted(self):
        docker("create", "--name", "still", "--network", "one", "busybox", "sleep", "1000")
        self.addCleanup(remove, "still")
        docker("network", "connect", "two", "still")
        docker("network", "disconnect", "one", "still")
        docker("start", "still")
        self.assertEqual(list(settings("still")["Networks"]), ["two"])

    def test_what_does_not_mix_is_refused(self):
        docker("create", "--name", "hosted", "--network", "host", "busybox", "sleep", "1000")
        docker("create", "--name", "alone", "--network", "none", "busybox", "sleep", "1000")
        self.addCleanup(remove, "hosted", "alone")
        self.assertIn("container sharing network namespace", refused("network", "connect", "one", "hosted"))
        self.assertIn("container cannot be connected to multiple networks with one of the networks in private",
                      refused("network", "connect", "one", "alone"))
        self.assertIn("from host network or connected to host network", refused("network", "connect", "host", "alone"))

    def test_ports_follow_the_way_out(self):
        docker("run", "-d", "--name", "served", "--network", "one", "-p", "18080:80", "busybox", "httpd", "-f", "-h", "/etc")
        self.addCleanup(remove, "served")
        self.assertTrue(wait_until(lambda: fetch("http://127.0.0.1:18080/passwd"), 5))
        docker("network", "connect", "two", "served")
        docker("network", "disconnect", "one", "served")
        self.assertTrue(wait_until(lambda: fetch("http://127.0.0.1:18080/passwd"), 5))

    def test_events(self):
        run("seen", "--network", "one")
        self.addCleanup(remove, "seen")
        docker("network", "connect", "two", "seen")
        docker("network", "disconnect", "two", "seen")

        def lines():  # whole seconds: the last one is not over yet
            return docker("events", "--since", "1h", "--until", "0s", "--filter", "network=two", "--filter", "type=network",
                          "--format", "{{.Action}} {{.Actor.Attributes.type}}").splitlines()[-2:]

        wait_until(lambda: lines() == ["connect bridge", "disconnect bridge"], 5)


class Addresses(unittest.TestCase):
    def test_small_network_is_full_and_filled_again_after_crashes(self):
        docker("network", "create", "--subnet", "10.77.8.0/29", "small")
        self.addCleanup(docker, "network", "rm", "small")
        names = [f"s{i}" for i in range(5)]

        def fill():
            for name in names:
                run(name, "--network", "small")
            self.assertEqual(len({address(name, "small") for name in names}), 5)

        fill()
        message = refused("run", "--rm", "--network", "small", "busybox", "true")
        self.assertIn("no available IPv4 addresses on this network's address pools: small", message)
        DAEMON.kill()
        DAEMON.start()
        self.assertEqual(len({address(name, "small") for name in names}), 5)
        remove(*names[:2])
        process = subprocess.Popen(["docker", "run", "-d", "--name", "s0", "--network", "small", "busybox", "sleep", "9"],
                                   env=DAEMON.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: DAEMON.request("GET", "/containers/s0/json")[0] == 200 or process.poll() is not None)
        DAEMON.kill()
        process.wait()
        DAEMON.start()
        DAEMON.docker("rm", "-f", *names, check=False)
        fill()
        remove(*names)

    def test_templates_and_pools(self):
        docker("network", "create", "--config-only", "--subnet", "10.77.9.0/24", "-o", "com.docker.network.driver.mtu=1400",
               "template")
        docker("network", "create", "--config-from", "template", "made")
        shown = json.loads(docker("network", "inspect", "made"))[0]
        self.assertEqual(shown["IPAM"]["Config"], [{"Subnet": "10.77.9.0/24", "Gateway": "10.77.9.1"}])
        self.assertEqual((shown["ConfigFrom"], shown["Driver"]), ({"Network": "template"}, "bridge"))
        self.assertIn("mtu 1400", docker("run", "--rm", "--network", "made", "busybox", "ip", "link", "show", "eth0"))
        self.assertIn('configuration network "template" is in use', refused("network", "rm", "template"))
        self.assertIn("bridge driver doesn't support multiple subnets",
                      refused("network", "create", "--subnet", "10.78.0.0/24", "--subnet", "10.79.0.0/24", "x"))
        self.assertIn("pre-defined network and cannot be removed", refused("network", "rm", "bridge"))
        docker("network", "rm", "made", "template")

    def test_ipv6(self):
        docker("network", "create", "--ipv6", "--subnet", "fd00:77::/64", "six")
        self.addCleanup(docker, "network", "rm", "six")
        docker("run", "-d", "--name", "server6", "--network", "six", "--ip6", "fd00:77::9", "-p", "18086:80", "busybox",
               "httpd", "-f", "-h", "/etc")
        self.addCleanup(remove, "server6")
        self.assertIn("fd00:77::9", docker("exec", "server6", "cat", "/etc/hosts"))
        docker("run", "--rm", "--network", "six", "busybox", "ping", "-6", "-c", "1", "-W", "2", "server6")
        self.assertEqual(docker("port", "server6").splitlines(), ["80/tcp -> 0.0.0.0:18086", "80/tcp -> [::]:18086"])
        self.assertTrue(wait_until(lambda: fetch("http://[fd00:77::1]:18086/passwd"), 5))
        self.assertTrue(fetch("http://localhost:18086/passwd"))


class Ports(unittest.TestCase):
    def test_forms(self):
        docker("run", "-d", "--name", "ports", "-p", "127.0.0.1:19000:80", "-p", "19001-19003:81-83", "-p", "84/udp",
               "-p", "19010-19012:85", "--expose", "90", "busybox", "httpd", "-f", "-h", "/etc")
        self.addCleanup(remove, "ports")
        shown = docker("port", "ports").splitlines()
        for line in ("80/tcp -> 127.0.0.1:19000", "81/tcp -> 0.0.0.0:19001", "83/tcp -> 0.0.0.0:19003",
                     "85/tcp -> 0.0.0.0:19010"):
            self.assertIn(line, shown)
        self.assertTrue(any(line.startswith("84/udp -> 0.0.0.0:") for line in shown))
        self.assertIn("port is already allocated", refused("run", "--rm", "-p", "19001:1", "busybox", "true"))
        docker("run", "--rm", "-p", "19010-19012:1", "busybox", "true")

    def test_thousand_ports(self):
        docker("run", "-d", "--name", "many", "-p", "20000-20999:20000-20999/udp", "busybox", "sleep", "1000")
        self.assertEqual(len(docker("port", "many").splitlines()), 1000)
        remove("many")

    def test_rules_come_back_and_the_owners_chain_stays(self):
        docker("run", "-d", "--name", "flushed", "-p", "19080:80", "busybox", "httpd", "-f", "-h", "/etc")
        self.addCleanup(remove, "flushed")
        DAEMON.inside("nft", "add rule inet mydock user ip saddr 203.0.113.7 drop")
        docker("network", "create", "another")
        docker("network", "rm", "another")
        rules = DAEMON.inside("nft", "list", "chain", "inet", "mydock", "user", capture_output=True, text=True).stdout
        self.assertIn("203.0.113.7", rules)
        DAEMON.inside("nft", "flush", "ruleset")
        self.assertTrue(wait_until(lambda: fetch("http://127.0.0.1:19080/passwd"), 3))

    def test_unpublished_port_is_reached_only_by_neighbours_and_the_host(self):
        docker("network", "create", "--subnet", "10.77.5.0/24", "left")
        docker("network", "create", "--subnet", "10.77.6.0/24", "right")
        docker("run", "-d", "--name", "quiet", "--network", "left", "--ip", "10.77.5.9", "busybox", "httpd", "-f", "-h", "/etc")
        self.addCleanup(docker, "network", "rm", "left", "right")
        self.addCleanup(remove, "quiet")
        get = ["sh", "-c", "echo | nc -w 1 10.77.5.9 80"]
        wait_until(lambda: fetch("http://10.77.5.9/passwd"), 5)
        docker("run", "--rm", "--network", "left", "busybox", *get)
        refused("run", "--rm", "--network", "right", "busybox", *get)
        lan = f"{DAEMON.netns}-lan"
        subprocess.run(["ip", "netns", "add", lan], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", lan], check=True)
        DAEMON.inside("ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", f"/run/netns/{lan}")
        DAEMON.inside("sh", "-c", "ip addr add 10.9.0.1/24 dev cable; ip link set cable up")
        subprocess.run(["ip", "netns", "exec", lan, "sh", "-c", "ip addr add 10.9.0.2/24 dev cable; ip link set cable up; "
                        "ip route add default via 10.9.0.1"], check=True)
        curl = ["ip", "netns", "exec", lan, "curl", "-s", "-m", "1", "-o", "/dev/null"]
        self.assertNotEqual(subprocess.run([*curl, "http://10.77.5.9/passwd"]).returncode, 0)
        docker("run", "-d", "--name", "loud", "-p", "19090:80", "busybox", "httpd", "-f", "-h", "/etc")
        self.addCleanup(remove, "loud")
        wait_until(lambda: subprocess.run([*curl, "http://10.9.0.1:19090/passwd"]).returncode == 0, 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
