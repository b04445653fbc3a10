#!/usr/bin/python3
"""A stand-in for the standalone swarm 1.2.9, as far as the project's tests need it and its behaviour is written down.

swarm join registers in etcd:// (v2 keys). swarm manage finds engines by etcd://, nodes:// or file://, speaks mutual TLS with
both sides and serves the Engine API for all of them: lists are merged, a create call is scheduled, the rest goes to the
node of the container. It asks the engines at every call and keeps nothing but the ids of exec calls.
"""

import http.client
import http.server
import json
import os
import queue
import re
import select
import ssl
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import swarm_scheduler as scheduler

KEYS = "docker/swarm/nodes"
VERSION = {"Version": "swarm/1.2.9", "ApiVersion": "1.30", "Os": "linux", "Arch": "amd64"}
SPOKEN = 31  # minor API version of the manager's own calls
UNKNOWN_TO_IT = ("CgroupnsMode", "Annotations")  # members of HostConfig that are younger


def fail(text):
    print(f'level=fatal msg="{text}"', file=sys.stderr, flush=True)
    sys.exit(1)


# ---- Discovery ----


def parse(words):
    """Options until the discovery, which is the last word."""
    options = {}
    while words and words[0].startswith("-"):
        name, equals, value = words.pop(0).lstrip("-").partition("=")
        if not equals and name not in ("tlsverify", "tls", "replication", "experimental"):
            value = words.pop(0)
        options[name] = value
    if len(words) != 1 or not words[0]:
        fail("discovery required to join a cluster. See 'swarm join --help'.")
    scheme, _, rest = words[0].partition("://")
    return options, scheme, rest


def etcd_url(rest, key):
    hosts, _, prefix = rest.partition("/")
    path = "/".join(part for part in (prefix, KEYS, key) if part)
    return f"http://{hosts.split(',')[0]}/v2/keys/{path}"


def join(options, scheme, rest):
    if "advertise" not in options:
        fail("missing mandatory --advertise flag")
    me = options["advertise"]
    while True:
        try:
            if scheme != "etcd":
                raise OSError("not implemented in this discovery service")  # its words: lists take no members
            body = urllib.parse.urlencode({"value": me, "ttl": 180}).encode()
            request = urllib.request.Request(etcd_url(rest, me), body, method="PUT")
            urllib.request.urlopen(request, timeout=5)
            print(f'level=info msg="Registering on the discovery service" addr="{me}"', flush=True)
        except Exception as error:
            print(f'level=error msg="{error}"', file=sys.stderr, flush=True)
            time.sleep(2)
            continue
        time.sleep(60)


def members(scheme, rest):
    if scheme == "nodes":
        return rest.split(",")
    if scheme == "file":
        with open(rest, encoding="utf-8") as lines:
            entries = [line.partition("#")[0].strip() for line in lines]
        return [entry for entry in entries if entry]
    with urllib.request.urlopen(etcd_url(rest, "") + "?recursive=true", timeout=5) as answer:
        return [node["value"] for node in json.load(answer)["node"].get("nodes", [])]


# ---- Engines ----


class Answer(Exception):
    """Ends a request with this status and text."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


class Engine:
    """One node. Its state is asked for when it is needed; what never changes of a container is remembered."""

    def __init__(self, address, context):
        self.address, self.context = address, context
        self.ip = address.rpartition(":")[0]
        self.name, self.status, self.error, self.info = "(unknown)", "Pending", "", {}
        self.version, self.known = "v1.24", {}

    @property
    def healthy(self):
        return self.status == "Healthy"

    def connect(self, timeout=30):
        host, _, port = self.address.rpartition(":")
        return http.client.HTTPSConnection(host, int(port), timeout=timeout, context=self.context)

    def open(self, method, path, body=None, headers=None, timeout=30):
        """A response that is not read yet. `path` begins with its version."""
        connection = self.connect(timeout)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.connection = connection  # lives as long
        return response

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        text = json.dumps(body) if body is not None else None
        with self.open(method, f"/{self.version}{path}", text, headers) as response:
            answer = response.read()
        if response.status >= 400:
            raise Answer(response.status, message_of(answer))
        return json.loads(answer) if answer.strip() else None

    def refresh(self):
        try:
            self.info = self.ask("GET", "/info")
            minor = int(self.ask("GET", "/version")["ApiVersion"].split(".")[1])
            self.version = f"v1.{min(SPOKEN, minor)}"
            self.name, self.status, self.error = self.info["Name"], "Healthy", ""
        except Exception as error:
            self.status = "Unhealthy" if self.info else "Pending"
            self.error = str(error)

    @property
    def labels(self):
        info = self.info
        labels = dict(each.partition("=")[::2] for each in info.get("Labels") or [])
        labels.pop("node", None)
        return labels | {
            "storagedriver": info.get("Driver", ""),
            "kernelversion": info.get("KernelVersion", ""),
            "operatingsystem": info.get("OperatingSystem", ""),
            "ostype": info.get("OSType", ""),
        }

    def containers(self, filters=None):
        query = urllib.parse.urlencode({"all": 1, "filters": json.dumps(filters or {})})
        return self.ask("GET", f"/containers/json?{query}")

    def host_config(self, container):
        if container not in self.known:
            found = self.ask("GET", f"/containers/{container}/json")
            self.known[container] = found["HostConfig"], found["Config"].get("ExposedPorts") or {}
        return self.known[container]

    def image_names(self):
        names = []
        for image in self.ask("GET", "/images/json"):
            tags = [tag for tag in image.get("RepoTags") or [] if tag != "<none>:<none>"]
            names += [image["Id"], *tags, *(tag.rpartition(":")[0] for tag in tags)]
        return names

    def as_node(self):
        """What the scheduler wants to know."""
        containers = []
        for each in self.containers():
            try:
                host, exposed = self.host_config(each["Id"])
            except Answer:
                continue  # it was removed meanwhile
            names = [name for name in each["Names"] if name.count("/") == 1]
            labels = each.get("Labels") or {}
            containers.append({"id": each["Id"], "names": names, "labels": labels, "host": host, "exposed": exposed})
        return {
            "name": self.name,
            "id": self.info.get("ID", ""),
            "labels": self.labels,
            "healthy": self.healthy,
            "cpus": self.info.get("NCPU", 0),
            "memory": self.info.get("MemTotal", 0) * 105 // 100,
            "images": self.image_names(),
            "containers": containers,
            "engine": self,
        }


def message_of(answer):
    try:
        return json.loads(answer)["message"]
    except (ValueError, KeyError, TypeError):
        return answer.decode(errors="replace").strip()


class Cluster:
    def __init__(self, options, scheme, rest, context):
        self.strategy, self.scheme, self.rest, self.context = options["strategy"], scheme, rest, context
        self.engines, self.execs, self.creating = {}, {}, threading.Lock()
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while True:
            try:
                found = members(self.scheme, self.rest)
            except Exception as error:
                print(f'level=error msg="{error}"', file=sys.stderr, flush=True)
                found = list(self.engines)
            for address in found:
                self.engines.setdefault(address, Engine(address, self.context)).refresh()
            for address in set(self.engines) - set(found):
                del self.engines[address]
            time.sleep(1)

    def healthy(self):
        return [each for each in list(self.engines.values()) if each.healthy]

    def on_all(self, work):
        """Does work(engine) on every healthy node at the same time; pairs of engine and result."""
        engines, results = self.healthy(), {}

        def run(engine):
            try:
                results[engine.address] = work(engine)
            except Answer as answer:
                results[engine.address] = answer

        threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [(engine, results.get(engine.address)) for engine in engines]

    def lists(self, work):
        """The same for lists, as pairs of engine and item."""
        return [(engine, item) for engine, items in self.on_all(work) if isinstance(items, list) for item in items]

    def find(self, wanted):
        """Engine and id of a container by id, swarm id, name, node/name or the only id that begins so."""
        begin = []
        for engine, each in self.lists(lambda engine: engine.containers()):
            own = [name[1:] for name in each["Names"] if name.count("/") == 1]
            node_names = [f"{node}/{name}" for node in (engine.name, engine.info.get("ID")) for name in own]
            swarm_id = (each.get("Labels") or {}).get("com.docker.swarm.id")
            if wanted in (each["Id"], each["Id"][:12], swarm_id, *own, *node_names):
                return engine, each["Id"]
            if each["Id"].startswith(wanted):
                begin.append((engine, each["Id"]))
        if len(begin) != 1:
            raise Answer(404, f"No such container: {wanted}")
        return begin[0]

    def pick(self, body, hints):
        nodes = [engine.as_node() for engine in self.healthy()]
        return scheduler.choose(scheduler.Request(body, hints), nodes, self.strategy)["engine"]

    def create(self, name, body, auth):
        with self.creating:
            for _, each in self.lists(lambda engine: engine.containers()):
                if name and f"/{name}" in each["Names"]:
                    raise Answer(
                        409,
                        f"Conflict: The name {name} is already assigned. You have to delete (or rename) that container "
                        f"to be able to assign {name} to a container again.",
                    )
            hints = scheduler.take_hints(body)
            body["Labels"].setdefault("com.docker.swarm.id", f"{time.time_ns():064x}")
            try:
                return self.create_on(self.pick(body, hints), name, body, auth)
            except Answer as answer:
                hard = any(text.startswith("node==") and text[6:7] != "~" for text in hints["constraint"])
                if answer.status != 404 or hard:
                    raise
                hints["affinity"].append(f"image=={body['Image']}")
                return self.create_on(self.pick(body, hints), name, body, auth)

    def create_on(self, engine, name, body, auth):
        body = json.loads(json.dumps(body))
        host = body.setdefault("HostConfig", {})
        for key in UNKNOWN_TO_IT:
            host.pop(key, None)
        host.setdefault("MemorySwappiness", -1)
        cpus = max(engine.info.get("NCPU", 1), 1)
        host["CpuShares"] = -(-(host.get("CpuShares") or 0) * 1024 // cpus)
        path = "/containers/create?" + urllib.parse.urlencode({"name": name} if name else {})
        try:
            return {"Id": engine.ask("POST", path, body)["Id"]}
        except Answer as answer:
            if answer.status != 404:
                raise
        missing = pull(engine, body["Image"], auth)
        if missing:
            raise Answer(404, missing)
        return {"Id": engine.ask("POST", path, body)["Id"]}


def pull(engine, image, auth):
    """Why it failed, or nothing."""
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        name, tag = image, "latest"
    query = urllib.parse.urlencode({"fromImage": name, "tag": tag})
    headers = {"X-Registry-Auth": auth} if auth else {}
    with engine.open("POST", f"/{engine.version}/images/create?{query}", None, headers, timeout=600) as response:
        answer = response.read()
    if response.status >= 400:
        return message_of(answer)
    errors = [line for line in answer.splitlines() if b'"error"' in line]
    return json.loads(errors[0])["error"] if errors else ""


# ---- The API ----


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, *_):
        pass

    # Answers

    def answer(self, status, body, kind="application/json", headers=None):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, value, status=200):
        self.answer(status, json.dumps(value))

    def begin_stream(self, status=200, kind="application/json", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def body(self):
        """The pieces of the request's body."""
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            piece = self.rfile.read(min(left, 1 << 16))
            left -= len(piece)
            yield piece

    def posted(self):
        text = b"".join(self.body())
        return json.loads(text) if text.strip() else {}

    # Relays

    def forward_headers(self):
        kept = ("content-type", "x-registry-auth", "x-registry-config", "accept")
        return {name: value for name, value in self.headers.items() if name.lower() in kept}

    def relay(self, engine, path, with_body=True, remember=False):
        """The same request to the engine; its version prefix goes along unchanged."""
        whole = path + (f"?{self.query_text}" if self.query_text else "")
        connection = engine.connect(None)
        headers = self.forward_headers()
        body = self.body() if with_body else None
        if with_body and self.command in ("POST", "PUT"):
            headers["Transfer-Encoding"] = "chunked"
            connection.request(self.command, whole, body, headers, encode_chunked=True)
        else:
            connection.request(self.command, whole, None, headers)
        response = connection.getresponse()
        if response.status >= 400:
            raise Answer(response.status, message_of(response.read()))
        kept = [(name, value) for name, value in response.getheaders() if name.startswith("X-Docker")]
        kind = response.getheader("Content-Type") or "application/json"
        if response.status in (204, 304) or self.command == "HEAD" or response.getheader("Content-Length"):
            text = response.read()
            if remember:
                self.cluster.execs[json.loads(text)["Id"]] = engine
            self.send_response(response.status)
            for name, value in kept + [("Content-Type", kind), ("Content-Length", str(len(text)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)
            return
        self.begin_stream(response.status, kind, kept)
        while data := response.read1(1 << 16):
            self.chunk(data)
        self.chunk(b"")

    def tunnel(self, engine, path):
        """Request and answer as they are, then bytes in both directions."""
        text = b"".join(self.body())
        connection = engine.connect(None)
        connection.connect()
        there, here = connection.sock, self.connection
        whole = path + (f"?{self.query_text}" if self.query_text else "")
        lines = [f"{self.command} {whole} HTTP/1.1", f"Host: {engine.address}"]
        lines += [f"{name}: {self.headers[name]}" for name in ("Connection", "Upgrade", "Content-Type") if name in self.headers]
        lines += [f"Content-Length: {len(text)}", "", ""]
        there.sendall("\r\n".join(lines).encode() + text)
        self.close_connection = True
        splice(here, there)

    # Requests

    def do_any(self):
        try:
            path, _, self.query_text = self.path.partition("?")
            self.query = {name: values[-1] for name, values in urllib.parse.parse_qs(self.query_text).items()}
            found = re.fullmatch(r"(/v[0-9]+\.[0-9]+)?(/.*)", path)
            self.version, rest = (found[1] or "", found[2]) if found else ("", path)
            for method, pattern, action in ROUTES:
                match = re.fullmatch(pattern, rest)
                if match and method in (self.command, "*"):
                    action(self, *map(urllib.parse.unquote, match.groups()))
                    return
            raise Answer(404, "404 page not found")
        except Answer as answer:
            self.refuse(answer.status, answer.text)
        except scheduler.Refused as refusal:
            self.refuse(500, str(refusal))
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any

    def refuse(self, status, text):
        self.close_connection = True  # the rest of the request may not have been read
        self.answer(status, text.rstrip("\n") + "\n", "text/plain; charset=utf-8", {"Connection": "close"})

    def ping(self):
        self.answer(200, "OK", "text/plain", {"Api-Version": VERSION["ApiVersion"]})

    def info(self):
        engines = sorted(self.cluster.engines.values(), key=lambda each: each.name)
        filters = "health, port, containerslots, dependency, affinity, constraint, whitelist"
        rows = [["Role", "primary"], ["Strategy", self.cluster.strategy], ["Filters", filters], ["Nodes", str(len(engines))]]
        for engine in engines:
            rows += [[" " + engine.name, engine.address], *node_rows(engine)]
        healthy = [engine.info for engine in engines if engine.healthy]
        answer = {key: sum(info.get(key) or 0 for info in healthy) for key in ("Containers", "Images", "NCPU", "MemTotal")}
        answer |= {"SystemStatus": rows, "ServerVersion": VERSION["Version"], "Driver": "", "ID": ""}
        self.say(answer | {"Name": "manager", "Swarm": {"LocalNodeState": "", "ControlAvailable": False}})

    def events(self):
        lines, until = queue.Queue(), float(self.query.get("until") or "inf")

        def listen(engine):
            response = engine.open("GET", f"/{engine.version}/events", timeout=None)
            while line := response.readline():
                lines.put((engine, json.loads(line)))

        for engine in self.cluster.healthy():
            threading.Thread(target=listen, args=(engine,), daemon=True).start()
        self.begin_stream()
        while time.time() < until:
            try:
                engine, event = lines.get(timeout=min(1, max(until - time.time(), 0.01)))
            except queue.Empty:
                if not self.connected():
                    return
                continue
            self.chunk(json.dumps(with_node(event, engine)).encode())  # one object behind the other
        self.chunk(b"")

    def connected(self):
        return not select.select([self.connection], [], [], 0)[0]

    def containers(self):
        filters = json.loads(self.query.get("filters") or "{}")
        asked = {key: as_list(filters[key]) for key in ("id", "label", "status", "exited", "health", "volume") if key in filters}
        rows = []
        for engine, each in self.cluster.lists(lambda engine: engine.containers(asked)):
            own = next((name[1:] for name in each["Names"] if name.count("/") == 1), "")
            if "name" in filters and not any(re.search(text, own) for text in as_list(filters["name"])):
                continue
            if "node" in filters and engine.name not in as_list(filters["node"]):
                continue
            everything = self.query.get("all") in ("1", "true") or asked.get("status")
            if not everything and each["State"] not in ("running", "paused", "restarting"):
                continue
            each["Names"] = [f"/{engine.name}{name}" for name in each["Names"]]
            for port in each["Ports"]:
                if port.get("IP") == "0.0.0.0":
                    port["IP"] = engine.ip
            rows.append(each)
        self.say(sorted(rows, key=lambda each: each["Created"], reverse=True))

    def create(self):
        self.say(self.cluster.create(self.query.get("name"), self.posted(), self.headers.get("X-Registry-Auth")), 201)

    def inspect(self, name):
        engine, container = self.cluster.find(name)
        found = engine.ask("GET", f"/containers/{container}/json")
        for bindings in (found["NetworkSettings"].get("Ports") or {}).values():
            for binding in bindings or []:
                if binding["HostIp"] == "0.0.0.0":
                    binding["HostIp"] = engine.ip
        info = engine.info
        node = {"ID": info["ID"], "IP": engine.ip, "Addr": engine.address, "Name": engine.name}
        self.say(found | {"Node": node | {"Cpus": info["NCPU"], "Memory": info["MemTotal"], "Labels": engine.labels}})

    def remove(self, name):
        try:
            engine, container = self.cluster.find(name)
        except Answer:
            raise Answer(404, f"Container {name} not found") from None
        self.relay(engine, f"{self.version}/containers/{container}")

    def rename(self, name):
        engine, container = self.cluster.find(name)
        wanted = self.query.get("name", "")
        if any(f"/{wanted}" in each["Names"] for _, each in self.cluster.lists(lambda each: each.containers())):
            raise Answer(409, f"Conflict: The name {wanted} is already assigned.")
        self.relay(engine, f"{self.version}/containers/{container}/rename")

    def start(self, name):
        engine, container = self.cluster.find(name)
        list(self.body())  # what it says of the host is lost
        self.relay(engine, f"{self.version}/containers/{container}/start", with_body=False)

    def attach(self, name):
        engine, container = self.cluster.find(name)
        self.tunnel(engine, f"{self.version}/containers/{container}/attach")

    def create_exec(self, name):
        engine, container = self.cluster.find(name)
        self.relay(engine, f"{self.version}/containers/{container}/exec", remember=True)

    def of_container(self, name, verb):
        engine, container = self.cluster.find(name)
        self.relay(engine, f"{self.version}/containers/{container}/{verb}")

    def of_exec(self, name, verb):
        engine = self.cluster.execs.get(name)
        if engine is None:
            raise Answer(404, f"Exec {name} not found")
        path = f"{self.version}/exec/{name}/{verb}"
        if verb != "start":
            self.relay(engine, path)
        elif self.headers.get("Connection", "").lower() != "upgrade":
            raise Answer(500, "without Connection: Upgrade the answer would come twice")
        else:
            self.tunnel(engine, path)

    # Images

    def images(self):
        merged = {}
        wanted = as_list(json.loads(self.query.get("filters") or "{}").get("node") or [])
        for engine, image in self.cluster.lists(lambda engine: engine.ask("GET", "/images/json")):
            if wanted and engine.name not in wanted:
                continue
            known = merged.setdefault(image["Id"], image)
            known["RepoTags"] = sorted({*(known.get("RepoTags") or []), *(image.get("RepoTags") or [])})
        self.say(list(merged.values()))

    def having(self, image):
        found = [engine for engine, names in self.cluster.on_all(lambda each: each.image_names()) if has_image(names, image)]
        if not found:
            raise Answer(404, f"No such image: {image}")
        return found

    def first_image(self, image, verb):
        self.relay(self.having(image)[0], f"{self.version}/images/{urllib.parse.quote(image)}/{verb}")

    def each_image(self, image, verb=""):
        path = f"/images/{urllib.parse.quote(image)}{verb}?{self.query_text}"
        answers = [engine.ask(self.command, path) for engine in self.having(image)]
        self.say(answers[0] or {}, 200 if self.command == "DELETE" else 201)

    def pull(self):
        list(self.body())
        image = self.query["fromImage"]
        if "tag" in self.query and ":" not in image.rpartition("/")[2]:
            image += ":" + self.query["tag"]
        auth = self.headers.get("X-Registry-Auth")
        self.everywhere("Pulling " + image, " : downloaded", lambda engine: pull(engine, image, auth))

    def load(self):
        with tempfile.NamedTemporaryFile() as archive:
            for piece in self.body():
                archive.write(piece)
            archive.flush()

            def work(engine):
                with open(archive.name, "rb") as source:
                    length = os.fstat(source.fileno()).st_size
                    headers = {"Content-Type": "application/x-tar", "Content-Length": str(length)}
                    with engine.open("POST", f"/{engine.version}/images/load", source, headers, timeout=600) as response:
                        text = response.read()
                return message_of(text) if response.status >= 400 or b'"error"' in text else ""

            self.everywhere("Loading Image", " : loaded", work)

    def everywhere(self, doing, done, work):
        """Progress by node; the status is 200 whatever comes."""
        self.begin_stream()
        for engine in self.cluster.healthy():
            self.line({"id": engine.name, "status": doing + "..."})
        errors = []
        for engine, failure in self.cluster.on_all(work):
            text = failure.text if isinstance(failure, Answer) else failure
            if text:
                errors.append(f"{engine.name}: {text}")
            else:
                self.line({"id": engine.name, "status": doing + "..." + done})
        if errors:
            self.line({"error": "; ".join(errors), "errorDetail": {"message": "; ".join(errors)}})
        self.chunk(b"")

    def line(self, value):
        self.chunk(json.dumps(value).encode() + b"\n")

    def build(self):
        arguments = json.loads(self.query.get("buildargs") or "{}")
        body = {"Env": [f"{name}={value}" for name, value in arguments.items()]}
        engine = self.cluster.pick(body, scheduler.take_hints(body))
        self.relay(engine, f"{self.version}/build")

    # Networks and volumes

    def networks(self):
        rows, global_ids = [], set()
        for engine, each in self.cluster.lists(lambda engine: engine.ask("GET", "/networks")):
            if each["Scope"] == "local":
                each["Name"] = f"{engine.name}/{each['Name']}"
            elif each["Id"] in global_ids:
                continue
            global_ids.add(each["Id"])
            rows.append(each)
        self.say(rows)

    def of_network(self, name, verb=""):
        node, slash, plain = name.rpartition("/")
        for engine, each in self.cluster.lists(lambda engine: engine.ask("GET", "/networks")):
            if (not slash or node == engine.name) and (each["Id"] == plain or (slash or each["Scope"] != "local") and each["Name"] == plain):
                self.relay(engine, f"{self.version}/networks/{each['Id']}{verb}")
                return
        raise Answer(404, f"No such network: {name}")

    def volume_list(self):
        found = self.cluster.lists(lambda engine: engine.ask("GET", "/volumes")["Volumes"] or [])
        self.say({"Volumes": [each | {"Name": f"{engine.name}/{each['Name']}"} for engine, each in found], "Warnings": []})

    def volume_holders(self, name):
        node, slash, plain = name.rpartition("/")
        found = self.cluster.lists(lambda engine: engine.ask("GET", "/volumes")["Volumes"] or [])
        return [(engine, each) for engine, each in found if each["Name"] == plain and (not slash or engine.name == node)]

    def volume(self, name):
        found = self.volume_holders(name)
        if self.command == "DELETE" and found:
            for engine, each in found:
                engine.ask("DELETE", f"/volumes/{each['Name']}")
            self.answer(204, b"")
        elif self.command == "GET" and len(found) == 1:
            engine, each = found[0]
            self.say(each | {"Name": f"{engine.name}/{each['Name']}"})
        else:
            raise Answer(404, f"No such volume: {name}")


ROUTES = (
    ("GET", r"/_ping", Handler.ping),
    ("GET", r"/version", lambda self: self.say(VERSION)),
    ("GET", r"/info", Handler.info),
    ("GET", r"/events", Handler.events),
    ("GET", r"/containers/(?:json|ps)", Handler.containers),
    ("POST", r"/containers/create", Handler.create),
    ("GET", r"/containers/(.+)/json", Handler.inspect),
    ("POST", r"/containers/(.+)/rename", Handler.rename),
    ("POST", r"/containers/(.+)/start", Handler.start),
    ("POST", r"/containers/(.+)/attach", Handler.attach),
    ("POST", r"/containers/(.+)/exec", Handler.create_exec),
    ("*", r"/containers/(.+)/(top|logs|stats|archive|export|stop|restart|kill|pause|unpause|wait|resize|update|changes)", Handler.of_container),
    ("DELETE", r"/containers/(.+)", Handler.remove),
    ("*", r"/exec/([^/]+)/(start|resize|json)", Handler.of_exec),
    ("GET", r"/images/json", Handler.images),
    ("POST", r"/images/create", Handler.pull),
    ("POST", r"/images/load", Handler.load),
    ("*", r"/images/(.+)/(json|history|get|push)", Handler.first_image),
    ("POST", r"/images/(.+)(/tag)", Handler.each_image),
    ("DELETE", r"/images/(.+)", Handler.each_image),
    ("POST", r"/build", Handler.build),
    ("GET", r"/networks", Handler.networks),
    ("POST", r"/networks/([^/]+)(/(?:dis)?connect)", Handler.of_network),
    ("*", r"/networks/(.+)", Handler.of_network),
    ("GET", r"/volumes", Handler.volume_list),
    ("*", r"/volumes/(.+)", Handler.volume),
)


def as_list(value):
    """Filters come as lists or, from old clients, as objects."""
    return [each for each in value if not isinstance(value, dict) or value[each]]


def has_image(names, image):
    tagged = ":" in image.rpartition("/")[2]
    digits = image.removeprefix("sha256:")
    return image in names if tagged and not image.startswith("sha256:") else (
        f"{image}:latest" in names or any(name.startswith("sha256:" + digits) for name in names)
    )


def node_rows(engine):
    info, rows = engine.info, []
    rows.append(["  └ ID", f"{info.get('ID', '')}|{engine.address}"])
    rows.append(["  └ Status", engine.status])
    if engine.healthy:
        node = engine.as_node()
        cpus, memory = scheduler.used(node)
        states = [info.get("Containers" + state, 0) for state in ("Running", "Paused", "Stopped")]
        rows.append(["  └ Containers", "{} ({} Running, {} Paused, {} Stopped)".format(sum(states), *states)])
        rows.append(["  └ Reserved CPUs", f"{cpus} / {node['cpus']}"])
        rows.append(["  └ Reserved Memory", f"{size(memory)} / {size(node['memory'])}"])
        rows.append(["  └ Labels", ", ".join(f"{name}={value}" for name, value in sorted(engine.labels.items()))])
    if engine.error:
        rows.append(["  └ Error", engine.error])
    rows.append(["  └ UpdatedAt", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())])
    return rows + [["  └ ServerVersion", info.get("ServerVersion", "")]]


def size(number):
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            return f"{number:.4g} {unit}"
        number /= 1024


def with_node(event, engine):
    node = {"Name": engine.name, "Id": engine.info["ID"], "Addr": engine.address, "Ip": engine.ip}
    event["node"], event["from"] = node, f"{event.get('from', '')} node:{engine.name}"
    attributes = event.setdefault("Actor", {}).setdefault("Attributes", {})
    attributes |= {f"node.{name.lower()}": value for name, value in node.items()}
    return event


def splice(here, there):
    """Bytes in both directions until the far end has no more."""
    open_here = True
    while True:
        waiting = [sock for sock in (here, there) if sock.pending()]
        watched = [here, there] if open_here else [there]
        for sock in waiting or select.select(watched, [], [])[0]:
            data = sock.recv(1 << 16)
            if sock is there:
                if not data:
                    return
                here.sendall(data)
            elif data:
                there.sendall(data)
            else:
                open_here = False
                end_sending(there)


def end_sending(sock):
    """Only our half: the rest of what it says is still wanted."""
    sock.setblocking(False)
    try:
        sock.unwrap()
    except (ssl.SSLError, OSError):
        pass  # its end comes later
    sock.setblocking(True)


def manage(options, scheme, rest):
    if scheme not in ("etcd", "nodes", "file"):
        fail("discovery service not supported")
    if options["strategy"] not in ("spread", "binpack", "binpacking", "random"):
        fail("strategy not supported")
    files = options["tlscert"], options["tlskey"]
    client = ssl.create_default_context(cafile=options["tlscacert"])
    client.load_cert_chain(*files)
    Handler.cluster = Cluster(options, scheme, rest, client)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=options["tlscacert"])
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(*files)
    address, _, port = options["H"].partition("://")[2].rpartition(":")

    class Listener(http.server.ThreadingHTTPServer):
        def finish_request(self, request, client_address):  # in the thread of the connection
            with server.wrap_socket(request, server_side=True) as wrapped:
                Handler(wrapped, client_address, self)

    Listener((address, int(port)), Handler).serve_forever()


words = sys.argv[1:]
if words and words[0] == "--experimental":
    words.pop(0)
verbs = {"join": join, "manage": manage}
if not words or words[0] not in verbs:
    fail("swarm join|manage OPTION... DISCOVERY")
verbs[words[0]](*parse(words[1:]))
