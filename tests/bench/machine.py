#!/usr/bin/env python3
"""Times whole `orch machine` commands on a real host of the lab and prints medians and peak memory.

tests/bench/machine.py [ORCH]    default: build/default/orch; wants root, as the lab does, and GNU time (package time)

Where the older tool can be run beside it, set DOCKER_MACHINE to its path: each row then has its figures too, taken in turn, and
the ratio. `ssh` is measured against the system's ssh to the same host, `ls` of a hundred machines against one that asks none.
"""
import os
import shutil
import statistics
import tempfile

from bench import ORCH, lab, once, peak

OLD = os.environ.get("DOCKER_MACHINE")


def row(name, argv, runs=11, beside=None, beside_name="", before=None):
    """Prints one row; with `beside` both commands run in turn."""
    mine, others = [], []
    for i in range(runs + 1):  # the first is not counted
        if before:
            before()
        seconds = once(argv)
        if i:
            mine.append(seconds)
        if beside:
            seconds = once(beside)
            if i:
                others.append(seconds)
    if before:
        before()
    line = f"{name:<44}{statistics.median(mine) * 1000:>9.1f} ms{peak(argv) / 1024:>8.1f} MiB"
    if others:
        line += f"   {beside_name} {statistics.median(others) * 1000:.1f} ms, ratio {statistics.median(mine) / statistics.median(others):.2f}"
    print(line, flush=True)


def main():
    store = tempfile.mkdtemp(prefix="orch-bench.")
    os.environ["MACHINE_STORAGE_PATH"] = store
    os.environ["HOME"] = store
    for name in ("DOCKER_HOST", "DOCKER_MACHINE_NAME", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"):
        os.environ.pop(name, None)
    machine = [ORCH, "machine"]
    try:
        lab("hosts", "up", "b1:engine", "b2:engine", "b3:engine", "b4:engine")
        key = lab("hosts", "key").strip()
        ips = [lab("hosts", "ip", f"b{i}").strip() for i in range(1, 5)]

        def create(*numbers):
            return machine + ["create", "-d", "generic", "--generic-ip-address", ",".join(ips[i - 1] for i in numbers),
                              "--generic-ssh-key", key, *(f"b{i}" for i in numbers)]

        def forget(*numbers):
            for i in numbers:
                lab("hosts", "exec", f"b{i}", "rm", "-rf", "/etc/docker", "/etc/systemd/system/docker.service.d")
                shutil.rmtree(f"{store}/machines/b{i}", ignore_errors=True)

        print(f"{'command':<44}{'median':>12}{'peak':>12}")
        row("orch --version", [ORCH, "--version"])
        row("create -d generic, engine installed", create(1), 3, before=lambda: forget(1))
        row("the same, 4 machines at once", create(1, 2, 3, 4), 3, before=lambda: forget(1, 2, 3, 4))
        row("provision, nothing to do", machine + ["provision", "b1"], 5)
        for verb in ("ip", "url", "inspect", "status", "env", "config"):
            row(verb, machine + [verb, "b1"], beside=[OLD, verb, "b1"] if OLD else None, beside_name="docker-machine")
        row("ssh b1 true", machine + ["ssh", "b1", "true"],
            beside=["ssh", "-F", "/dev/null", "-i", f"{store}/machines/b1/id_ed25519", "-o", "IdentitiesOnly=yes",
                    "-o", f"UserKnownHostsFile={store}/machines/b1/known_hosts", f"root@{ips[0]}", "true"],
            beside_name="plain ssh")
        for i in range(96):
            shutil.copytree(f"{store}/machines/b1", f"{store}/machines/copy-{i}")
        row("ls -q, 100 machines", machine + ["ls", "-q"], beside=[OLD, "ls", "-q"] if OLD else None,
            beside_name="docker-machine")
        row("ls, 100 machines, all engines answer", machine + ["ls"], 5, beside=[OLD, "ls"] if OLD else None,
            beside_name="docker-machine")
    finally:
        lab("hosts", "down")
        shutil.rmtree(store)


main()
