"""Registries for a test, inside the network namespace of its daemon: Debian's docker-registry, a token server, and a
front that holds back what passes through it."""
import base64
import contextlib
import ctypes
import http.client
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse

from engine import wait_until

CLONE_NEWNET = 0x40000000


def installed():
    return shutil.which("docker-registry") is not None


def enter_netns(name):
    """Of this thread only."""
    fd = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(fd)


def inside_netns(name, act):
    """What `act` returns when a thread inside the namespace runs it."""
    result = []

    def run():
        enter_netns(name)
        result.append(act())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def make_certificate(folder, *names):
    """A private authority (ca.crt) and a server's certificate by it (server.crt, server.key)."""
    folder.mkdir(parents=True, exist_ok=True)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority", "-keyout",
        folder / "ca.key", "-out", folder / "ca.crt")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry", "-keyout", folder / "server.key", "-out",
        folder / "server.csr")
    (folder / "names").write_text("subjectAltName=" + ",".join(names) + "\n")
    run("openssl", "x509", "-req", "-days", "2", "-in", folder / "server.csr", "-CA", folder / "ca.crt", "-CAkey",
        folder / "ca.key", "-CAcreateserial", "-extfile", folder / "names", "-out", folder / "server.crt")


class Registry:
    """docker-registry at `address` inside the daemon's namespace."""

    def __init__(self, daemon, address="127.0.0.1:5000", tls=None, users=None, tokens=None, data=None):
        self.daemon = daemon
        self.address = address
        self.dir = daemon.dir / f"registry-{address.replace(':', '-')}"
        self.dir.mkdir()
        self.data = data or self.dir / "data"
        http_part = {"addr": address, "secret": "of a test"}
        if tls:
            http_part["tls"] = {"certificate": str(tls / "server.crt"), "key": str(tls / "server.key")}
        config = {"version": "0.1", "http": http_part, "log": {"level": "warn"},
                  "storage": {"filesystem": {"rootdirectory": str(self.data)}, "delete": {"enabled": True}}}
        if users:
            made = subprocess.run(["htpasswd", "-Bbn", *users], check=True, capture_output=True).stdout
            (self.dir / "users").write_bytes(made)
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(self.dir / "users")}}
        if tokens:
            config["auth"] = {"token": {"realm": tokens.url, "service": tokens.SERVICE, "issuer": tokens.ISSUER,
                                        "rootcertbundle": str(tokens.certificate)}}
        (self.dir / "config.yml").write_text(json.dumps(config))  # JSON is YAML
        with open(self.dir / "log", "wb") as log:
            self.process = subprocess.Popen(["nsenter", f"--net=/run/netns/{daemon.netns}", "docker-registry", "serve",
                                             str(self.dir / "config.yml")], stdout=log, stderr=log)
        wait_until(self.listens, 15, "the registry's port")

    def listens(self):
        assert self.process.poll() is None, (self.dir / "log").read_text()[-2000:]

        def connect():
            host, port = self.address.rsplit(":", 1)
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
                return True
            return False

        return inside_netns(self.daemon.netns, connect)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class Server:
    """An HTTP server of the test's own inside the namespace; answer(handler) is called for each request."""

    def __init__(self, daemon, port):
        self.netns = daemon.netns
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_any(self):
                enter_netns(outer.netns)
                with contextlib.suppress(OSError):
                    outer.answer(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_any

        listening = inside_netns(self.netns, lambda: socket.create_server(("127.0.0.1", port)))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = listening
        self.server.server_address = ("127.0.0.1", port)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a daemon that is killed hangs up
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Tokens(Server):
    """A token server for the one user "someone": https://distribution.github.io/distribution/spec/auth/token/"""
    SERVICE = "test registry"
    ISSUER = "test issuer"
    PASSWORD = "a:password"

    def __init__(self, daemon, port=5001):
        self.url = f"http://127.0.0.1:{port}/token"
        self.dir = daemon.dir / "tokens"
        self.dir.mkdir()
        self.certificate = self.dir / "tokens.crt"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tokens", "-keyout",
            self.dir / "tokens.key", "-out", self.certificate)
        self.asked = []
        super().__init__(daemon, port)

    def answer(self, handler):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
        if handler.command == "POST":
            body = handler.rfile.read(int(handler.headers["Content-Length"]))
            query = urllib.parse.parse_qs(body.decode())
        given = handler.headers.get("Authorization", "")
        wanted = "Basic " + base64.b64encode(f"someone:{self.PASSWORD}".encode()).decode()
        known = given == wanted or query.get("refresh_token") == ["identity"]
        self.asked.append((handler.command, query))
        status, answer = 200, {"token": self.sign(query, known), "expires_in": 300}
        if given and not known:
            status, answer = 401, {"details": "incorrect username or password"}
        if known and "offline_token" in query:
            answer["refresh_token"] = "identity"
        body = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def sign(self, query, known):
        access = []
        for scope in " ".join(query.get("scope", [])).split():
            kind, name, actions = scope.rsplit(":", 2)
            if known or name.split(":")[-1] == "public":
                allowed = actions.split(",") if known else ["pull"]
                access.append({"type": kind, "name": name, "actions": allowed})

        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        now = int(time.time())
        der = subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "der"], check=True,
                             capture_output=True).stdout
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        claims = {"iss": self.ISSUER, "sub": "someone", "aud": self.SERVICE, "exp": now + 300, "nbf": now - 10, "iat": now,
                  "jti": str(now), "access": access}
        text = part(json.dumps(header).encode()) + b"." + part(json.dumps(claims).encode())
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.dir / "tokens.key"], input=text, check=True,
                                   capture_output=True).stdout
        return (text + b"." + part(signature)).decode()


class Front(Server):
    """Passes GET and HEAD on to another registry. While `held` is set, a blob stops after `limit` bytes."""

    def __init__(self, daemon, upstream, port=5002, limit=1 << 20):
        self.upstream = upstream
        self.limit = limit
        self.held = threading.Event()
        self.requests = []
        self.sent = 0
        super().__init__(daemon, port)
        self.address = f"127.0.0.1:{port}"

    def answer(self, handler):
        self.requests.append((handler.command, handler.path, handler.headers.get("Range")))
        headers = {name: value for name, value in handler.headers.items() if name in ("Accept", "Range")}
        connection = http.client.HTTPConnection(self.upstream, timeout=20)
        connection.request(handler.command, handler.path, headers=headers)
        answer = connection.getresponse()
        handler.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Date", "Server"):
                handler.send_header(name, value)
        handler.end_headers()
        with contextlib.closing(connection):
            self.pass_on(handler, answer)

    def pass_on(self, handler, answer):
        passed = 0
        while handler.command == "GET" and (piece := answer.read(65536)):
            handler.wfile.write(piece)
            passed += len(piece)
            if "/blobs/" in handler.path:
                self.sent += len(piece)
            while passed >= self.limit and "/blobs/" in handler.path and self.held.is_set():
                time.sleep(0.02)
