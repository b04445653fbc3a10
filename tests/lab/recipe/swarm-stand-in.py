#!/usr/bin/python3
"""swarm join|manage, as far as making and watching a cluster goes: etcd:// (v2 keys) and nodes://."""

import http.server
import json
import ssl
import sys
import threading
import time
import urllib.parse
import urllib.request

KEYS = "docker/swarm/nodes"


def fail(text):
    print(f'level=fatal msg="{text}"', file=sys.stderr, flush=True)
    sys.exit(1)


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
                raise NotImplementedError("not implemented in this discovery service")
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
    with urllib.request.urlopen(etcd_url(rest, "") + "?recursive=true", timeout=5) as answer:
        return [node["value"] for node in json.load(answer)["node"].get("nodes", [])]


def watch(scheme, rest, context, engines):
    while True:
        try:
            found = members(scheme, rest)
        except Exception as error:
            print(f'level=error msg="{error}"', file=sys.stderr, flush=True)
            found = list(engines)
        for address in found:
            try:
                with urllib.request.urlopen(f"https://{address}/v1.24/info", timeout=5, context=context) as answer:
                    info = json.load(answer)
                engines[address] = (info["Name"], "Healthy", "")
            except Exception as error:
                engines[address] = ("(unknown)", "Pending", str(error))
        for address in set(engines) - set(found):
            del engines[address]
        time.sleep(1)


def manage(options, scheme, rest):
    if scheme not in ("etcd", "nodes"):
        fail("discovery service not supported")
    if options["strategy"] not in ("spread", "binpack", "binpacking", "random"):
        fail("strategy not supported")
    files = options["tlscert"], options["tlskey"]
    client = ssl.create_default_context(cafile=options["tlscacert"])
    client.load_cert_chain(*files)
    engines = {}
    threading.Thread(target=watch, args=(scheme, rest, client, engines), daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, text):
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            path = self.path.partition("?")[0]
            if path.endswith("/version"):
                self.answer(200, json.dumps({"Version": "swarm/1.2.9", "ApiVersion": "1.30", "Os": "linux"}))
            elif path.endswith("/info"):
                rows = [["Role", "primary"], ["Strategy", options["strategy"]], ["Nodes", str(len(engines))]]
                for address, (name, status, error) in sorted(engines.items()):
                    rows += [[" " + name, address], ["  └ Status", status]]
                    rows += [["  └ Error", error]] if error else []
                self.answer(200, json.dumps({"SystemStatus": rows, "ServerVersion": "swarm/1.2.9"}))
            else:
                self.answer(404, "404 page not found\n")

    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=options["tlscacert"])
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(*files)
    address, _, port = options["H"].partition("://")[2].rpartition(":")
    listener = http.server.ThreadingHTTPServer((address, int(port)), Handler)
    listener.socket = server.wrap_socket(listener.socket, server_side=True)
    listener.serve_forever()


words = sys.argv[1:]
if words and words[0] == "--experimental":
    words.pop(0)
verbs = {"join": join, "manage": manage}
if not words or words[0] not in verbs:
    fail("swarm join|manage OPTION... DISCOVERY")
verbs[words[0]](*parse(words[1:]))
