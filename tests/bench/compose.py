#!/usr/bin/env python3
"""Times whole `orch compose` commands on the lab's engine, in turn with Debian's docker-compose 1.29.2 and
with the bare API calls that do the same, and prints medians, ratios and peak memory.

tests/bench/compose.py [ORCH [ROUNDS]]    default: build/default/orch, 5; wants root, as the lab does, and GNU time

The bare calls are made by this program, eight at a time (measured: the best of an engine), its own start not counted.
"""
import concurrent.futures
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from bench import ORCH, lab, once, peak

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
COUNT = 50
LINES = 100_000
COMMAND = ["sh", "-c", "trap exit TERM; sleep 1000 & wait"]


class Raw:
    """The engine's API without anything around it."""

    def __init__(self, path):
        self.path = path
        self.idle = []

    def call(self, method, target, body=None):
        connection = self.idle.pop() if self.idle else http.client.HTTPConnection("engine")
        if connection.sock is None:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.path)
        connection.request(method, "/v1.41" + target, body and json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        self.idle.append(connection)
        if answer.status >= 400:
            sys.exit(f"{method} {target}: {answer.status} {text}")
        return text

    def all(self, method, targets, bodies=None):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda pair: self.call(method, *pair), zip(targets, bodies or [None] * len(targets))))

    def up(self):
        def body(links):
            return {"Image": "busybox", "Cmd": COMMAND, "HostConfig": {"Links": links}}

        self.call("POST", "/containers/create?name=raw_0", body([]))
        self.call("POST", "/containers/raw_0/start")
        names = [f"raw_{i}" for i in range(1, COUNT)]

        def one(name):
            self.call("POST", f"/containers/create?name={name}", body(["raw_0:s0"]))
            self.call("POST", f"/containers/{name}/start")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(one, names))

    def stop(self):
        self.all("POST", [f"/containers/raw_{i}/stop" for i in range(1, COUNT)])
        self.call("POST", "/containers/raw_0/stop")

    def remove(self):
        self.all("DELETE", [f"/containers/raw_{i}" for i in range(COUNT)])


def timed(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def write(folder, name, services):
    os.makedirs(f"{folder}/{name}", exist_ok=True)
    with open(f"{folder}/{name}/docker-compose.yml", "w", encoding="utf-8") as stream:
        json.dump(services, stream)
    return f"{folder}/{name}/docker-compose.yml"


class Table:
    def __init__(self):
        self.seconds = {}
        print(f"{'command':<34}{'orch':>10}{'peak':>11}{'docker-compose':>17}{'faster':>8}{'raw API':>10}{'ratio':>7}")

    def add(self, name, who, seconds):
        self.seconds.setdefault(name, {}).setdefault(who, []).append(seconds)

    def show(self, name, argv):
        medians = {who: statistics.median(values) for who, values in self.seconds[name].items()}
        mine = medians["orch"]
        line = f"{name:<34}{mine * 1000:>7.0f} ms{peak(argv) / 1024:>7.1f} MiB"
        line += f"{medians['old'] * 1000:>14.0f} ms{medians['old'] / mine:>7.1f}x"
        if "raw" in medians:
            line += f"{medians['raw'] * 1000:>7.0f} ms{mine / medians['raw']:>7.2f}"
        print(line, flush=True)


def compare(table, name, orch, old, raw=None):
    table.add(name, "orch", once(orch))
    table.add(name, "old", once(old))
    if raw:
        table.add(name, "raw", timed(raw))


def cycle(table, raw, orch, old):
    compare(table, "up -d, 50 linked containers", [*orch, "up", "-d"], [*old, "up", "-d"], raw.up)
    compare(table, "up -d, nothing to do", [*orch, "up", "-d"], [*old, "up", "-d"])
    compare(table, "ps, 50 containers", [*orch, "ps"], [*old, "ps"])
    compare(table, "stop, 50 containers", [*orch, "stop"], [*old, "stop"], raw.stop)
    compare(table, "rm -f, 50 containers", [*orch, "rm", "-f"], [*old, "rm", "-f"], raw.remove)


def main():
    host = lab("engine", "up").strip()
    os.environ["DOCKER_HOST"] = host
    subprocess.run([os.path.join(os.path.dirname(__file__), "../lab/images"), "load", "busybox"], check=True)
    folder = tempfile.mkdtemp(prefix="orch-bench.")
    os.environ["HOME"] = folder
    raw = Raw(host.removeprefix("unix://"))

    def tools(name, services):
        file = write(folder, name, services)
        return [ORCH, "compose", "-f", file, "-p", f"bo{name}"], ["docker-compose", "-f", file, "-p", f"bd{name}"]

    fifty = {f"s{i}": {"image": "busybox", "command": COMMAND, **({"links": ["s0"]} if i else {})} for i in range(COUNT)}
    orch, old = tools("fifty", fifty)
    big, big_old = tools("big", {f"s{i}": {"image": "busybox", "environment": {"A": str(i)}, "ports": [f"{8000 + i}:80"],
                                           **({"links": [f"s{i - 1}"]} if i % 10 else {})} for i in range(200)})
    talk, talk_old = tools("talk", {"s": {"image": "busybox", "command": ["sh", "-c", f"yes 'a line like many that are read here' | head -n {LINES}"]}})
    container = "botalk_s_1"
    table = Table()
    try:
        for _ in range(ROUNDS):
            compare(table, "version", [ORCH, "compose", "version"], ["docker-compose", "version"])
            compare(table, "config -q, 200 services", [*big, "config", "-q"], [*big_old, "config", "-q"])
        table.show("version", [ORCH, "compose", "version"])
        table.show("config -q, 200 services", [*big, "config", "-q"])
        for _ in range(ROUNDS):
            cycle(table, raw, orch, old)
        table.show("up -d, 50 linked containers", [*orch, "up", "-d"])
        table.show("up -d, nothing to do", [*orch, "up", "-d"])
        table.show("ps, 50 containers", [*orch, "ps"])
        table.show("stop, 50 containers", [*orch, "stop"])
        table.show("rm -f, 50 containers", [*orch, "rm", "-f"])
        once([*talk, "up", "-d"])
        once([*talk_old, "up", "-d"])
        time.sleep(5)
        fetch = ["curl", "-sf", "--unix-socket", raw.path, "-o", "/dev/null",
                 f"http://engine/v1.41/containers/{container}/logs?stdout=1&stderr=1"]
        for _ in range(ROUNDS):
            compare(table, "logs, 100 000 lines", [*talk, "logs"], [*talk_old, "logs"], lambda: once(fetch))
        table.show("logs, 100 000 lines", [*talk, "logs"])
    finally:
        for command in (orch, old, talk, talk_old):
            subprocess.run([*command, "down", "-t", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        subprocess.run("docker ps -aq --filter name=^/raw_ | xargs -r docker rm -f", shell=True, stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(folder)


main()
