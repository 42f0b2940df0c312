"""Archives made by hand: layers and images in which anything may be wrong."""
import hashlib
import io
import json
import tarfile

FILE, HARD, LINK, CHAR, DIRECTORY = b"0", b"1", b"2", b"3", b"5"


def layer(*entries):
    """A tar of (name, type, content or link target[, attributes of tarfile.TarInfo])."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, value, *more in entries:
            info = tarfile.TarInfo(name)
            info.type = kind
            for key, attribute in (more[0] if more else {}).items():
                setattr(info, key, attribute)
            if kind in (HARD, LINK):
                info.linkname = value
                tar.addfile(info)
            else:
                data = value if isinstance(value, bytes) else value.encode()
                info.size = len(data) if kind == FILE else 0
                tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def pax(name, **records):
    """A file whose PAX header says `records`; dots for double underscores."""
    return (name, FILE, "x", {"pax_headers": {key.replace("__", "."): value for key, value in records.items()}})


def files(*members):
    """A tar of (name, content); a tuple as content is a symbolic link's target."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                info.type, info.linkname = LINK, content[0]
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image(*layers, names=("hostile:latest",), diffs=None, paths=None, config=None, config_path=None, members=(),
          manifest=None):
    """A docker-archive. `layers`: tars, compressed ones with their own `diffs`; the rest overrides what is right."""
    document = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["true"]}, "history": [],
                           **(config or {}), "rootfs": {"type": "layers", "diff_ids": [
                               digest(one) for one in layers] if diffs is None else diffs}}).encode()
    if config_path is None:
        config_path = f"{hashlib.sha256(document).hexdigest()}.json"
        members = ((config_path, document), *members)
    if manifest is None:
        manifest = json.dumps([{"Config": config_path, "RepoTags": list(names), "Layers": paths if paths is not None
                                else [f"{i}.tar" for i in range(len(layers))]}]).encode()
    return files(("manifest.json", manifest), *((f"{i}.tar", one) for i, one in enumerate(layers)), *members)
