"""DigitalOcean, https://docs.digitalocean.com/reference/api/digitalocean/"""

import ipaddress
import re
import uuid

from core import Refusal
from hetzner import fingerprint

TOKEN = "digitalocean-token-of-the-fake"
NOW = "2026-11-21T00:00:00Z"
STATES = {"pending": "new", "running": "active", "stopping": "active", "off": "off", "error": "new"}
SIZES = ["s-1vcpu-1gb", "s-1vcpu-2gb", "s-2vcpu-4gb"]
REGIONS = ["nyc3", "fra1", "ams3"]
IMAGES = {"debian-13-x64": 1301, "debian-12-x64": 1201, "ubuntu-24-04-x64": 2404}
VPC = "5a4981aa-9653-4bd1-bef5-d6bff52042e4"  # in fra1
TAG = r"[a-zA-Z0-9_:-]{1,255}"
WISHES = {"name", "region", "size", "image", "ssh_keys", "ipv6", "backups", "monitoring", "tags", "user_data", "vpc_uuid",
          "volumes", "with_droplet_agent"}


def region(slug):
    return {"slug": slug, "name": slug, "available": slug != "ams3", "sizes": SIZES[:2] if slug == "nyc3" else SIZES,
            "features": ["metadata"]}


def size(slug):
    return {"slug": slug, "memory": 2048, "vcpus": 1, "disk": 50, "transfer": 2.0, "price_monthly": 12.0, "regions": REGIONS,
            "price_hourly": 0.01786, "available": True, "description": "Basic"}


def image(slug):
    return {"id": IMAGES[slug], "slug": slug, "name": slug, "distribution": slug.partition("-")[0].capitalize(),
            "regions": REGIONS, "status": "available", "type": "base", "public": True, "created_at": NOW,
            "min_disk_size": 7, "size_gigabytes": 1.0, "description": slug, "tags": [], "error_message": ""}


def unprocessable(message):
    return Refusal(422, "unprocessable_entity", message)


def known(wish, names):
    unknown = set(wish) - set(names)
    if unknown:
        raise unprocessable(f"unknown fields {sorted(unknown)}")


def no_such():
    return Refusal(404, "not_found", "The resource you were accessing could not be found.")


class Dialect:
    base = "/v2"

    def __init__(self, cloud):
        self.cloud = cloud

    def authorize(self, request):
        if request.headers.get("Authorization") != "Bearer " + TOKEN:
            raise Refusal(401, "unauthorized", "Unable to authenticate you")

    def refuse(self, refusal):
        return refusal.status, {"id": refusal.code, "message": refusal.message, "request_id": "fake-4711"}, refusal.headers

    def too_many(self):
        return Refusal(429, "too_many_requests", "API rate limit exceeded", {"retry-after": "1"})

    def handle(self, request):
        path = request.path[len(self.base):]
        for method, pattern, action in self.routes:
            match = re.fullmatch(pattern, path)
            if method == request.method and match:
                return action(self, request, *match.groups())
        raise Refusal(404, "not_found", "The resource you requested could not be found.")

    def page(self, request, key, things):
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", "20"))
        if size > 200:
            raise Refusal(400, "bad_request", "per_page must not be greater than 200")
        links = {}
        if page * size < len(things):
            links = {"pages": {"next": f"https://api.digitalocean.com{request.path}?page={page + 1}"}}
        return 200, {key: things[(page - 1) * size:page * size], "links": links, "meta": {"total": len(things)}}

    # --- droplets

    def show(self, droplet):
        address = droplet["address"]
        v4 = [{"ip_address": address, "netmask": "255.255.240.0", "gateway": "192.0.2.1", "type": kind}
              for kind in ("private", "public")] if address else []
        v6 = [{"ip_address": "2001:db8::7", "netmask": 64, "gateway": "2001:db8::1", "type": "public"}] \
            if droplet["ipv6"] else []
        return {"id": droplet["id"], "name": droplet["name"], "status": STATES[droplet["state"]], "memory": 2048, "vcpus": 1,
                "disk": 50, "locked": False, "created_at": NOW, "tags": droplet["tags"],
                "region": region(droplet["region"]), "size": size(droplet["size"]), "size_slug": droplet["size"],
                "image": image(droplet["image"]), "networks": {"v4": v4, "v6": v6}, "features": [], "backup_ids": [],
                "snapshot_ids": [], "volume_ids": [], "next_backup_window": None, "kernel": None, "vpc_uuid": droplet["vpc"]}

    def all_droplets(self):
        return [each for each in self.cloud.all("instance") if each["state"] not in ("gone", "deleting")]

    def droplet(self, identity):
        for each in self.all_droplets():
            if each["id"] == int(identity):
                return each
        raise no_such()

    def list_droplets(self, request):
        found = self.all_droplets()
        if "tag_name" in request.query:
            found = [each for each in found if request.query["tag_name"] in each["tags"]]
        if "name" in request.query:
            found = [each for each in found if each["name"] == request.query["name"]]
        return self.page(request, "droplets", [self.show(each) for each in found])

    def get_droplet(self, request, identity):
        return 200, {"droplet": self.show(self.droplet(identity))}

    def create_droplet(self, request):
        wish = request.json
        known(wish, WISHES)
        slugs = [slug for slug, identity in IMAGES.items() if wish.get("image") in (slug, identity)]
        if wish.get("region") not in REGIONS or not slugs:
            raise unprocessable("You specified an invalid region or image for Droplet creation.")
        place = region(wish["region"])
        if not place["available"] or wish.get("size") not in place["sizes"]:
            raise unprocessable("Size is not available in this region.")
        if wish.get("vpc_uuid") and (wish["vpc_uuid"] != VPC or wish["region"] != "fra1"):
            raise unprocessable("You specified an invalid VPC for Droplet creation.")
        if not re.fullmatch(r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,253}[a-zA-Z0-9])?", wish.get("name", "")):
            raise unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
        if len(wish.get("user_data", "")) > 65536:
            raise unprocessable("User data is too long.")
        keys = [self.key(str(each))["public_key"] for each in wish.get("ssh_keys", [])]
        for tag in wish.get("tags", []):
            self.tag(tag)
        try:
            droplet = self.cloud.launch(
                keys, wish.get("user_data", ""), "root", name=wish["name"], tags=wish.get("tags", []),
                region=wish["region"], size=wish["size"], image=slugs[0], ipv6=wish.get("ipv6", False),
                vpc=wish.get("vpc_uuid") or VPC)
        except Refusal:
            raise unprocessable("creating this/these droplet(s) will exceed your droplet limit") from None
        action = self.cloud.all("action", instance=droplet["id"])[0]
        link = {"id": action["id"], "rel": "create", "href": f"https://api.digitalocean.com/v2/actions/{action['id']}"}
        return 202, {"droplet": self.show(droplet), "links": {"actions": [link]}}

    def delete_droplet(self, request, identity):
        self.cloud.terminate(self.droplet(identity))
        return 204, None

    # --- actions

    def act(self, request, identity):
        droplet, kind = self.droplet(identity), request.json.get("type")
        verbs = {"power_on": self.cloud.start, "shutdown": self.cloud.halt, "power_off": self.cloud.kill,
                 "reboot": self.cloud.reboot}
        if kind not in verbs:
            raise unprocessable(f"Invalid action {kind}")
        if any(each["state"] == "running" for each in self.cloud.all("action", instance=droplet["id"])):
            raise unprocessable("Droplet already has a pending event.")
        if {"power_on": "running", "power_off": "off"}.get(kind) == droplet["state"]:
            raise unprocessable(f"Droplet is already powered {kind[6:]}.")
        action = verbs[kind](droplet)
        action["type"] = kind
        return 201, {"action": self.show_action(action)}

    def show_action(self, action):
        status = {"running": "in-progress", "done": "completed", "failed": "errored"}[action["state"]]
        return {"id": action["id"], "status": status, "type": action.get("type", "create"), "resource_id": action["instance"],
                "resource_type": "droplet", "started_at": NOW, "completed_at": None if status == "in-progress" else NOW,
                "region": region("nyc3"), "region_slug": "nyc3"}

    def list_actions(self, request, identity):
        actions = self.cloud.all("action", instance=self.droplet(identity)["id"])
        return self.page(request, "actions", [self.show_action(each) for each in actions])

    def get_action(self, request, identity):
        return 200, {"action": self.show_action(self.cloud.get("action", int(identity)))}

    # --- keys

    def key(self, identity):
        for each in self.cloud.all("key"):
            if identity in (str(each["id"]), each["fingerprint"]):
                return each
        raise no_such()

    @staticmethod
    def show_key(key):
        return {field: key[field] for field in ("id", "name", "fingerprint", "public_key")}

    def create_key(self, request):
        wish = request.json
        known(wish, {"name", "public_key"})
        mark = fingerprint(wish["public_key"])
        if self.cloud.all("key", fingerprint=mark):
            raise unprocessable("SSH Key is already in use on your account")
        key = self.cloud.add("key", name=wish["name"], public_key=wish["public_key"], fingerprint=mark)
        return 201, {"ssh_key": self.show_key(key)}

    def get_key(self, request, identity):
        return 200, {"ssh_key": self.show_key(self.key(identity))}

    def delete_key(self, request, identity):
        self.cloud.drop("key", self.key(identity)["id"])
        return 204, None

    # --- tags and firewalls

    def tag(self, name):
        """Tags are made by being used. Those that are not one create's alone are the user's."""
        if not re.fullmatch(TAG, name):
            raise unprocessable(f"invalid tag {name}")
        if not self.cloud.all("tag", name=name):
            self.cloud.add("tag", name=name, given=not name.startswith("orch-create:"))

    def create_tag(self, request):
        known(request.json, {"name"})
        self.tag(request.json["name"])
        return 201, {"tag": {"name": request.json["name"], "resources": {"count": 0}}}

    def delete_tag(self, request, name):
        tags = self.cloud.all("tag", name=name)
        if not tags:
            raise no_such()
        self.cloud.drop("tag", tags[0]["id"])
        return 204, None

    def check_rule(self, rule, other):
        known(rule, {"protocol", "ports", other})
        if rule["protocol"] not in ("tcp", "udp", "icmp") or not re.fullmatch(r"\d{1,5}(-\d{1,5})?|all", rule["ports"]):
            raise unprocessable("invalid protocol or ports")
        known(rule[other], {"addresses", "tags", "droplet_ids", "load_balancer_uids", "kubernetes_ids"})
        for address in rule[other].get("addresses", []):
            try:
                ipaddress.ip_network(address)
            except ValueError:
                raise unprocessable(f"invalid address {address}") from None
        self.check_tags(rule[other].get("tags", []))

    def check_tags(self, names):
        for name in names:
            if not self.cloud.all("tag", name=name):
                raise unprocessable(f"tag {name} does not exist")

    def create_firewall(self, request):
        wish = request.json
        known(wish, {"name", "inbound_rules", "outbound_rules", "tags", "droplet_ids"})
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9.-]+", wish.get("name", "")):
            raise unprocessable("invalid name")
        if self.cloud.all("firewall", name=wish["name"]):
            raise Refusal(409, "conflict", "duplicate name")
        for rule in wish.get("inbound_rules", []):
            self.check_rule(rule, "sources")
        for rule in wish.get("outbound_rules", []):
            self.check_rule(rule, "destinations")
        self.check_tags(wish.get("tags", []))
        return 202, {"firewall": self.show_firewall(self.cloud.add("firewall", id=str(uuid.uuid4()), **wish))}

    def show_firewall(self, firewall):
        tagged = [each["id"] for each in self.all_droplets() if set(each["tags"]) & set(firewall.get("tags", []))]
        return {**{key: value for key, value in firewall.items() if key != "created"}, "created_at": NOW,
                "status": "succeeded", "pending_changes": [], "droplet_ids": tagged}

    def list_firewalls(self, request):
        return self.page(request, "firewalls", [self.show_firewall(each) for each in self.cloud.all("firewall")])

    def delete_firewall(self, request, identity):
        self.cloud.drop("firewall", identity)
        return 204, None

    # --- what there is

    def get_account(self, request):
        return 200, {"account": {"droplet_limit": self.cloud.quota, "floating_ip_limit": 3, "email": "a@example.org",
                                 "uuid": str(uuid.UUID(int=7)), "email_verified": True, "status": "active",
                                 "status_message": ""}}

    def list_regions(self, request):
        return self.page(request, "regions", [region(slug) for slug in REGIONS])

    def get_image(self, request, wish):
        for slug, identity in IMAGES.items():
            if wish in (slug, str(identity)):
                return 200, {"image": image(slug)}
        raise no_such()

    def get_vpc(self, request, identity):
        if identity != VPC:
            raise no_such()
        return 200, {"vpc": {"id": VPC, "name": "default-fra1", "region": "fra1", "ip_range": "10.114.0.0/20", "default": True,
                             "description": "", "created_at": NOW, "urn": "do:vpc:" + VPC}}

    routes = [
        ("GET", "/account", get_account),
        ("GET", "/droplets", list_droplets), ("POST", "/droplets", create_droplet),
        ("GET", r"/droplets/(\d+)", get_droplet), ("DELETE", r"/droplets/(\d+)", delete_droplet),
        ("POST", r"/droplets/(\d+)/actions", act), ("GET", r"/droplets/(\d+)/actions", list_actions),
        ("GET", r"/actions/(\d+)", get_action),
        ("POST", "/account/keys", create_key), ("GET", "/account/keys/(.+)", get_key),
        ("DELETE", "/account/keys/(.+)", delete_key),
        ("POST", "/tags", create_tag), ("DELETE", "/tags/(.+)", delete_tag),
        ("GET", "/firewalls", list_firewalls), ("POST", "/firewalls", create_firewall),
        ("DELETE", "/firewalls/([^/]+)", delete_firewall),
        ("GET", "/regions", list_regions), ("GET", "/images/(.+)", get_image), ("GET", "/vpcs/(.+)", get_vpc),
    ]
