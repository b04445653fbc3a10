"""Hetzner Cloud, https://docs.hetzner.cloud/reference/cloud"""

import base64
import hashlib
import ipaddress
import re

from core import Refusal

TOKEN = "hetzner-token-of-the-fake"
STATES = {"pending": "initializing", "running": "running", "stopping": "stopping", "off": "off",
          "deleting": "deleting", "error": "unknown"}
LOCATIONS = ["fsn1", "nbg1", "hel1", "ash"]
TYPES = {"cx23": "x86", "cx33": "x86", "cax11": "arm"}
CREATED = "2026-11-21T00:00:00+00:00"
IMAGES = [("debian-13", "x86"), ("debian-13", "arm"), ("debian-12", "x86"), ("ubuntu-24.04", "x86")]


def fingerprint(public_key):
    digest = hashlib.md5(base64.b64decode(public_key.split()[1])).hexdigest()
    return ":".join(digest[i:i + 2] for i in range(0, 32, 2))


class Dialect:
    base = "/v1"

    def __init__(self, cloud):
        self.cloud = cloud
        self.locations = {i: {"id": i, "name": name, "description": name, "country": "DE", "city": name, "latitude": 50.0,
                              "longitude": 12.0, "network_zone": "eu-central"} for i, name in enumerate(LOCATIONS, 1)}
        self.types = {i: self.type(i, name, arch) for i, (name, arch) in enumerate(TYPES.items(), 1)}
        self.images = {i: self.image(i, name, arch) for i, (name, arch) in enumerate(IMAGES, 1)}

    @staticmethod
    def type(identity, name, architecture):
        price = {"net": "3.0000000000", "gross": "3.5700000000000000"}
        return {"id": identity, "name": name, "description": name.upper(), "architecture": architecture, "cores": 2,
                "memory": 4.0, "disk": 40, "deprecated": False, "storage_type": "local", "cpu_type": "shared",
                "prices": [{"location": place, "price_hourly": price, "price_monthly": price} for place in LOCATIONS],
                "locations": [{"id": n, "name": place, "available": place != "ash"}
                              for n, place in enumerate(LOCATIONS, 1)]}

    @staticmethod
    def image(identity, name, architecture):
        return {"id": identity, "name": name, "description": name, "architecture": architecture, "type": "system",
                "status": "available", "image_size": None, "disk_size": 5, "created": CREATED, "created_from": None,
                "bound_to": None, "os_flavor": name.partition("-")[0], "os_version": name.partition("-")[2],
                "rapid_deploy": True, "protection": {"delete": False}, "deprecated": None, "deleted": None, "labels": {}}

    # --- the frame

    def authorize(self, request):
        if request.headers.get("Authorization") != "Bearer " + TOKEN:
            raise Refusal(401, "unauthorized", "unable to authenticate")

    def refuse(self, refusal):
        return refusal.status, {"error": {"code": refusal.code, "message": refusal.message, "details": None}}, {
            "X-Correlation-Id": "fake-4711", **refusal.headers}

    def too_many(self):
        return Refusal(429, "rate_limit_exceeded", "too many requests", {"Retry-After": "1"})

    def handle(self, request):
        path = request.path[len(self.base):]
        for method, pattern, action in self.routes:
            match = re.fullmatch(pattern, path)
            if method == request.method and match:
                return action(self, request, *match.groups())
        raise Refusal(404, "not_found", f"no route for {request.method} {path}")

    # --- answers

    def page(self, request, key, things):
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", "25"))
        if size > 50:
            raise Refusal(400, "invalid_input", "invalid input in field 'per_page'")
        last = max(1, -(-len(things) // size))
        following = page + 1 if page < last else None
        return 200, {key: things[(page - 1) * size:page * size], "meta": {"pagination": {
            "page": page, "per_page": size, "previous_page": page - 1 or None, "next_page": following,
            "last_page": last, "total_entries": len(things)}}}

    def select(self, request, things):
        """By name, fingerprint, architecture, ip and label selectors of the form a==b."""
        for field in ("name", "fingerprint", "architecture", "ip"):
            if field in request.query:
                things = [each for each in things if each.get(field) == request.query[field]]
        for selector in filter(None, request.query.get("label_selector", "").split(",")):
            name, value = re.split("==?", selector, maxsplit=1)
            things = [each for each in things if each.get("labels", {}).get(name) == value]
        return things

    def show_action(self, action, command):
        status = {"running": "running", "done": "success", "failed": "error"}[action["state"]]
        return {"id": action["id"], "command": action.setdefault("command", command), "status": status,
                "progress": 100 if status == "success" else 50, "started": CREATED,
                "finished": None, "resources": [{"id": action["instance"], "type": "server"}],
                "error": {"code": "action_failed", "message": action["error"]} if status == "error" else None}

    def show_server(self, server):
        address = server["address"] or "192.0.2.1"
        return {"id": server["id"], "name": server["name"], "status": STATES[server["state"]],
                "created": CREATED, "labels": server["labels"], "locked": False,
                "public_net": {"ipv4": {"id": 1, "ip": address, "blocked": False, "dns_ptr": ""}
                               if server["net"].get("enable_ipv4", True) else None,
                               "ipv6": {"id": 2, "ip": "2001:db8::/64", "blocked": False, "dns_ptr": []}
                               if server["net"].get("enable_ipv6", True) else None,
                               "floating_ips": [],
                               "firewalls": [{"id": each, "status": "applied"} for each in server["firewalls"]]},
                "private_net": [{"network": n, "ip": address, "alias_ips": [], "mac_address": ""}
                                for n in server["networks"]],
                "server_type": server["type"], "image": server["image"], "location": server["location"],
                "placement_group": None, "volumes": server["volumes"], "rescue_enabled": False, "iso": None,
                "backup_window": None, "outgoing_traffic": None, "ingoing_traffic": None, "included_traffic": 21990232555520,
                "protection": {"delete": False, "rebuild": False}, "primary_disk_size": 40, "load_balancers": []}

    # --- servers

    def list_servers(self, request):
        shown = [self.show_server(each) for each in self.cloud.all("instance") if each["state"] != "gone"]
        return self.page(request, "servers", self.select(request, shown))

    def server(self, identity):
        server = self.cloud.get("instance", int(identity))
        if server["state"] == "gone":
            raise Refusal(404, "not_found", f"server with ID '{identity}' not found")
        return server

    def get_server(self, request, identity):
        return 200, {"server": self.show_server(self.server(identity))}

    def create_server(self, request):
        wish = request.json
        for field in ("name", "server_type", "image"):
            if field not in wish:
                raise Refusal(422, "invalid_input", f"invalid input in field '{field}'")
        unknown = set(wish) - {"name", "server_type", "image", "location", "ssh_keys", "user_data", "networks",
                               "firewalls", "volumes", "automount", "labels", "placement_group", "public_net",
                               "start_after_create"}
        if unknown:
            raise Refusal(422, "invalid_input", f"unknown fields {sorted(unknown)}")
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*", wish["name"]):
            raise Refusal(422, "invalid_input", "invalid input in field 'name'")
        if len(wish.get("user_data", "")) > 32768:
            raise Refusal(422, "invalid_input", "invalid input in field 'user_data'")
        if any(each["name"] == wish["name"] for each in self.cloud.all("instance") if each["state"] != "gone"):
            raise Refusal(409, "uniqueness_error", "server name is already used")
        kinds = [each for each in self.types.values() if wish["server_type"] in (each["name"], each["id"])]
        images = [each for each in self.images.values() if wish["image"] in (each["name"], each["id"])]
        places = [each for each in self.locations.values() if wish.get("location", "fsn1") == each["name"]]
        if not (kinds and images and places):
            raise Refusal(404, "not_found", "server type, image or location not found")
        if images[0]["architecture"] != kinds[0]["architecture"]:
            raise Refusal(422, "invalid_input", "image and server type have different architectures")
        keys = [self.cloud.get("key", each)["public_key"] for each in wish.get("ssh_keys", [])]
        firewalls = [self.cloud.get("firewall", each["firewall"])["id"] for each in wish.get("firewalls", [])]
        server = self.cloud.launch(
            keys, wish.get("user_data", ""), "root", name=wish["name"], labels=wish.get("labels", {}),
            net=wish.get("public_net", {}), networks=wish.get("networks", []), firewalls=firewalls, volumes=wish.get("volumes", []),
            type=kinds[0], image=images[0], location=places[0])
        action = self.cloud.all("action", instance=server["id"])[0]
        return 201, {"server": self.show_server(server), "action": self.show_action(action, "create_server"),
                     "next_actions": [self.show_action(action, "start_server")], "root_password": None}

    def delete_server(self, request, identity):
        action = self.cloud.terminate(self.server(identity), forget=False)
        return 200, {"action": self.show_action(action, "delete_server")}

    def act(self, request, identity, verb):
        server = self.server(identity)
        verbs = {"poweron": self.cloud.start, "shutdown": self.shutdown, "poweroff": self.cloud.kill,
                 "reboot": self.cloud.reboot}
        if verb not in verbs:
            raise Refusal(404, "not_found", f"no action {verb}")
        if server["state"] == "pending":
            raise Refusal(423, "locked", "server is locked")
        return 201, {"action": self.show_action(verbs[verb](server), verb + "_server")}

    def shutdown(self, server):
        """Is done when the system was told."""
        self.cloud.halt(server)
        return self.cloud.later(server, lambda: None)

    def get_action(self, request, identity):
        return 200, {"action": self.show_action(self.cloud.get("action", int(identity)), "")}

    # --- keys and what there is

    @staticmethod
    def show_key(key):
        return {field: key[field] for field in ("id", "name", "fingerprint", "public_key", "labels")} | {"created": CREATED}

    def list_keys(self, request):
        shown = [self.show_key(each) for each in self.cloud.all("key")]
        return self.page(request, "ssh_keys", self.select(request, shown))

    def create_key(self, request):
        wish = request.json
        mark = fingerprint(wish["public_key"])
        for each in self.cloud.all("key"):
            if each["name"] == wish["name"] or each["fingerprint"] == mark:
                raise Refusal(409, "uniqueness_error", "SSH key not unique")
        key = self.cloud.add("key", name=wish["name"], public_key=wish["public_key"], fingerprint=mark,
                             labels=wish.get("labels", {}))
        return 201, {"ssh_key": self.show_key(key)}

    def delete_key(self, request, identity):
        self.cloud.drop("key", int(identity))
        return 204, None

    def list_of(name):
        def listing(self, request):
            return self.page(request, name, self.select(request, list(getattr(self, name).values())))
        return listing

    def one_of(name, key):
        def one(self, request, identity):
            things = getattr(self, name)
            if int(identity) not in things:
                raise Refusal(404, "not_found", f"{key} not found")
            return 200, {key: things[int(identity)]}
        return one

    def list_groups(self, request):
        return self.page(request, "placement_groups", self.select(request, self.cloud.all("placement_group")))

    def create_group(self, request):
        group = self.cloud.add("placement_group", name=request.json["name"], type=request.json["type"],
                               labels=request.json.get("labels", {}), servers=[], created=CREATED)
        return 201, {"placement_group": group, "action": None}

    def delete_group(self, request, identity):
        self.cloud.drop("placement_group", int(identity))
        return 204, None

    def list_firewalls(self, request):
        return self.page(request, "firewalls", self.select(request, self.cloud.all("firewall")))

    def create_firewall(self, request):
        wish = request.json
        if any(each["name"] == wish["name"] for each in self.cloud.all("firewall")):
            raise Refusal(409, "uniqueness_error", "firewall name is already used")
        for rule in wish.get("rules", []):
            for source in rule["source_ips"]:
                try:
                    ipaddress.ip_network(source)
                except ValueError:
                    raise Refusal(422, "invalid_input", "invalid input in field 'source_ips'") from None
        rules = [{"description": None, "destination_ips": [], **rule} for rule in wish.get("rules", [])]
        firewall = self.cloud.add("firewall", name=wish["name"], labels=wish.get("labels", {}), rules=rules,
                                  created=CREATED, applied_to=[])
        return 201, {"firewall": firewall, "actions": []}

    def get_firewall(self, request, identity):
        return 200, {"firewall": self.cloud.get("firewall", int(identity))}

    def delete_firewall(self, request, identity):
        if any(int(identity) in each["firewalls"] for each in self.cloud.all("instance") if each["state"] != "gone"):
            raise Refusal(422, "resource_in_use", "firewall is still in use")
        self.cloud.drop("firewall", int(identity))
        return 204, None

    routes = [
        ("GET", "/firewalls", list_firewalls), ("POST", "/firewalls", create_firewall),
        ("GET", r"/firewalls/(\d+)", get_firewall), ("DELETE", r"/firewalls/(\d+)", delete_firewall),
        ("GET", "/servers", list_servers), ("POST", "/servers", create_server),
        ("GET", r"/servers/(\d+)", get_server), ("DELETE", r"/servers/(\d+)", delete_server),
        ("POST", r"/servers/(\d+)/actions/(\w+)", act), ("GET", r"/actions/(\d+)", get_action),
        ("GET", "/ssh_keys", list_keys), ("POST", "/ssh_keys", create_key), ("DELETE", r"/ssh_keys/(\d+)", delete_key),
        ("GET", "/images", list_of("images")), ("GET", r"/images/(\d+)", one_of("images", "image")),
        ("GET", "/locations", list_of("locations")),
        ("GET", "/placement_groups", list_groups), ("POST", "/placement_groups", create_group),
        ("DELETE", r"/placement_groups/(\d+)", delete_group),
    ]

    def list_types(self, request):
        return self.page(request, "server_types", self.select(request, list(self.types.values())))

    routes.append(("GET", "/server_types", list_types))
