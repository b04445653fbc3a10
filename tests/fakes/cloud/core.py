"""What all dialects of the fake cloud share: instances that boot real hosts, keys, actions, faults."""

import contextlib
import itertools
import json
import os
import subprocess
import tempfile
import threading
import time

LAB = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "lab")


class Refusal(Exception):
    """An answer that is no success; the dialect writes it in its provider's format."""

    def __init__(self, status, code, message, headers=None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


class NotBooted(Exception):
    """The provider has no place for the server, or broke it."""


class NoHost:
    """Boots nothing."""

    def __init__(self, name):
        self.name = name

    def make(self, keys, user_data, user):
        pass

    def start(self):
        return "127.0.0.1"

    def halt(self):
        pass

    kill = remove = halt


class LabHost:
    """A container of tests/lab that the genuine cloud-init sets up with key and user data."""

    def __init__(self, name):
        self.name = name

    def container(self):
        return f"orchlab-{os.environ.get('ORCHLAB_NAME', 'test')}-{self.name}"

    def make(self, keys, user_data, user):
        """What the provider's data source would tell: users with their keys, then the user's own data."""
        vendor = {"users": [{"name": user, "ssh_authorized_keys": keys, "lock_passwd": True,
                             "sudo": "ALL=(ALL) NOPASSWD:ALL", "shell": "/bin/bash"}],
                  "disable_root": user != "root"}
        if user == "root":
            vendor["users"] = [{"name": "root", "ssh_authorized_keys": keys}]
        with tempfile.TemporaryDirectory() as folder:
            place = os.path.join(folder, "var/lib/cloud/seed/nocloud")
            os.makedirs(place)
            files = {"meta-data": json.dumps({"instance-id": self.name, "local-hostname": self.name}),
                     "vendor-data": "#cloud-config\n" + json.dumps(vendor),
                     "user-data": user_data or "#cloud-config\n{}\n"}
            for name, content in files.items():
                with open(os.path.join(place, name), "w") as file:
                    file.write(content)
            run(LAB + "/hosts", "make", "--files", folder, self.name + ":cloud")

    def start(self):
        self.docker("start", self.container())
        return self.docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                           self.container())

    def halt(self):
        self.docker("stop", "--time", "30", self.container())

    def kill(self):
        self.docker("kill", self.container())

    def remove(self):
        run(LAB + "/hosts", "down", self.name)

    @staticmethod
    def docker(*words):
        return run("docker", *words, env={**os.environ, "DOCKER_HOST": run(LAB + "/engine", "host")})


def run(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, **more).stdout.decode().strip()


class Cloud:
    """One account. Every thing in it is a dictionary with an "id"; dialects add what they show."""

    def __init__(self, boots, delay):
        self.host = LabHost if boots else NoHost
        self.delay = delay
        self.lock = threading.RLock()
        self.numbers = itertools.count(1001)
        self.things = {"instance": {}, "key": {}, "action": {}}
        self.faults = []
        self.calls = []
        self.quota = 20
        self.problems = []

    # --- things

    def add(self, kind, **fields):
        with self.lock:
            fields.setdefault("id", next(self.numbers))
            fields.setdefault("created", time.time())
            self.things.setdefault(kind, {})[fields["id"]] = fields
            return fields

    def all(self, kind, **wanted):
        with self.lock:
            return [thing for thing in self.things.get(kind, {}).values()
                    if all(thing.get(key) == value for key, value in wanted.items())]

    def get(self, kind, identity):
        with self.lock:
            thing = self.things.get(kind, {}).get(identity)
        if thing is None:
            raise Refusal(404, "not_found", f"{kind} {identity} not found")
        return thing

    def drop(self, kind, identity):
        with self.lock:
            self.get(kind, identity)
            del self.things[kind][identity]

    # --- instances: "pending", "running", "stopping", "off", "deleting", "error"

    def launch(self, keys, user_data, user, **fields):
        if len(self.left()["instance"]) >= self.quota:
            raise Refusal(403, "resource_limit_exceeded", "server limit reached")
        instance = self.add("instance", state="pending", address="", **fields)
        instance["host"] = self.host(f"c{instance['number'] if 'number' in instance else instance['id']}")
        failing = self.take_fault("error_state", "")

        def boot():
            if failing:
                raise NotBooted("no valid host was found")
            instance["host"].make(keys, user_data, user)
            instance["address"] = instance["host"].start()
            instance["state"] = "running"

        self.later(instance, boot)
        return instance

    def change(self, instance, through, to, work):
        """Goes through a state to another one while the host does its part."""
        with self.lock:
            instance["state"] = through

        def finish():
            work()
            with self.lock:
                instance["state"] = to

        return self.later(instance, finish)

    def start(self, instance):
        def work():
            instance["address"] = instance["host"].start()
        return self.change(instance, "pending", "running", work)

    def halt(self, instance):
        return self.change(instance, "stopping", "off", instance["host"].halt)

    def kill(self, instance):
        return self.change(instance, "stopping", "off", instance["host"].kill)

    def reboot(self, instance):
        def work():
            instance["host"].halt()
            instance["address"] = instance["host"].start()
        return self.change(instance, "running", "running", work)

    def terminate(self, instance, forget=True):
        """Gone for the API at once or, with forget=False, shown as deleted for a while."""
        def work():
            instance["host"].remove()
            if forget:
                self.things["instance"].pop(instance["id"], None)
        return self.change(instance, "deleting", "gone", work)

    # --- actions

    def later(self, instance, work):
        """Does it after the delay, in an action that can be looked at."""
        action = self.add("action", state="running", instance=instance["id"], error=None)

        def act():
            time.sleep(self.delay)
            with instance.setdefault("busy", threading.Lock()):
                try:
                    work()
                    action["state"] = "done"
                except NotBooted as error:
                    action["state"], action["error"] = "failed", str(error)
                    instance["state"] = "error"
                except subprocess.CalledProcessError as error:
                    action["state"], action["error"] = "failed", error.stderr.decode()[-300:]
                    instance["state"] = "error"
                    self.problems.append(f"{error.cmd}: {action['error']}")

        action["thread"] = threading.Thread(target=act, daemon=True)
        action["thread"].start()
        return action

    def settle(self):
        """Returns when nothing is under way any more."""
        for action in self.all("action"):
            action["thread"].join(120)

    # --- faults

    def fault(self, kind, match, times):
        with self.lock:
            self.faults.append({"kind": kind, "match": match, "times": times})

    def take_fault(self, kind, line):
        with self.lock:
            for fault in self.faults:
                if fault["times"] > 0 and fault["kind"] == kind and fault["match"] in line:
                    fault["times"] -= 1
                    return True
        return False

    # --- what tests look at

    def left(self):
        """What costs money or was made here and not removed."""
        with self.lock:
            return {kind: [str(thing.get("name") or thing["id"]) for thing in things.values()
                           if thing.get("state") != "gone" and not thing.get("given")]
                    for kind, things in self.things.items() if kind != "action"}

    def remove_all(self):
        self.settle()
        for instance in self.all("instance"):
            with contextlib.suppress(subprocess.CalledProcessError):
                instance["host"].remove()
