"""Google Compute Engine, https://docs.cloud.google.com/compute/docs/reference/rest/v1, and what gives tokens for it:
the token endpoint for service accounts and users, and the metadata server.

/console/key.json is the key of its service account, as the Cloud Console gives it, and /console/other.json one that is not
known."""

import base64
import hashlib
import json
import re
import time
import uuid

from core import Refusal
from google_tokens import EMAIL, PROJECT, Tokens

LINK = "https://www.googleapis.com/compute/v1/"
REASONS = {"not_found": "notFound", "unauthorized": "authError", "unavailable": "backendError",
           "server_error": "internalError", "invalid_json": "parseError"}
STATES = {"pending": "STAGING", "running": "RUNNING", "stopping": "STOPPING", "off": "TERMINATED",
          "deleting": "STOPPING"}
ZONES = ["us-central1-a", "us-central1-b", "europe-west3-a"]
TYPES = {"e2-medium": (2, True, "X86_64"), "e2-standard-2": (2, False, "X86_64"), "t2a-standard-1": (1, False, "ARM64")}
DISK_TYPES = ["pd-standard", "pd-balanced", "pd-ssd"]
IMAGES = {"ubuntu-os-cloud": {"ubuntu-2404-lts-amd64": ("ubuntu-2404-noble-amd64-v20261101", "X86_64"),
                              "ubuntu-2404-lts-arm64": ("ubuntu-2404-noble-arm64-v20261101", "ARM64")},
          "debian-cloud": {"debian-13": ("debian-13-trixie-v20261111", "X86_64")}}
NAME = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
CREATED = "2026-11-21T00:00:00.000-08:00"
FIELDS = {"name", "description", "machineType", "disks", "networkInterfaces", "tags", "labels", "scheduling", "metadata",
          "serviceAccounts"}


def fingerprint(thing):
    return base64.b64encode(hashlib.sha256(json.dumps(thing, sort_keys=True).encode()).digest()[:8]).decode()


def last(path):
    return path.rsplit("/", 1)[-1]


class Dialect:
    base = "/compute/v1/"

    def __init__(self, cloud):
        self.cloud = cloud
        self.tokens = Tokens()
        self.firewalls = {}  # shared by machines, cost nothing and are kept: not among what may not be left
        self.answered = {}
        cloud.add("address", name="fixed", address="127.0.0.1", region="us-central1", given=True)
        cloud.add("network", name="default", auto=True, given=True)
        cloud.add("network", name="bare", auto=False, given=True)

    # --- the frame

    def authorize(self, request):
        if request.path.startswith(self.base) and not self.tokens.knows(request.headers.get("Authorization")):
            raise Refusal(401, "unauthorized", "Request had invalid authentication credentials.")

    def refuse(self, refusal):
        reason = REASONS.get(refusal.code, refusal.code)
        return refusal.status, {"error": {
            "code": refusal.status, "message": refusal.message,
            "errors": [{"message": refusal.message, "domain": "global", "reason": reason}]}}, refusal.headers

    def too_many(self):
        return Refusal(403, "rateLimitExceeded", "Rate Limit Exceeded")

    def handle(self, request):
        if request.path == "/token" and request.method == "POST":
            return self.tokens.by_form(request)
        if request.path in ("/console/key.json", "/console/other.json"):
            return self.tokens.key_file(last(request.path)[:-5], request.headers["Host"])
        if request.path.startswith("/computeMetadata/"):
            return self.metadata_server(request)
        path = request.path[len(self.base):] if request.path.startswith(self.base) else ""
        for method, pattern, parameters, action in self.routes:
            match = re.fullmatch("projects/(?P<project>[-a-z0-9]+)" + pattern, path)
            if method == request.method and match:
                unknown = set(request.query) - set(parameters)
                if unknown:
                    raise Refusal(400, "invalidParameter", f"Unknown name {sorted(unknown)}")
                return self.once(request, action, match.groupdict())
        raise Refusal(404, "not_found", f"no route for {request.method} {request.path}")

    def once(self, request, action, places):
        """The same requestId has the same answer, and does nothing again."""
        project = places.pop("project")
        if project != PROJECT and action not in (Dialect.get_family, Dialect.get_image):
            raise Refusal(403, "forbidden", f"Required 'compute.projects.get' permission for 'projects/{project}'")
        if action in (Dialect.get_family, Dialect.get_image):
            places["project"] = project
        if places.get("zone", ZONES[0]) not in ZONES:
            raise Refusal(404, "not_found", f"The resource 'projects/{PROJECT}/zones/{places['zone']}' was not found")
        identity = request.query.get("requestId")
        if identity is None:
            return action(self, request, **places)
        if str(uuid.UUID(identity)) != identity or uuid.UUID(identity).int == 0:
            raise Refusal(400, "invalidParameter", "Invalid value for field 'requestId'")
        with self.cloud.lock:
            key = (identity, request.method, request.path)
            if key not in self.answered:
                self.answered[key] = action(self, request, **places)[1]["name"]
        return 200, self.show_operation(self.operation(self.answered[key]))

    def metadata_server(self, request):
        if request.headers.get("Metadata-Flavor") != "Google":
            raise Refusal(403, "forbidden", "Metadata-Flavor is missing")
        if request.path != "/computeMetadata/v1/instance/service-accounts/default/token":
            raise Refusal(404, "not_found", "no such metadata")
        return self.tokens.issue()

    # --- answers

    def link(self, path):
        return f"{LINK}projects/{PROJECT}/{path}"

    def page(self, request, kind, things):
        """Two at a time: a server may give less than maxResults."""
        first = int(request.query.get("pageToken", "0"))
        size = min(2, int(request.query.get("maxResults", "500")))
        answer = {"kind": kind, "id": "list", "items": things[first:first + size], "selfLink": self.link("list")}
        if first + size < len(things):
            answer["nextPageToken"] = str(first + size)
        return 200, answer

    def begin(self, verb, thing, path, work=None, action=None):
        """The answer to a change: an operation under way."""
        action = action or self.cloud.later(thing, work or (lambda: None))
        action.update(verb=verb, path=path, target=thing["id"], failure=thing.get("failure"))
        return 200, self.show_operation(action)

    def operation(self, name):
        for action in self.cloud.all("action"):
            if name == f"operation-{action['id']}":
                return action
        raise Refusal(404, "not_found", f"The resource '{name}' was not found")

    def show_operation(self, action):
        name = f"operation-{action['id']}"
        zone = re.match(r"zones/[^/]+", action["path"])
        done = action["state"] != "running"
        shown = {"kind": "compute#operation", "id": str(action["id"]), "name": name, "operationType": action["verb"],
                 "targetLink": self.link(action["path"]), "targetId": str(action["target"]), "user": EMAIL,
                 "status": "DONE" if done else "RUNNING", "progress": 100 if done else 0, "insertTime": CREATED,
                 "startTime": CREATED, "selfLink": self.link(f"{zone[0] if zone else 'global'}/operations/{name}")}
        if zone:
            shown["zone"] = self.link(zone[0])
        failure = action["failure"] or (action["error"] and ("INTERNAL_ERROR", action["error"]))
        if done and failure:
            shown.update(error={"errors": [{"code": failure[0], "message": failure[1]}]}, httpErrorStatusCode=400,
                         httpErrorMessage="BAD REQUEST")
        return shown

    def get_operation(self, request, name, zone=None):
        return 200, self.show_operation(self.operation(name))

    def list_operations(self, request, zone):
        shown = [self.show_operation(each) for each in self.cloud.all("action")
                 if each.get("path", "").startswith(f"zones/{zone}/")]
        for term in filter(None, request.query.get("filter", "").split(" AND ")):
            name, differs, value = re.fullmatch(r"(\w+)(!?)=(\S+)", term).groups()
            shown = [each for each in shown if (each.get(name) == value) != bool(differs)]
        return self.page(request, "compute#operationList", shown)

    # --- what there is

    def get_project(self, request):
        return 200, {"kind": "compute#project", "id": "4711", "name": PROJECT, "creationTimestamp": CREATED,
                     "selfLink": LINK + "projects/" + PROJECT, "commonInstanceMetadata": {
                         "kind": "compute#metadata", "fingerprint": "AAAA",
                         "items": [{"key": "enable-oslogin", "value": "TRUE"}]}}

    def get_zone(self, request, zone):
        return 200, {"kind": "compute#zone", "id": "1", "name": zone, "status": "UP", "creationTimestamp": CREATED,
                     "region": self.link("regions/" + zone[:-2]), "selfLink": self.link("zones/" + zone)}

    def get_region(self, request, region):
        used = float(len([each for each in self.cloud.all("instance") if each["state"] != "gone"]))
        quotas = {"INSTANCES": (self.cloud.quota, used), "CPUS": (24, used * 0.5), "IN_USE_ADDRESSES": (8, used),
                  "SSD_TOTAL_GB": (500, used * 20)}
        return 200, {"kind": "compute#region", "id": "1", "name": region, "status": "UP", "creationTimestamp": CREATED,
                     "selfLink": self.link("regions/" + region), "quotas": [
                         {"metric": name, "limit": float(limit), "usage": usage}
                         for name, (limit, usage) in quotas.items()]}

    def get_type(self, request, zone, name):
        if name not in TYPES:
            raise Refusal(404, "not_found", f"The resource 'zones/{zone}/machineTypes/{name}' was not found")
        count, shared, architecture = TYPES[name]
        return 200, {"kind": "compute#machineType", "id": "1", "name": name, "guestCpus": count, "memoryMb": 4096,
                     "isSharedCpu": shared, "architecture": architecture, "zone": zone,
                     "selfLink": self.link(f"zones/{zone}/machineTypes/{name}")}

    def get_disk_type(self, request, zone, name):
        if name not in DISK_TYPES:
            raise Refusal(404, "not_found", f"The resource 'zones/{zone}/diskTypes/{name}' was not found")
        return 200, {"kind": "compute#diskType", "name": name, "zone": self.link("zones/" + zone),
                     "selfLink": self.link(f"zones/{zone}/diskTypes/{name}"), "validDiskSize": "10GB-65536GB"}

    def show_image(self, project, family, name, architecture):
        return {"kind": "compute#image", "id": "1", "name": name, "family": family, "status": "READY", "diskSizeGb": "10",
                "architecture": architecture, "sourceType": "RAW",
                "selfLink": f"{LINK}projects/{project}/global/images/{name}"}

    def get_family(self, request, project, name):
        found = IMAGES.get(project, {}).get(name)
        if not found:
            raise Refusal(404, "not_found", f"The resource 'projects/{project}/global/images/family/{name}' was not found")
        return 200, self.show_image(project, name, *found)

    def get_image(self, request, project, name):
        for family, (image, architecture) in IMAGES.get(project, {}).items():
            if image == name:
                return 200, self.show_image(project, family, image, architecture)
        raise Refusal(404, "not_found", f"The resource 'projects/{project}/global/images/{name}' was not found")

    def named(self, kind, name):
        for each in self.cloud.all(kind):
            if name in (each["name"], str(each["id"])) and each.get("state") != "gone":
                return each
        raise Refusal(404, "not_found", f"The resource '{kind} {name}' was not found")

    def get_network(self, request, name):
        network = self.named("network", name)
        return 200, {"kind": "compute#network", "id": str(network["id"]), "name": name,
                     "autoCreateSubnetworks": network["auto"], "selfLink": self.link("global/networks/" + name)}

    def get_address(self, request, region, name):
        address = self.named("address", name)
        return 200, {"kind": "compute#address", "id": str(address["id"]), "name": name, "address": address["address"],
                     "addressType": "EXTERNAL", "status": "RESERVED", "region": self.link("regions/" + region),
                     "selfLink": self.link(f"regions/{region}/addresses/{name}")}

    # --- firewall

    def firewall(self, name):
        if name not in self.firewalls:
            raise Refusal(404, "not_found", f"The resource 'projects/{PROJECT}/global/firewalls/{name}' was not found")
        return self.firewalls[name]

    def show_firewall(self, rule):
        return {"kind": "compute#firewall", "id": str(rule["id"]), "creationTimestamp": CREATED, "priority": 1000,
                "disabled": False, "logConfig": {"enable": False}, **rule["content"],
                "selfLink": self.link("global/firewalls/" + rule["content"]["name"])}

    def get_firewall(self, request, name):
        return 200, self.show_firewall(self.firewall(name))

    def create_firewall(self, request):
        wish = request.json
        unknown = set(wish) - {"name", "description", "network", "direction", "targetTags", "allowed", "sourceRanges",
                               "sourceTags"}
        if unknown or not re.fullmatch(NAME, wish.get("name", "")) or not wish.get("allowed"):
            raise Refusal(400, "invalid", f"Invalid value for a field of the firewall: {sorted(unknown)}")
        self.named("network", last(wish["network"]))
        wish["network"] = LINK + wish["network"]
        with self.cloud.lock:
            if wish["name"] in self.firewalls:
                raise Refusal(409, "alreadyExists", f"The resource '{wish['name']}' already exists")
            rule = self.firewalls[wish["name"]] = {"id": next(self.cloud.numbers), "content": wish, "busy_until":
                                                   time.time() + self.cloud.delay}
        return self.begin("insert", rule, "global/firewalls/" + wish["name"])

    def patch_firewall(self, request, name):
        rule, wish = self.firewall(name), request.json
        if set(wish) != {"allowed"}:
            raise Refusal(400, "invalid", "the fake patches allowed only")
        if rule["busy_until"] > time.time():
            raise Refusal(400, "resourceNotReady", f"The resource '{name}' is not ready")
        rule["content"]["allowed"] = wish["allowed"]
        return self.begin("patch", rule, "global/firewalls/" + name)

    # --- disks

    def show_disk(self, disk):
        zone = "zones/" + disk["zone"]
        return {"kind": "compute#disk", "id": str(disk["id"]), "name": disk["name"], "status": "READY",
                "labels": disk["labels"], "labelFingerprint": fingerprint(disk["labels"]), "sizeGb": disk["size"],
                "creationTimestamp": CREATED, "zone": self.link(zone), "type": self.link(f"{zone}/diskTypes/{disk['type']}"),
                "selfLink": self.link(f"{zone}/disks/{disk['name']}")}

    def get_disk(self, request, zone, name):
        return 200, self.show_disk(self.named("disk", name))

    def delete_disk(self, request, zone, name):
        disk = self.named("disk", name)
        if any(each.get("disk") is disk and each["state"] != "gone" for each in self.cloud.all("instance")):
            raise Refusal(400, "resourceInUseByAnotherResource", f"The disk resource '{name}' is already being used")

        def drop():
            self.cloud.things["disk"].pop(disk["id"], None)
        return self.begin("delete", disk, f"zones/{zone}/disks/{name}", drop)

    # --- instances

    def instance(self, zone, name):
        instance = self.named("instance", name)
        if instance["zone"] != zone or instance["seen_from"] > time.time():
            raise Refusal(404, "not_found", f"The resource 'zones/{zone}/instances/{name}' was not found")
        return instance

    def show_instance(self, instance):
        wish, place, disk = instance["wish"], "zones/" + instance["zone"], instance["disk"]
        card = {"kind": "compute#networkInterface", "name": "nic0", "network": LINK + wish["networkInterfaces"][0]["network"],
                "networkIP": instance["address"] or "192.0.2.1", "fingerprint": "AAAA"}
        if "accessConfigs" in wish["networkInterfaces"][0]:
            card["accessConfigs"] = [{"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "name": "External NAT",
                                      "networkTier": "PREMIUM"}]
            if instance["state"] == "running":
                card["accessConfigs"][0]["natIP"] = instance["address"]
        tags, metadata = wish.get("tags", {}).get("items", []), wish.get("metadata", {}).get("items", [])
        return {"kind": "compute#instance", "id": str(instance["id"]), "name": instance["name"], "creationTimestamp": CREATED,
                "status": STATES[instance["state"]], "zone": self.link(place), "machineType": LINK + wish["machineType"],
                "labels": wish.get("labels", {}), "labelFingerprint": fingerprint(wish.get("labels", {})),
                "tags": {"items": tags, "fingerprint": fingerprint(tags)}, "networkInterfaces": [card],
                "metadata": {"kind": "compute#metadata", "items": metadata, "fingerprint": fingerprint(metadata)},
                "disks": [{"kind": "compute#attachedDisk", "index": 0, "boot": True, "type": "PERSISTENT",
                           "mode": "READ_WRITE", "autoDelete": wish["disks"][0]["autoDelete"],
                           "source": self.link(f"{place}/disks/{disk['name']}")}],
                "scheduling": wish.get("scheduling", {}), "serviceAccounts": wish.get("serviceAccounts", []),
                "selfLink": self.link(f"{place}/instances/{instance['name']}")}

    def get_instance(self, request, zone, name):
        return 200, self.show_instance(self.instance(zone, name))

    def boot_disk(self, wish, zone, name):
        """(the disk that is there, or the fields of a new one)"""
        disk = wish["disks"][0]
        if "source" in disk:
            return self.named("disk", last(disk["source"])), None
        new = disk["initializeParams"]
        if any(each["name"] == new["diskName"] for each in self.cloud.all("disk")):
            raise Refusal(409, "alreadyExists", f"The resource 'zones/{zone}/disks/{new['diskName']}' already exists")
        project, image = re.fullmatch(r"projects/([-a-z0-9]+)/global/images/([-a-z0-9]+)", new["sourceImage"]).groups()
        self.get_image(None, project, image)
        self.get_disk_type(None, zone, last(new["diskType"]))
        if int(new["diskSizeGb"]) < 10:
            raise Refusal(400, "invalid", "Requested disk size cannot be smaller than the image size (10 GB)")
        return None, dict(name=new["diskName"], zone=zone, size=new["diskSizeGb"], labels=new.get("labels", {}),
                          type=last(new["diskType"]))

    @staticmethod
    def users_of(metadata):
        """(user, keys) of ssh-keys, which count only where OS Login is off: the project has it on."""
        values = {each["key"]: each["value"] for each in metadata}
        lines = [line.partition(":") for line in values.get("ssh-keys", "").splitlines()]
        if values.get("enable-oslogin", "TRUE").upper() == "TRUE" or not lines:
            return "nobody-can-log-in", []
        return lines[0][0], [key for user, _, key in lines if user == lines[0][0]]

    def create_instance(self, request, zone):
        wish = request.json
        if set(wish) - FIELDS or not re.fullmatch(NAME, wish.get("name", "")):
            raise Refusal(400, "invalid", f"Invalid value for field 'resource': {sorted(set(wish) - FIELDS)}")
        for name, value in wish.get("labels", {}).items():
            if not re.fullmatch(r"[a-z][-_a-z0-9]{0,62}", name) or not re.fullmatch(r"[-_a-z0-9]{0,63}", value):
                raise Refusal(400, "invalid", f"Invalid value for field 'resource.labels': '{name}'")
        self.get_type(None, zone, last(wish["machineType"]))
        self.named("network", last(wish["networkInterfaces"][0]["network"]))
        living = [each for each in self.cloud.all("instance") if each["state"] != "gone"]
        if any(each["name"] == wish["name"] for each in living):
            raise Refusal(409, "alreadyExists",
                          f"The resource 'projects/{PROJECT}/zones/{zone}/instances/{wish['name']}' already exists")
        if len(living) >= self.cloud.quota:
            raise Refusal(403, "quotaExceeded", f"Quota 'INSTANCES' exceeded.  Limit: {self.cloud.quota}.0 in region.")
        disk, new = self.boot_disk(wish, zone, wish["name"])
        path = f"zones/{zone}/instances/{wish['name']}"
        if self.cloud.take_fault("error_state", ""):
            return self.begin("insert", {"id": next(self.cloud.numbers), "failure": (
                "ZONE_RESOURCE_POOL_EXHAUSTED", f"The zone '{zone}' does not have enough resources available.")}, path)
        user, keys = self.users_of(wish["metadata"]["items"])
        data = next((each["value"] for each in wish["metadata"]["items"] if each["key"] == "user-data"), "")
        instance = self.cloud.launch(
            keys, data, user, name=wish["name"], wish=wish, zone=zone, disk=disk or self.cloud.add("disk", **new),
            seen_from=time.time() + self.cloud.delay / 2)  # the answer comes before anybody can see it
        return self.begin("insert", instance, path, action=self.cloud.all("action", instance=instance["id"])[0])

    def delete_instance(self, request, zone, name):
        instance = self.instance(zone, name)

        def work():
            instance["host"].remove()
            if instance["wish"]["disks"][0]["autoDelete"]:
                self.cloud.things["disk"].pop(instance["disk"]["id"], None)
        action = self.cloud.change(instance, "deleting", "gone", work)
        return self.begin("delete", instance, f"zones/{zone}/instances/{name}", action=action)

    def act(self, request, zone, name, verb):
        instance = self.instance(zone, name)
        action = {"start": self.cloud.start, "stop": self.cloud.halt}[verb](instance)
        return self.begin(verb, instance, f"zones/{zone}/instances/{name}", action=action)

    def set_part(self, request, zone, name, part):
        """Tags or metadata, if nobody has changed them since the caller looked."""
        instance, wish, part = self.instance(zone, name), request.json, part.lower()
        if set(wish) != {"fingerprint", "items"}:
            raise Refusal(400, "invalid", f"Invalid value for field '{part}'")
        if wish["fingerprint"] != fingerprint(instance["wish"].get(part, {}).get("items", [])):
            raise Refusal(412, "conditionNotMet", "Supplied fingerprint does not match current metadata fingerprint.")
        instance["wish"][part] = {"items": wish["items"]}
        return self.begin("set" + part.capitalize(), instance, f"zones/{zone}/instances/{name}")

    changes, lists = ["requestId"], ["filter", "maxResults", "pageToken", "orderBy"]
    zoned, one = r"/zones/(?P<zone>[-a-z0-9]+)", r"/(?P<name>[-a-z0-9]+)"
    routes = [
        ("GET", "", [], get_project), ("GET", zoned, [], get_zone),
        ("GET", r"/regions/(?P<region>[-a-z0-9]+)", [], get_region),
        ("GET", r"/regions/(?P<region>[-a-z0-9]+)/addresses" + one, [], get_address),
        ("GET", zoned + "/machineTypes" + one, [], get_type), ("GET", zoned + "/diskTypes" + one, [], get_disk_type),
        ("GET", "/global/images/family" + one, [], get_family), ("GET", "/global/images" + one, [], get_image),
        ("GET", "/global/networks" + one, [], get_network),
        ("GET", "/global/firewalls" + one, [], get_firewall), ("POST", "/global/firewalls", changes, create_firewall),
        ("PATCH", "/global/firewalls" + one, changes, patch_firewall),
        ("GET", "/global/operations" + one, [], get_operation), ("GET", zoned + "/operations", lists, list_operations),
        ("GET", zoned + "/operations" + one, [], get_operation),
        ("GET", zoned + "/disks" + one, [], get_disk), ("DELETE", zoned + "/disks" + one, changes, delete_disk),
        ("POST", zoned + "/instances", changes, create_instance),
        ("GET", zoned + "/instances" + one, [], get_instance),
        ("DELETE", zoned + "/instances" + one, changes, delete_instance),
        ("POST", zoned + "/instances" + one + "/(?P<verb>start|stop)", changes, act),
        ("POST", zoned + "/instances" + one + "/set(?P<part>Tags|Metadata)", changes, set_part),
    ]
