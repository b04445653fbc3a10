"""OpenStack: Keystone v3, Nova 2.1, Neutron 2.0, Glance 2. https://docs.openstack.org/api-ref/"""

import base64
import binascii
import re
import threading
import time
import urllib.parse
import uuid

from core import Refusal

PASSWORD = "openstack-password-of-the-fake"
CREDENTIAL = ("cred-4711", "openstack-credential-of-the-fake")
PROJECT, USER = "7d3f5a0c9a1e4c2f8b6d1e2f3a4b5c6d", "1b2c3d4e5f60718293a4b5c6d7e8f901"
LATEST = (2, 90)
PAGE = 2  # servers and images at a time: their lists have pages

FLAVORS = [("m1.tiny", 1, 512, 1), ("m1.small", 1, 2048, 20), ("m1.medium", 2, 4096, 40)]
IMAGES = [("debian-13", "debian", 2, "active"), ("debian-12", "debian", 2, "active"),
          ("ubuntu-24.04", "ubuntu", 8, "active"), ("debian-11", "debian", 2, "deactivated")]
NETWORKS = [("private", False), ("public", True)]
STATES = {"pending": "BUILD", "running": "ACTIVE", "stopping": "ACTIVE", "off": "SHUTOFF", "deleting": "ACTIVE",
          "error": "ERROR"}
TASKS = {"pending": "spawning", "stopping": "powering-off", "deleting": "deleting"}
SERVER_FIELDS = {"name", "flavorRef", "imageRef", "key_name", "availability_zone", "networks", "security_groups",
                 "user_data", "config_drive", "metadata", "block_device_mapping_v2"}
RULE_FIELDS = {"security_group_id", "direction", "ethertype", "protocol", "port_range_min", "port_range_max",
               "remote_ip_prefix", "remote_group_id", "description"}
CODES = {400: "badRequest", 403: "forbidden", 404: "itemNotFound", 409: "conflictingRequest", 413: "overLimit"}


def known(name):
    """An id that stays the same over all runs."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def only(wish, fields, what):
    unknown = set(wish) - set(fields)
    if unknown:
        raise Refusal(400, "badRequest", f"{what}: Additional properties are not allowed ({sorted(unknown)})")


class Dialect:
    def __init__(self, cloud):
        self.cloud, self.tokens, self.here = cloud, set(), threading.local()
        self.flavors = [{"id": str(number), "name": name, "vcpus": cpus, "ram": ram, "disk": disk, "swap": "",
                         "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": False, "rxtx_factor": 1.0,
                         "os-flavor-access:is_public": True, "links": []}
                        for number, (name, cpus, ram, disk) in enumerate(FLAVORS, 1)]
        self.images = [{"id": known(name), "name": name, "os_distro": distro, "os_admin_user": distro,
                        "min_disk": disk, "min_ram": 512, "status": status, "visibility": "public",
                        "disk_format": "qcow2", "container_format": "bare", "size": 1, "checksum": "0" * 32,
                        "protected": False, "tags": [], "owner": PROJECT, "created_at": now(), "updated_at": now(),
                        "self": f"/v2/images/{known(name)}", "file": f"/v2/images/{known(name)}/file",
                        "schema": "/v2/schemas/image"} for name, distro, disk, status in IMAGES]
        self.networks = [{"id": known(name), "name": name, "router:external": outer, "project_id":
                          "admin" if outer else PROJECT, "tenant_id": "admin" if outer else PROJECT,
                          "status": "ACTIVE", "admin_state_up": True, "shared": outer, "subnets": [known(name + "-4")],
                          "mtu": 1500, "description": ""} for name, outer in NETWORKS]
        cloud.add("security_group", id=known("default"), name="default", description="Default security group",
                  given=True, rules=[])

    # --- the frame

    def authorize(self, request):
        self.here.service = request.path.split("/")[1]
        self.here.base = f"http://{request.headers['Host']}"
        if request.path.startswith("/identity") or self.is_versions(request.path):
            return
        if request.headers.get("X-Auth-Token") not in self.tokens:
            raise Refusal(401, "Unauthorized", "The request you have made requires authentication.")

    def refuse(self, refusal):
        service = getattr(self.here, "service", "")
        headers = {"x-openstack-request-id": "req-fake-4711", **refusal.headers}
        if refusal.status == 401 or service == "identity":
            body = {"error": {"code": refusal.status, "title": refusal.code, "message": refusal.message}}
        elif service == "network":
            body = {"NeutronError": {"type": refusal.code, "message": refusal.message, "detail": ""}}
        else:
            body = {CODES.get(refusal.status, "computeFault"): {"code": refusal.status, "message": refusal.message}}
        return refusal.status, body, headers

    def too_many(self):
        self.here.service = "compute"
        return Refusal(413, "overLimit", "This request was rate-limited.", {"Retry-After": "1"})

    def handle(self, request):
        for method, pattern, action in self.routes:
            match = re.fullmatch(pattern, request.path.rstrip("/") or "/")
            if method == request.method and match:
                return action(self, request, *match.groups())
        raise Refusal(404, "NotFound", f"The resource could not be found: {request.method} {request.path}")

    # --- versions, which clients ask for before anything else

    versions = {"/identity": ("v3.14", "v3"), "/compute": ("v2.1", "v2.1"), "/network": ("v2.0", "v2.0"),
                "/image": ("v2.9", "v2")}

    def is_versions(self, path):
        parts = path.strip("/").split("/")
        place = self.versions.get("/" + parts[0])
        return place is not None and (len(parts) == 1 or parts[1:] == [place[1]])

    def show_versions(self, request):
        service = "/" + request.path.strip("/").split("/")[0]
        identity, path = self.versions[service]
        document = {"id": identity, "status": "stable" if service == "/identity" else "CURRENT", "updated": now(),
                    "links": [{"rel": "self", "href": f"{self.here.base}{service}/{path}/"}]}
        if service == "/compute":
            document.update(version="%d.%d" % LATEST, min_version="2.1")
        if request.path.strip("/").count("/"):
            return 200, {"version": document}
        documents = {"values": [document]} if service == "/identity" else [document]
        return (200 if service in ("/compute", "/network") else 300), {"versions": documents}

    # --- identity

    def unauthorized(self):
        return Refusal(401, "Unauthorized", "The request you have made requires authentication.")

    def log_in(self, request):
        auth = request.json.get("auth", {})
        identity = auth.get("identity", {})
        method = identity.get("methods")
        if method == ["password"]:
            user = identity["password"]["user"]
            scope = auth.get("scope", {}).get("project", {})
            if user.get("password") != PASSWORD or not self.is_user(user):
                raise self.unauthorized()
            if scope.get("id") != PROJECT and not (scope.get("name") == "demo" and self.is_domain(scope)):
                raise self.unauthorized()
        elif method == ["application_credential"]:
            wish = identity["application_credential"]
            named = wish.get("name") == "robot" and self.is_user(wish.get("user", {}))
            if "scope" in auth or wish.get("secret") != CREDENTIAL[1] or not (wish.get("id") == CREDENTIAL[0] or named):
                raise self.unauthorized()
        else:
            raise Refusal(400, "Bad Request", f"unknown methods {method}")
        token = uuid.uuid4().hex
        self.tokens.add(token)
        domain = {"id": "default", "name": "Default"}
        expires = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() + 3600))
        return 201, {"token": {"methods": method, "expires_at": expires, "issued_at": now(), "audit_ids": [token[:22]],
                               "user": {"id": USER, "name": "tester", "domain": domain},
                               "project": {"id": PROJECT, "name": "demo", "domain": domain},
                               "roles": [{"id": "1", "name": "member"}], "catalog": self.catalog()}}, {
                                   "X-Subject-Token": token, "Vary": "X-Auth-Token"}

    def is_domain(self, thing):
        return thing.get("domain") in ({"id": "default"}, {"name": "Default"})

    def is_user(self, user):
        return user.get("id") == USER or (user.get("name") == "tester" and self.is_domain(user))

    def catalog(self):
        """URLs as sites have them: with a version and without."""
        places = {"identity": "/identity", "compute": "/compute/v2.1", "network": "/network", "image": "/image"}
        return [{"id": known(kind), "type": kind, "name": kind, "endpoints": [
            {"id": known(kind + region + interface), "interface": interface, "region": region, "region_id": region,
             "url": self.here.base + ("" if region == "RegionOne" else "/elsewhere") + place}
            for region in ("RegionOne", "RegionTwo") for interface in ("public", "internal", "admin")]}
            for kind, place in places.items()]

    # --- lists

    def page(self, request, key, things, where=None, most=PAGE):
        """By marker and limit; the way to the next page in the service's own manner."""
        limit = min(int(request.query.get("limit", most)), most)
        marker = request.query.get("marker")
        places = [index for index, each in enumerate(things) if each["id"] == marker]
        if marker and not places:
            raise Refusal(400, "badRequest", f"marker [{marker}] not found")
        start = places[0] + 1 if marker else 0
        shown, more = things[start:start + limit], len(things) > start + limit
        answer = {key: shown}
        if more:
            query = urllib.parse.urlencode({**request.query, "marker": shown[-1]["id"], "limit": limit})
            if where:
                answer["next"] = f"{where}?{query}"
            else:
                answer[key + "_links"] = [{"rel": "next", "href": f"{self.here.base}{request.path}?{query}"}]
        return 200, answer

    def select(self, request, things, fields):
        unknown = set(request.query) - set(fields) - {"limit", "marker", "fields", "sort_key", "sort_dir"}
        if unknown:
            raise Refusal(400, "HTTPBadRequest", f"[{sorted(unknown)}] is invalid attribute for filtering")
        for field in fields:
            if field in request.query:
                wish = request.query[field]
                things = [each for each in things if str(each.get(field)).lower() == wish.lower()]
        return things

    # --- compute: servers

    def show_server(self, server):
        status = STATES[server["state"]]
        task = TASKS.get(server["state"])
        if server["state"] == "running":
            server["built"] = True
        elif server["state"] == "pending" and server.get("built"):
            status, task = "SHUTOFF", "powering-on"
        if server.get("reboot", {}).get("state") == "running":
            status, task = "REBOOT", "rebooting"
        addresses = [{"addr": server["address"], "version": 4, "OS-EXT-IPS:type": kind,
                      "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"}
                     for kind in ["fixed"] + ["floating"] * bool(self.floating_of(server)) if server["address"]]
        shown = {"id": server["id"], "name": server["name"], "status": status, "OS-EXT-STS:task_state": task,
                 "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, "metadata": server["metadata"],
                 "image": {"id": server["image"]["id"]} if server["image"] else "", "key_name": server["key_name"],
                 "flavor": {"id": server["flavor"]["id"]}, "addresses": {"private": addresses} if addresses else {},
                 "security_groups": [{"name": self.cloud.get("security_group", each)["name"]}
                                     for each in server["groups"]],
                 "tenant_id": PROJECT, "user_id": USER, "hostId": "", "config_drive": "", "created": now(),
                 "updated": now(), "links": [], "accessIPv4": "", "accessIPv6": "", "progress": 0,
                 "OS-DCF:diskConfig": "MANUAL", "OS-EXT-AZ:availability_zone": "nova",
                 "os-extended-volumes:volumes_attached": []}
        if status == "ERROR":
            shown["fault"] = {"code": 500, "created": now(), "message": "No valid host was found."}
        return shown

    def list_servers(self, request):
        wish = {key: value for key, value in request.query.items() if value not in ("", "None")}
        unknown = set(wish) - {"name", "limit", "marker", "deleted", "sort_key", "sort_dir", "all_tenants"}
        if unknown:
            raise Refusal(400, "badRequest", f"Additional query parameters are not allowed ({sorted(unknown)})")
        shown = [self.show_server(each) for each in self.cloud.all("instance") if each["state"] != "gone"]
        if "name" in wish:
            shown = [each for each in shown if re.search(wish["name"], each["name"])]
        return self.page(request, "servers", shown)

    def server(self, identity):
        try:
            server = self.cloud.get("instance", identity)
        except Refusal:
            server = {"state": "gone"}
        if server["state"] == "gone":
            raise Refusal(404, "itemNotFound", f"Instance {identity} could not be found.")
        return server

    def get_server(self, request, identity):
        return 200, {"server": self.show_server(self.server(identity))}

    def image_of(self, request, wish):
        """By imageRef, or the volume that is made of it."""
        disks = wish.get("block_device_mapping_v2", [])
        identity = wish.get("imageRef", "")
        if disks:
            disk = disks[0]
            only(disk, {"boot_index", "uuid", "source_type", "destination_type", "volume_size", "volume_type",
                        "delete_on_termination", "device_name"}, "block_device_mapping_v2")
            version = request.headers.get("X-OpenStack-Nova-API-Version", "2.1")
            if "volume_type" in disk and tuple(map(int, version.split("."))) < (2, 67):
                raise Refusal(400, "badRequest", "volume_type needs microversion 2.67")
            if disk["source_type"] == "volume":
                return None
            identity = disk["uuid"]
        found = [each for each in self.images if each["id"] == identity and each["status"] == "active"]
        if not found:
            raise Refusal(400, "badRequest", "Can not find requested image")
        return found[0]

    def groups_of(self, wish):
        groups = []
        for each in wish.get("security_groups", [{"name": "default"}]):
            found = [group["id"] for group in self.cloud.all("security_group")
                     if each["name"] in (group["id"], group["name"])]
            if not found:
                raise Refusal(400, "badRequest", f"Unable to find security_group with name or id '{each['name']}'")
            if len(found) > 1:
                raise Refusal(409, "conflictingRequest", f"Multiple security_group matches found for '{each['name']}'")
            groups += found
        return groups

    def create_server(self, request):
        only(request.json, {"server", "os:scheduler_hints"}, "body")
        wish = request.json["server"]
        only(wish, SERVER_FIELDS, "server")
        if not wish.get("name") or not all(isinstance(each, str) for each in wish.get("metadata", {}).values()):
            raise Refusal(400, "badRequest", "Invalid input for field/attribute name or metadata")
        flavors = [each for each in self.flavors if each["id"] == wish.get("flavorRef")]
        if not flavors:
            raise Refusal(400, "badRequest", f"Flavor {wish.get('flavorRef')} could not be found.")
        keys = self.cloud.all("key", name=wish.get("key_name"))
        if not keys:
            raise Refusal(400, "badRequest", "Invalid key_name provided.")
        for each in wish.get("networks", []):
            if each != {"uuid": known("private")} and wish["networks"] != "auto":
                raise Refusal(400, "badRequest", f"Network {each} could not be found.")
        if wish.get("availability_zone", "nova") != "nova":
            raise Refusal(400, "badRequest", "The requested availability zone is not available")
        try:
            data = base64.b64decode(wish.get("user_data", ""), validate=True).decode()
        except (binascii.Error, ValueError):
            raise Refusal(400, "badRequest", "Userdata content cannot be decoded") from None
        if len(wish.get("user_data", "")) > 65535:
            raise Refusal(400, "badRequest", "user_data is too long")
        image, groups = self.image_of(request, wish), self.groups_of(wish)
        try:
            server = self.cloud.launch(
                [keys[0]["public_key"]], data, image["os_admin_user"] if image else "root",
                number=next(self.cloud.numbers), id=str(uuid.uuid4()), name=wish["name"], image=image,
                metadata=wish.get("metadata", {}), key_name=wish["key_name"], groups=groups, flavor=flavors[0])
        except Refusal as refusal:
            raise Refusal(403, "forbidden", "Quota exceeded for instances: Requested 1") from refusal
        return 202, {"server": {"id": server["id"], "links": [], "adminPass": "x", "OS-DCF:diskConfig": "MANUAL",
                                "security_groups": [{"name": each} for each in groups]}}

    def delete_server(self, request, identity):
        server = self.server(identity)
        if server["state"] != "deleting":
            self.cloud.terminate(server)
        return 204, None

    def act(self, request, identity):
        server = self.server(identity)
        if len(request.json) != 1:
            raise Refusal(400, "badRequest", "There is exactly one action")
        verb = next(iter(request.json))
        verbs = {"os-start": ("off", self.cloud.start), "os-stop": ("running", self.cloud.halt),
                 "reboot": ("running", self.reboot)}
        if verb not in verbs or (verb == "reboot" and request.json[verb] not in ({"type": "SOFT"}, {"type": "HARD"})):
            raise Refusal(400, "badRequest", f"There is no such action: {request.json}")
        state, work = verbs[verb]
        if server["state"] != state or server.get("reboot", {}).get("state") == "running":
            raise Refusal(409, "conflictingRequest", f"Cannot '{verb}' instance {identity} while it is in "
                          f"vm_state {server['state']}")
        work(server)
        return 202, None

    def reboot(self, server):
        server["reboot"] = self.cloud.reboot(server)

    # --- compute: the rest

    def list_flavors(self, request):
        return self.page(request, "flavors", self.flavors, most=1000)

    def get_flavor(self, request, identity):
        for each in self.flavors:
            if each["id"] == identity:
                return 200, {"flavor": each}
        raise Refusal(404, "itemNotFound", f"Flavor {identity} could not be found.")

    def extra_specs(self, request, identity):
        return 200, {"extra_specs": {}}

    def limits(self, request):
        servers = self.cloud.all("instance")
        absolute = {"maxTotalInstances": self.cloud.quota, "totalInstancesUsed": len(servers), "maxTotalCores": -1,
                    "totalCoresUsed": sum(each["flavor"]["vcpus"] for each in servers), "maxTotalRAMSize": 1 << 20,
                    "totalRAMUsed": sum(each["flavor"]["ram"] for each in servers), "maxTotalKeypairs": 100}
        return 200, {"limits": {"rate": [], "absolute": absolute}}

    def list_zones(self, request):
        return 200, {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]}

    def list_server_groups(self, request):
        return 200, {"server_groups": []}

    def show_key(self, key):
        return {"name": key["name"], "public_key": key["public_key"], "type": "ssh", "fingerprint": "00:11", "id": 1,
                "user_id": USER}

    def list_keys(self, request):
        return 200, {"keypairs": [{"keypair": self.show_key(each)} for each in self.cloud.all("key")]}

    def get_key(self, request, name):
        for each in self.cloud.all("key", name=name):
            return 200, {"keypair": self.show_key(each)}
        raise Refusal(404, "itemNotFound", f"Keypair {name} not found for user {USER}")

    def create_key(self, request):
        wish = request.json["keypair"]
        only(wish, {"name", "public_key"}, "keypair")
        if not re.fullmatch(r"[A-Za-z0-9 _-]{1,255}", wish["name"]) or not wish["public_key"].startswith("ssh-"):
            raise Refusal(400, "badRequest", "Keypair data is invalid")
        if self.cloud.all("key", name=wish["name"]):
            raise Refusal(409, "conflictingRequest", f"Key pair '{wish['name']}' already exists.")
        return 200, {"keypair": self.show_key(self.cloud.add("key", **wish))}

    def delete_key(self, request, name):
        self.get_key(request, name)
        for each in self.cloud.all("key", name=name):
            self.cloud.drop("key", each["id"])
        return 202, None

    # --- image

    def list_images(self, request):
        things = [each for each in self.images if each["status"] == request.query.get("status", each["status"])]
        if "name" in request.query:
            things = [each for each in things if each["name"] == request.query["name"]]
        return self.page(request, "images", things, where="/v2/images")

    def get_image(self, request, identity):
        for each in self.images:
            if each["id"] == identity:
                return 200, each
        raise Refusal(404, "NotFound", f"No image found with ID {identity}")

    # --- network

    def list_networks(self, request):
        return 200, {"networks": self.select(request, self.networks, ("name", "id", "router:external"))}

    def get_network(self, request, identity):
        for each in self.networks:
            if each["id"] == identity:
                return 200, {"network": each}
        raise Refusal(404, "NetworkNotFound", f"Network {identity} could not be found.")

    def port_of(self, server):
        return {"id": known(server["id"] + "-port"), "network_id": known("private"), "device_id": server["id"],
                "status": "ACTIVE", "name": "", "fixed_ips": [{"ip_address": server["address"]}],
                "security_groups": server["groups"]}

    def list_ports(self, request):
        ports = [self.port_of(each) for each in self.cloud.all("instance") if each["state"] == "running"]
        return 200, {"ports": self.select(request, ports, ("device_id", "network_id", "id"))}

    def server_at(self, port):
        for each in self.cloud.all("instance"):
            if self.port_of(each)["id"] == port:
                return each
        return None

    def floating_of(self, server):
        return self.cloud.all("floatingip", port_id=self.port_of(server)["id"])

    def show_address(self, address):
        server = self.server_at(address["port_id"])
        return {"id": address["id"], "floating_network_id": known("public"), "description": address["description"],
                "port_id": address["port_id"] if server else None, "status": "ACTIVE" if server else "DOWN",
                "fixed_ip_address": server["address"] if server else None, "project_id": PROJECT,
                "floating_ip_address": server["address"] if server else "203.0.113.9", "tenant_id": PROJECT,
                "router_id": None, "tags": []}

    def list_addresses(self, request):
        shown = [self.show_address(each) for each in self.cloud.all("floatingip")]
        fields = ("id", "description", "floating_network_id", "port_id", "floating_ip_address")
        return 200, {"floatingips": self.select(request, shown, fields)}

    def get_address(self, request, identity):
        return 200, {"floatingip": self.show_address(self.cloud.get("floatingip", identity))}

    def create_address(self, request):
        wish = request.json["floatingip"]
        only(wish, {"floating_network_id", "port_id", "description"}, "floatingip")
        if wish["floating_network_id"] != known("public"):
            raise Refusal(400, "BadRequest", "Network is not a valid external network")
        if wish.get("port_id") and not self.server_at(wish["port_id"]):
            raise Refusal(404, "PortNotFound", f"Port {wish['port_id']} could not be found.")
        address = self.cloud.add("floatingip", id=str(uuid.uuid4()), port_id=wish.get("port_id"),
                                 description=wish.get("description", ""))
        return 201, {"floatingip": self.show_address(address)}

    def change_address(self, request, identity):
        self.cloud.get("floatingip", identity)["port_id"] = request.json["floatingip"]["port_id"]
        return self.get_address(request, identity)

    def delete_address(self, request, identity):
        self.cloud.drop("floatingip", identity)
        return 204, None

    def show_group(self, group):
        return {"id": group["id"], "name": group["name"], "description": group["description"], "project_id": PROJECT,
                "tenant_id": PROJECT, "security_group_rules": group["rules"], "stateful": True, "tags": []}

    def list_groups(self, request):
        shown = [self.show_group(each) for each in self.cloud.all("security_group")]
        return 200, {"security_groups": self.select(request, shown, ("name", "id", "description"))}

    def create_group(self, request):
        wish = request.json["security_group"]
        only(wish, {"name", "description"}, "security_group")
        group = self.cloud.add("security_group", id=str(uuid.uuid4()), rules=[], **wish)
        return 201, {"security_group": self.show_group(group)}

    def delete_group(self, request, identity):
        self.cloud.get("security_group", identity)
        if any(identity in each["groups"] for each in self.cloud.all("instance")):
            raise Refusal(409, "SecurityGroupInUse", f"Security Group {identity} in use.")
        self.cloud.drop("security_group", identity)
        return 204, None

    def get_group(self, request, identity):
        return 200, {"security_group": self.show_group(self.cloud.get("security_group", identity))}

    def list_rules(self, request):
        rules = [each for group in self.cloud.all("security_group") for each in group["rules"]]
        return 200, {"security_group_rules": self.select(request, rules, ("security_group_id", "id", "direction"))}

    def create_rule(self, request):
        wish = request.json["security_group_rule"]
        only(wish, RULE_FIELDS, "security_group_rule")
        group = self.cloud.get("security_group", wish["security_group_id"])
        if wish["direction"] != "ingress" or wish["ethertype"] not in ("IPv4", "IPv6") or (
                "remote_ip_prefix" in wish and "remote_group_id" in wish) or not (
                1 <= wish["port_range_min"] <= wish["port_range_max"] <= 65535):
            raise Refusal(400, "SecurityGroupInvalid", f"bad rule {wish}")
        if any(all(rule.get(field) == wish.get(field) for field in RULE_FIELDS - {"description"})
               for rule in group["rules"]):
            raise Refusal(409, "SecurityGroupRuleExists", "Security group rule already exists.")
        absent = dict.fromkeys(("remote_ip_prefix", "remote_group_id", "remote_address_group_id"))
        group["rules"].append({"id": str(uuid.uuid4()), "description": "", **absent, **wish})
        return 201, {"security_group_rule": group["rules"][-1]}

    routes = [
        ("GET", r"/(?:identity|compute|network|image)(?:/v[\d.]+)?", show_versions),
        ("POST", "/identity/v3/auth/tokens", log_in),
        ("GET", "/compute/v2.1/servers(?:/detail)?", list_servers), ("POST", "/compute/v2.1/servers", create_server),
        ("GET", "/compute/v2.1/servers/([0-9a-f-]{36})", get_server),
        ("DELETE", "/compute/v2.1/servers/([0-9a-f-]{36})", delete_server),
        ("POST", "/compute/v2.1/servers/([0-9a-f-]{36})/action", act),
        ("GET", "/compute/v2.1/flavors/detail", list_flavors), ("GET", r"/compute/v2.1/flavors/([\w.-]+)", get_flavor),
        ("GET", r"/compute/v2.1/flavors/([\w.-]+)/os-extra_specs", extra_specs),
        ("GET", "/compute/v2.1/limits", limits), ("GET", "/compute/v2.1/os-availability-zone", list_zones),
        ("GET", "/compute/v2.1/os-server-groups", list_server_groups),
        ("GET", "/compute/v2.1/os-keypairs", list_keys), ("POST", "/compute/v2.1/os-keypairs", create_key),
        ("GET", "/compute/v2.1/os-keypairs/([^/]+)", get_key),
        ("DELETE", "/compute/v2.1/os-keypairs/([^/]+)", delete_key),
        ("GET", "/image/v2/images", list_images), ("GET", "/image/v2/images/([^/]+)", get_image),
        ("GET", "/network/v2.0/networks", list_networks), ("GET", "/network/v2.0/networks/([^/]+)", get_network),
        ("GET", "/network/v2.0/ports", list_ports),
        ("GET", "/network/v2.0/floatingips", list_addresses), ("POST", "/network/v2.0/floatingips", create_address),
        ("GET", "/network/v2.0/floatingips/([^/]+)", get_address),
        ("PUT", "/network/v2.0/floatingips/([^/]+)", change_address),
        ("DELETE", "/network/v2.0/floatingips/([^/]+)", delete_address),
        ("GET", "/network/v2.0/security-groups", list_groups), ("POST", "/network/v2.0/security-groups", create_group),
        ("DELETE", "/network/v2.0/security-groups/([^/]+)", delete_group),
        ("GET", "/network/v2.0/security-groups/([^/]+)", get_group),
        ("GET", "/network/v2.0/security-group-rules", list_rules),
        ("POST", "/network/v2.0/security-group-rules", create_rule),
    ]
