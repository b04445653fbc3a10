#!/usr/bin/env python3
"""Runs version 1 files through docker-compose 1.29.2 and through orch on one engine, and compares
what `docker inspect` says of their containers, field by field.

usage: compose_differential.py FILES DIFFERENCES ORCH SCRATCH

DIFFERENCES is JSON: a list of {"path": REGEX, "files": REGEX, "why": TEXT}. A difference in a path
that no entry matches fails, and so does an entry that nothing matched.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

RANDOM_PORT = re.compile(r"^(3[2-9]\d{3}|[4-6]\d{4})$")
HEX64 = re.compile(r"\b[0-9a-f]{64}\b")
ADDRESS = re.compile(r"\b172\.\d+\.\d+\.\d+\b|\b10\.213\.\d+\.\d+\b")

# Of one run of one container: nothing that a tool decides.
RUNTIME = {
    "Id", "Created", "State", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "GraphDriver",
    "SandboxID", "SandboxKey", "EndpointID", "Gateway", "IPAddress", "MacAddress", "NetworkID",
    "GlobalIPv6Address", "IPv6Gateway", "GlobalIPv6PrefixLen", "IPPrefixLen",
}


def run(argv, **options):
    return subprocess.run(argv, capture_output=True, text=True, **options)


def docker(*words):
    return run(["docker", *words]).stdout


class Side:
    """One tool's containers of one project, by name."""

    def __init__(self, project):
        ids = docker("ps", "-aq", "--no-trunc", "--filter",
                     f"label=com.docker.compose.project={project}").split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        self.names = {one["Id"]: one["Name"].lstrip("/") for one in found}
        self.containers = {self.names[one["Id"]]: self.plain(one) for one in found}

    def plain(self, value, key=""):
        if isinstance(value, dict):
            return {k: self.plain(v, k) for k, v in value.items()
                    if k not in RUNTIME or (k == "MacAddress" and key == "Config")}
        if isinstance(value, list):
            items = [self.plain(item, key) for item in value]
            if key in ("Env", "Mounts", "Binds", "Links", "VolumesFrom", "ExtraHosts", "Ulimits"):
                items.sort(key=json.dumps)  # their order means nothing
            return items
        if isinstance(value, str):
            return self.plain_text(value, key)
        return value

    def plain_text(self, text, key):
        if key == "HostPort" and RANDOM_PORT.match(text):
            return "RANDOM"
        for identity, name in self.names.items():
            text = text.replace(identity, f"<{name}>")
            if key == "Hostname" and identity.startswith(text) and text:
                return "<short id>"
        text = HEX64.sub("<id>", text)
        return ADDRESS.sub("<address>", text)


def differences(path, a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from differences(f"{path}.{key}", a.get(key), b.get(key))
    elif isinstance(a, list) and isinstance(b, list) and path.endswith(".Env"):
        for item in sorted(set(map(str, a)) ^ set(map(str, b))):
            yield f"{path}[{item.split('=')[0]}]", item if item in a else None, item if item in b else None
    elif a != b:
        yield path, a, b


class Case:
    def __init__(self, source, orch, scratch):
        self.orch = orch
        self.name = re.sub(r"\.yml$", "", os.path.basename(source))
        self.project = "orchdiff" + self.name.split("_")[0]
        self.folder = os.path.join(scratch, self.name)
        shutil.copytree(os.path.join(os.path.dirname(source), "files"), self.folder)
        if os.path.isdir(source):
            shutil.copytree(source, self.folder, dirs_exist_ok=True)
        else:
            shutil.copy(source, os.path.join(self.folder, "docker-compose.yml"))

    def clean(self):
        ids = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}").split()
        if ids:
            docker("rm", "-fv", *ids)

    def up(self, argv):
        """What the tool made, or None and what it said."""
        self.clean()
        ended = run([*argv, "-p", self.project, "up", "-d"], cwd=self.folder)
        side = Side(self.project) if ended.returncode == 0 else None
        self.clean()
        return side, ended.stdout + ended.stderr

    def compare(self):
        theirs, said = self.up(["docker-compose"])
        if theirs is None:
            return [("(docker-compose fails)", said, None)]
        ours, said = self.up([self.orch, "compose"])
        if ours is None:
            return [("(orch fails)", None, said)]
        if not theirs.containers:
            return [("(no containers)", None, None)]
        return list(differences("", theirs.containers, ours.containers))


def main(files, allowed_file, orch, scratch):
    with open(allowed_file, encoding="utf-8") as stream:
        allowed = json.load(stream)
    used = set()
    bad = 0
    names = sorted(n for n in os.listdir(files) if re.match(r"\d\d_", n))
    cases = [Case(os.path.join(files, n), orch, scratch) for n in names]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for case, found in zip(cases, pool.map(Case.compare, cases)):
            for path, theirs, ours in found:
                fits = [i for i, entry in enumerate(allowed)
                        if re.search(entry["path"], path) and re.search(entry.get("files", ""), case.name)]
                used.update(fits)
                if not fits:
                    bad += 1
                    print(f"{case.name}: {path}\n    docker-compose: {theirs!r}\n    orch:           {ours!r}")
    for i, entry in enumerate(allowed):
        if i not in used:
            bad += 1
            print(f"nothing differs in {entry['path']!r} any more: take the entry out")
    print(f"{len(cases)} files compared, {len(allowed)} kinds of differences, {bad} unexpected")
    return 1 if bad or len(cases) < 40 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
