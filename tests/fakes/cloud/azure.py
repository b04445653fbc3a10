"""Microsoft Azure: the Resource Manager, Entra's token endpoint and the identity service of virtual machines.
https://learn.microsoft.com/rest/api/azure"""

import re
import secrets
import time
import urllib.parse

from azure_shapes import SHAPES, VERSIONS, check_shape
from core import Refusal

TENANT = "11111111-2222-4333-8444-555555555555"
SUBSCRIPTION = "0a0a0a0a-1b1b-4c1c-8d1d-2e2e2e2e2e2e"
CLIENT = "c11e4700-aaaa-4bbb-8ccc-dddddddddddd"
SECRET = "azure-secret~of.the-fake"
FEDERATED = "a-token-of-another-issuer"
AUDIENCE = "https://management.azure.com/"
LIFE = 3599
LOCATIONS = ["westus", "westus2", "northeurope"]
SIZES = {"Standard_B2s": ("x64", "V1,V2"), "Standard_B2ps_v2": ("Arm64", "V2"), "Standard_A1_v2": ("x64", "V1"),
         "Standard_D2s_v5": ("x64", "V1,V2")}
CLOSED = {"Standard_D2s_v5"}
IMAGES = {("canonical", "ubuntu-24_04-lts", "server"): "x64", ("canonical", "ubuntu-24_04-lts", "server-arm64"): "Arm64",
          ("canonical", "ubuntu-24_04-lts", "server-gen1"): "x64", ("canonical", "ubuntu-26_04-lts", "server"): "x64"}
VERSION = "24.04.202611010"
POWER = {"pending": "starting", "running": "running", "stopping": "stopping", "off": "stopped"}
# What the core and the frame of the fake refuse, in this provider's words.
WORDS = {"resource_limit_exceeded": (409, "OperationNotAllowed", "Operation could not be completed as it results in "
                                     "exceeding approved standardBSFamily Cores quota."),
         "unauthorized": (401, "ExpiredAuthenticationToken", "The access token expiry is before the current time."),
         "unavailable": (503, "ServerTimeout", "The request timed out; try again."),
         "server_error": (500, "InternalServerError", "Encountered internal server error."),
         "not_found": (404, "ResourceNotFound", "The Resource was not found.")}


class Dialect:
    def __init__(self, cloud):
        self.cloud = cloud
        self.tokens = {}
        self.providers = {"Microsoft.Compute": "Registered", "Microsoft.Network": "Registered"}

    # --- the frame

    @staticmethod
    def is_login(request):
        return re.fullmatch(r"/[^/]+/oauth2/v2\.0/token|/metadata/identity/oauth2/token", request.path)

    def authorize(self, request):
        if self.is_login(request):
            return
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.tokens:
            where = f'Bearer authorization_uri="https://login.windows.net/{TENANT}", error="invalid_token", ' \
                    'error_description="The authentication failed because of missing \'Authorization\' header."'
            if SUBSCRIPTION not in request.path:
                raise Refusal(404, "SubscriptionNotFound", "The subscription could not be found.")
            raise Refusal(401, "AuthenticationFailed", "Authentication failed.", {"WWW-Authenticate": where})
        if self.tokens[token] < time.time():
            raise Refusal(401, "ExpiredAuthenticationToken", "The access token expiry is before the current time.")

    def refuse(self, refusal):
        if refusal.code in ("invalid_client", "invalid_request", "unauthorized_client"):
            return refusal.status, {"error": refusal.code, "error_description": str(refusal),
                                    "trace_id": "fake", "correlation_id": "fake"}, {}
        status, code, message = WORDS.get(refusal.code, (refusal.status, refusal.code, str(refusal)))
        return status, {"error": {"code": code, "message": message}}, {"x-ms-request-id": "fake-4711",
                                                                      **refusal.headers}

    def too_many(self):
        return Refusal(429, "TooManyRequests", "The request is being throttled.", {"Retry-After": "1"})

    def handle(self, request):
        if self.is_login(request):
            return self.metadata(request) if request.path.startswith("/metadata") else self.token(request)
        path = request.path.rstrip("/")
        version = request.query.pop("api-version", None)
        if version is None:
            raise Refusal(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
        if not path.lower().startswith("/subscriptions/" + SUBSCRIPTION):
            raise Refusal(404, "SubscriptionNotFound", "The subscription could not be found.")
        below = path[len("/subscriptions/" + SUBSCRIPTION):]
        for method, pattern, action in self.routes:
            match = re.fullmatch(pattern, below, re.IGNORECASE)
            if method == request.method and match:
                kind = next((kind for part, kind in VERSIONS if part in below.lower()), None)
                if version not in (kind or ()):
                    raise Refusal(400, "NoRegisteredProviderFound", f"api-version '{version}' of {below}")
                return action(self, request, *match.groups())
        raise Refusal(404, "InvalidResourceType", f"no route for {request.method} {below}")

    # --- who asks

    def issue(self):
        token = "eyJ0eXAi." + secrets.token_urlsafe(40)
        self.tokens[token] = time.time() + LIFE
        return token

    def token(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        if request.method != "POST" or form.get("grant_type") != "client_credentials":
            raise Refusal(400, "invalid_request", "AADSTS900144: grant_type is wrong.\r\nTrace ID: fake")
        if request.path.split("/")[1] != TENANT:
            raise Refusal(400, "invalid_request", "AADSTS90002: Tenant not found.\r\nTrace ID: fake")
        if form.get("scope") != AUDIENCE + ".default":
            raise Refusal(400, "invalid_request", "AADSTS70011: The provided scope is not valid.\r\nTrace ID: fake")
        if form.get("client_id") != CLIENT:
            raise Refusal(400, "unauthorized_client", "AADSTS700016: Application was not found.\r\nTrace ID: fake")
        trusted = (form.get("client_assertion") == FEDERATED and form.get("client_assertion_type")
                   == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        if form.get("client_secret") != SECRET and not trusted:
            raise Refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: fake")
        return 200, {"token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": self.issue()}

    def metadata(self, request):
        if request.headers.get("Metadata") != "true" or request.query.get("api-version") != "2018-02-01":
            raise Refusal(400, "invalid_request", "Required metadata header not specified")
        if request.query.get("resource") != AUDIENCE or request.query.get("client_id", CLIENT) != CLIENT:
            raise Refusal(400, "invalid_request", "Identity not found")
        return 200, {"access_token": self.issue(), "client_id": CLIENT, "expires_in": str(LIFE),
                     "expires_on": str(int(time.time()) + LIFE), "resource": AUDIENCE, "token_type": "Bearer"}

    # --- what there is

    def get_subscription(self, request):
        return 200, {"id": "/subscriptions/" + SUBSCRIPTION, "subscriptionId": SUBSCRIPTION, "tenantId": TENANT,
                     "displayName": "the fake's", "state": "Enabled"}

    def list_locations(self, request):
        return 200, {"value": [{"id": f"/subscriptions/{SUBSCRIPTION}/locations/{name}", "name": name,
                                "displayName": name.title()} for name in LOCATIONS]}

    def get_provider(self, request, name):
        if name not in self.providers:
            raise Refusal(404, "InvalidResourceNamespace", f"The resource namespace '{name}' is invalid.")
        return 200, {"id": f"/subscriptions/{SUBSCRIPTION}/providers/{name}", "namespace": name,
                     "registrationState": self.providers[name], "resourceTypes": []}

    def register(self, request, name):
        self.providers[name] = "Registered"
        return self.get_provider(request, name)

    def list_skus(self, request):
        where = re.fullmatch(r"location eq '(\w+)'", request.query.get("$filter", ""))
        if not where:
            raise Refusal(400, "InvalidParameter", "$filter is not valid")
        shown = [{"resourceType": "disks", "name": "StandardSSD_LRS", "locations": [where[1]]}]
        for name, (arch, generations) in SIZES.items():
            closed = [{"type": "Location", "values": [where[1]], "reasonCode": "NotAvailableForSubscription",
                       "restrictionInfo": {"locations": [where[1]]}}] if name in CLOSED else []
            shown.append({"resourceType": "virtualMachines", "name": name, "tier": "Standard",
                          "family": "standardBSFamily", "locations": [where[1]], "restrictions": closed,
                          "locationInfo": [{"location": where[1], "zones": ["1", "2"]}],
                          "capabilities": [{"name": "vCPUs", "value": "2"}, {"name": "CpuArchitectureType", "value": arch},
                                           {"name": "HyperVGenerations", "value": generations}]})
        start = int(request.query.get("$skiptoken", "0"))
        answer = {"value": shown[start:start + 3] if where[1] in LOCATIONS else []}
        if start + 3 < len(shown):
            answer["nextLink"] = f"{self.here(request)}{urllib.parse.quote(request.path)}?api-version=2021-07-01&" + \
                urllib.parse.urlencode({"$filter": request.query["$filter"], "$skiptoken": start + 3})
        return 200, answer

    def list_usages(self, request, location):
        count = len(self.cloud.all("instance"))
        return 200, {"value": [{"unit": "Count", "currentValue": count * each, "limit": limit,
                                "name": {"value": name, "localizedValue": words}}
                               for name, words, each, limit in (
                                   ("cores", "Total Regional vCPUs", 2, 200),
                                   ("standardBSFamily", "Standard BS Family vCPUs", 2, 100),
                                   ("virtualMachines", "Virtual Machines", 1, 25000))]}

    def list_versions(self, request, location, publisher, offer, sku):
        known = (publisher.lower(), offer.lower(), sku.lower()) in IMAGES
        if not known:
            raise Refusal(404, "NotFound", f"Artifact: VMImage was not found: {publisher}:{offer}:{sku}")
        return 200, [{"id": f"{request.path}/{VERSION}", "location": location, "name": VERSION}]

    def get_version(self, request, location, publisher, offer, sku, version):
        self.list_versions(request, location, publisher, offer, sku)
        if version != VERSION:
            raise Refusal(404, "NotFound", "Artifact: VMImage was not found.")
        return 200, {"id": request.path, "location": location, "name": version}

    def check_dns(self, request, location):
        label = request.query.get("domainNameLabel", "")
        taken = [each for each in self.cloud.all("resource") if each["label"] == label]
        return 200, {"available": not taken}

    # --- resources: everything but virtual machines is kept as it was put

    @staticmethod
    def here(request):
        return "http://" + request.headers["Host"]

    def full(self, below):
        return f"/subscriptions/{SUBSCRIPTION}{below}"

    def find(self, path):
        return self.cloud.things.get("resource", {}).get((path or "").lower())

    def require(self, reference, what):
        found = self.find((reference or {}).get("id"))
        if not found:
            raise Refusal(400, "InvalidResourceReference", f"{what} {(reference or {}).get('id')} was not found.")
        return found

    def wish(self, request, kind):
        return check_shape(request.json, SHAPES[kind], kind)

    def group_of(self, name):
        path = self.full("/resourceGroups/" + name)
        if path.lower() not in self.cloud.things.get("group", {}):
            raise Refusal(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")

    def group(self, request, name):
        self.group_of(name)
        return 200, self.cloud.get("group", request.path.lower())["body"]

    def put_group(self, request, name):
        body = {**self.wish(request, "group"), "id": request.path, "name": name,
                "properties": {"provisioningState": "Succeeded"}}
        known = request.path.lower() in self.cloud.things.get("group", {})
        # "given": a resource group costs nothing, and orch keeps it.
        self.cloud.add("group", id=request.path.lower(), name=name, body=body, given=True)
        return 200 if known else 201, body

    def operation(self, request, action, status):
        """The answer of something that goes on."""
        path = self.full(f"/providers/Microsoft.Compute/locations/westus/operations/{action['id']}")
        return status, {"Azure-AsyncOperation": f"{self.here(request)}{path}?api-version=2024-11-01",
                        "Retry-After": "0"}

    def get_operation(self, request, identity):
        action = self.cloud.get("action", int(identity))
        status = {"running": "InProgress", "done": "Succeeded", "failed": "Failed"}[action["state"]]
        answer = {"name": identity, "startTime": "2026-11-21T00:00:00+00:00", "status": status}
        if status == "Failed":
            answer["error"] = {"code": "AllocationFailed", "message": f"Allocation failed: {action['error']}"}
        return 200, answer, {"Retry-After": "0"}

    def show(self, resource):
        shown = {**resource["body"], "id": resource["path"], "name": resource["name"],
                 "type": "Microsoft." + resource["type"],
                 "properties": {**resource["body"].get("properties", {}), **self.extra(resource)}}
        if resource["sort"] != "availabilitySets":
            shown["etag"] = 'W/"1"'
            shown["properties"]["provisioningState"] = "Succeeded" if resource["ready"] else "Updating"
        return shown

    def extra(self, resource):
        """What Azure adds to what it was told."""
        if resource["sort"] == "publicIPAddresses":
            nic = self.user_of(resource["path"])
            vm = self.vm_with(nic["path"]) if nic else None
            label = resource["label"]
            named = {"dnsSettings": {"domainNameLabel": label,
                                     "fqdn": f"{label}.westus.cloudapp.azure.com"}} if label else {}
            return {"ipAddress": (vm["address"] if vm else "") or "203.0.113.9", **named}
        if resource["sort"] == "networkInterfaces":
            vm = self.vm_with(resource["path"])
            configuration = resource["body"]["properties"]["ipConfigurations"][0]
            address = (vm["address"] if vm else "") or "192.168.0.4"
            shown = {**configuration, "id": resource["path"] + "/ipConfigurations/ip",
                     "properties": {"privateIPAddress": address, **configuration["properties"]}}
            return {"ipConfigurations": [shown], **({"virtualMachine": {"id": vm["path"]}} if vm else {})}
        if resource["sort"] == "virtualNetworks":
            return {"subnets": [{"name": name, "id": f"{resource['path']}/subnets/{name}", "properties": {
                **each, "provisioningState": "Succeeded",
                "ipConfigurations": [{"id": nic["path"] + "/ipConfigurations/ip"}
                                     for nic in self.users_of(f"{resource['path']}/subnets/{name}")]}}
                for name, each in resource["subnets"].items()]}
        if resource["sort"] == "availabilitySets":
            return {"virtualMachines": [{"id": vm["path"]} for vm in self.cloud.all("instance")
                                        if vm["state"] != "gone" and vm["set"] == resource["path"].lower()]}
        return {}

    def users_of(self, path):
        """Interfaces that name it."""
        return [each for each in self.cloud.all("resource", sort="networkInterfaces")
                if path.lower() in [reference.lower() for reference in each["uses"]]]

    def user_of(self, path):
        return next(iter(self.users_of(path)), None)

    def vm_with(self, nic):
        return next((vm for vm in self.cloud.all("instance")
                     if vm["state"] != "gone" and nic.lower() == vm["nic"]), None)

    def get_resource(self, request, group, kind, name):
        self.group_of(group)
        resource = self.find(request.path)
        if not resource:
            raise Refusal(404, "ResourceNotFound", f"The Resource '{kind}/{name}' under '{group}' was not found.")
        return 200, self.show(resource)

    def put_resource(self, request, group, kind, name):
        self.group_of(group)
        kind = kind.split("/")[-1]
        body = self.wish(request, kind)
        if body.get("location") not in LOCATIONS:
            raise Refusal(400, "LocationNotAvailableForResourceType", f"location '{body.get('location')}'")
        known = self.find(request.path)
        fields = {"uses": [], "subnets": {}, "label": body.get("properties", {}).get("dnsSettings", {}).get(
            "domainNameLabel")}
        getattr(self, "check_" + kind, lambda *_: None)(body, fields, known)
        resource = self.cloud.add("resource", id=request.path.lower(), path=request.path, name=name, sort=kind, body=body,
                                  type=request.path.split("/Microsoft.")[1].rsplit("/", 1)[0], ready=False, **fields)
        if kind == "availabilitySets":  # done at once
            return 200, self.show(resource)
        action = self.cloud.later(resource, lambda: resource.update(ready=True))
        status, headers = self.operation(request, action, 200 if known else 201)
        return status, self.show(resource), headers

    def check_virtualNetworks(self, body, fields, known):
        for subnet in body["properties"].get("subnets", []):
            fields["subnets"][subnet["name"]] = subnet["properties"]
        for name in (known["subnets"] if known else {}):
            if name not in fields["subnets"] and self.users_of(f"{known['path']}/subnets/{name}"):
                raise Refusal(400, "InUseSubnetCannotBeDeleted", f"Subnet {name} is in use.")

    def check_publicIPAddresses(self, body, fields, known):
        if body["sku"]["name"] != "Standard":
            raise Refusal(400, "IPv4BasicSkuPublicIpCountLimitReached", "Cannot create more than 0 Basic addresses.")
        if body["properties"]["publicIPAllocationMethod"] != "Static":
            raise Refusal(400, "PublicIPAddressWithStandardSkuMustBeStatic", "Standard addresses are static.")
        if fields["label"] and any(each["label"] == fields["label"] and each is not known
                                   for each in self.cloud.all("resource")):
            raise Refusal(400, "DnsRecordInUse", f"DNS record {fields['label']} is already used.")

    def check_networkSecurityGroups(self, body, fields, known):
        rules = body["properties"]["securityRules"]
        if len({rule["properties"]["priority"] for rule in rules}) < len(rules):
            raise Refusal(400, "SecurityRuleConflict", "Security rules cannot have the same priority.")
        for rule in rules:
            ours = rule["properties"]
            if not 100 <= ours["priority"] <= 4096 or ours["protocol"] not in ("Tcp", "Udp", "*"):
                raise Refusal(400, "SecurityRuleInvalid", f"rule {rule['name']}")
            if ("sourceAddressPrefix" in ours) == ("sourceAddressPrefixes" in ours):
                raise Refusal(400, "SecurityRuleInvalid", f"rule {rule['name']} needs one kind of source")

    def check_networkInterfaces(self, body, fields, known):
        settings = body["properties"]["ipConfigurations"][0]["properties"]
        vnet, _, subnet = settings["subnet"]["id"].rpartition("/subnets/")
        if subnet not in self.require({"id": vnet}, "Resource")["subnets"]:
            raise Refusal(400, "InvalidResourceReference", f"Resource {settings['subnet']['id']} was not found.")
        fields["uses"].append(settings["subnet"]["id"])
        for reference in (settings.get("publicIPAddress"), body["properties"].get("networkSecurityGroup")):
            if reference:
                fields["uses"].append(self.require(reference, "Resource")["path"])
        if "publicIPAddress" in settings and self.users_of(settings["publicIPAddress"]["id"]) not in ([], [known]):
            raise Refusal(400, "PublicIPAddressInUse", "The address is in use.")

    def put_subnet(self, request, group, vnet, name):
        body = self.wish(request, "subnets")
        resource = self.find(request.path.rpartition("/subnets/")[0])
        if not resource:
            raise Refusal(404, "ParentResourceNotFound", f"virtualNetworks/{vnet} was not found.")
        resource["subnets"][name] = body["properties"]
        return 201, {"id": request.path, "name": name,
                     "properties": {**body["properties"], "provisioningState": "Succeeded"}}

    def delete_resource(self, request, group, kind, name):
        self.group_of(group)
        resource = self.find(request.path)
        if not resource:
            return 204, None
        kind = resource["sort"]
        subnets = [f"{resource['path']}/subnets/{each}" for each in resource["subnets"]]
        if any(self.users_of(path) for path in subnets):
            raise Refusal(400, "InUseSubnetCannotBeDeleted", f"Subnet of {name} is in use.")
        if kind == "networkInterfaces" and self.vm_with(resource["path"]):
            raise Refusal(400, "NicInUse", f"Network Interface {name} is used by an existing resource.")
        if kind == "publicIPAddresses" and self.users_of(resource["path"]):
            raise Refusal(400, "PublicIPAddressCannotBeDeleted", f"Public IP address {name} can not be deleted.")
        if kind == "networkSecurityGroups" and self.users_of(resource["path"]):
            raise Refusal(400, "InUseNetworkSecurityGroupCannotBeDeleted", f"{name} is in use.")
        if self.extra(resource).get("virtualMachines") or kind == "disks" and self.owner(resource):
            raise Refusal(409, "OperationNotAllowed", f"{kind} {name} is in use.")
        self.cloud.drop("resource", resource["id"])
        if kind == "virtualNetworks":  # the older way: ask at Location until it says no 202 any more
            action = self.cloud.later({"id": resource["id"]}, lambda: None)
            path = self.full(f"/providers/Microsoft.Network/locations/westus/operationResults/{action['id']}")
            return 202, None, {"Location": f"{self.here(request)}{path}?api-version=2024-05-01", "Retry-After": "0"}
        return 200, None

    def get_result(self, request, identity):
        going = self.cloud.get("action", int(identity))["state"] == "running"
        return (202, None, {"Retry-After": "0"}) if going else (204, None)

    def owner(self, disk):
        return next((vm for vm in self.cloud.all("instance")
                     if vm["state"] != "gone" and vm["disk"] == disk["id"]), None)

    # --- virtual machines

    def vm(self, path):
        for each in self.cloud.all("instance"):
            if each["path"].lower() == path.lower() and each["state"] != "gone":
                return each
        raise Refusal(404, "ResourceNotFound", f"The Resource '{path}' was not found.")

    def show_vm(self, vm, with_view):
        state = {"error": "Failed", "deleting": "Deleting"}.get(vm["state"], "Succeeded")
        if vm["state"] == "pending" and not vm["address"]:
            state = "Creating"
        properties = {**vm["body"]["properties"], "provisioningState": state, "vmId": f"fake-{vm['id']}"}
        if with_view:
            statuses = [{"code": f"ProvisioningState/{state.lower()}", "level": "Info", "displayStatus": state}]
            power = "deallocated" if vm["state"] == "off" and vm.get("released") else POWER.get(vm["state"])
            if power and state != "Creating":
                statuses.append({"code": "PowerState/" + power, "level": "Info", "displayStatus": "VM " + power})
            properties["instanceView"] = {"statuses": statuses}
        properties["osProfile"] = {key: value for key, value in properties["osProfile"].items() if key != "customData"}
        return {**vm["body"], "id": vm["path"], "name": vm["name"], "type": "Microsoft.Compute/virtualMachines",
                "properties": properties}

    def get_vm(self, request, group, name):
        self.group_of(group)
        if set(request.query) - {"$expand"} or request.query.get("$expand", "instanceView") != "instanceView":
            raise Refusal(400, "InvalidParameter", "unknown query parameter")
        return 200, self.show_vm(self.vm(request.path), "$expand" in request.query)

    def put_vm(self, request, group, name):
        self.group_of(group)
        body = self.wish(request, "virtualMachines")
        if any(each["path"].lower() == request.path.lower() for each in self.cloud.all("instance")):
            if request.headers.get("If-None-Match") == "*":
                raise Refusal(412, "PreconditionFailed", "The condition set in the request was not met.")
            raise Refusal(409, "PropertyChangeNotAllowed", "Changing a virtual machine is not a part of this fake.")
        wish = body["properties"]
        if wish["hardwareProfile"]["vmSize"] not in SIZES:
            raise Refusal(400, "InvalidParameter", "The value of parameter vmSize is invalid.")
        if wish["hardwareProfile"]["vmSize"] in CLOSED:
            raise Refusal(409, "SkuNotAvailable", "The requested size is currently not available.")
        self.check_image(wish)
        login = wish["osProfile"]
        if login["adminUsername"] in ("root", "admin", "test"):
            raise Refusal(400, "InvalidParameter", "The Username specified is not allowed.")
        nic = self.require(wish["networkProfile"]["networkInterfaces"][0], "Network interface")
        if self.vm_with(nic["path"]):
            raise Refusal(409, "NicInUse", "The network interface belongs to another virtual machine.")
        group_path = request.path.split("/providers/")[0]
        disk = f"{group_path}/providers/Microsoft.Compute/disks/{wish['storageProfile']['osDisk']['name']}"
        if self.find(disk):
            raise Refusal(409, "ConflictingUserInput", "Disk already exists.")
        keys = [each["keyData"] for each in login["linuxConfiguration"]["ssh"]["publicKeys"]]
        vm = self.cloud.launch(keys, self.custom_data(login), login["adminUsername"], name=name, body=body,
                               path=request.path, nic=nic["id"], disk=disk.lower(),
                               set=wish.get("availabilitySet", {}).get("id", "").lower())
        self.cloud.add("resource", id=disk.lower(), path=disk, name=disk.rsplit("/", 1)[1], sort="disks", uses=[],
                       subnets={}, label=None, type="Compute/disks", ready=True, body={"location": body["location"]})
        action = self.cloud.all("action", instance=vm["id"])[0]
        status, headers = self.operation(request, action, 201)
        return status, self.show_vm(vm, False), headers

    @staticmethod
    def check_image(wish):
        image = wish["storageProfile"]["imageReference"]
        if "id" in image:
            raise Refusal(404, "NotFound", "no such image")
        arch = IMAGES.get((image["publisher"].lower(), image["offer"].lower(), image["sku"].lower()))
        if not arch or image["version"] not in ("latest", VERSION):
            raise Refusal(404, "PlatformImageNotFound", "The platform image is not available.")
        if arch != SIZES[wish["hardwareProfile"]["vmSize"]][0]:
            raise Refusal(400, "BadRequest", "The architecture of the image and of the size differ.")

    @staticmethod
    def custom_data(login):
        import base64
        return base64.b64decode(login.get("customData", ""), validate=True).decode()

    def delete_vm(self, request, group, name):
        try:
            vm = self.vm(request.path)
        except Refusal:
            return 204, None

        def work():
            vm["host"].remove()
            wish = vm["body"]["properties"]
            self.cloud.things["instance"].pop(vm["id"], None)
            for path, options in ((vm["nic"], wish["networkProfile"]["networkInterfaces"][0].get("properties", {})),
                                  (vm["disk"], wish["storageProfile"]["osDisk"])):
                if options.get("deleteOption") == "Delete":
                    self.cloud.things["resource"].pop(path, None)
        action = self.cloud.change(vm, "deleting", "gone", work)
        status, headers = self.operation(request, action, 202)
        return status, None, headers

    def act(self, request, group, name, verb):
        vm = self.vm(request.path.rsplit("/", 1)[0])
        verbs = {"start": self.cloud.start, "restart": self.cloud.reboot, "deallocate": self.cloud.halt,
                 "powerOff": self.cloud.kill if request.query.get("skipShutdown") == "true" else self.cloud.halt}
        if verb not in verbs:
            raise Refusal(404, "InvalidResourceType", f"no action {verb}")
        if vm["state"] in ("pending", "deleting", "error"):
            raise Refusal(409, "OperationNotAllowed", "The virtual machine is busy.")
        if verb in ("deallocate", "powerOff") and vm["state"] == "off":
            vm["released"] = vm.get("released") or verb == "deallocate"
            return 200, None
        vm["released"] = verb == "deallocate"
        status, headers = self.operation(request, verbs[verb](vm), 202)
        return status, None, headers

    group_path = "/resourceGroups/([^/]+)"
    vm_path = group_path + "/providers/Microsoft.Compute/virtualMachines/([^/]+)"
    kinds = "Microsoft.Compute/availabilitySets|Microsoft.Compute/disks|Microsoft.Network/" \
            "(?:networkSecurityGroups|virtualNetworks|publicIPAddresses|networkInterfaces)"
    resource_path = f"{group_path}/providers/({kinds})/([^/]+)"
    images_path = "/providers/Microsoft.Compute/locations/(\\w+)/publishers/([^/]+)/artifacttypes/vmimage/" \
                  "offers/([^/]+)/skus/([^/]+)/versions"
    routes = [
        ("GET", "", get_subscription), ("GET", "/locations", list_locations),
        ("GET", r"/providers/([\w.]+)", get_provider), ("POST", r"/providers/([\w.]+)/register", register),
        ("GET", "/providers/Microsoft.Compute/skus", list_skus),
        ("GET", r"/providers/Microsoft.Compute/locations/(\w+)/usages", list_usages),
        ("GET", images_path, list_versions), ("GET", images_path + "/([^/]+)", get_version),
        ("GET", r"/providers/Microsoft.Network/locations/(\w+)/CheckDnsNameAvailability", check_dns),
        ("GET", r"/providers/Microsoft.Compute/locations/\w+/operations/(\d+)", get_operation),
        ("GET", r"/providers/Microsoft.Network/locations/\w+/operationResults/(\d+)", get_result),
        ("GET", group_path, group), ("PUT", group_path, put_group),
        ("GET", vm_path, get_vm), ("PUT", vm_path, put_vm), ("DELETE", vm_path, delete_vm),
        ("POST", vm_path + r"/(\w+)", act),
        ("PUT", group_path + "/providers/Microsoft.Network/virtualNetworks/([^/]+)/subnets/([^/]+)", put_subnet),
        ("GET", resource_path, get_resource), ("PUT", resource_path, put_resource),
        ("DELETE", resource_path, delete_resource),
    ]
