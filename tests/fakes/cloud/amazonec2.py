"""AWS EC2, https://docs.aws.amazon.com/AWSEC2/latest/APIReference/, with what a client of it needs beside it: public
parameters of SSM, roles of STS, the metadata service of an instance and that of a container. Parameters are checked against
the model of botocore where that is installed. For faults, a call of EC2 is "GET /DescribeImages", "POST /RunInstances"."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import time
import urllib.parse
import uuid
from xml.sax.saxutils import escape

import amazonec2_model
from core import Refusal

REGION = "us-east-1"
SECRETS = {"AKIAFAKEOFTHECLOUD00": "amazonec2-secret-of-the-fake", "ASIATEMPORARY0000000": "amazonec2-temporary-secret"}
TOKEN = "amazonec2-session-token/of+the=fake=="  # of the temporary key
METADATA_TOKEN = "metadata-token-of-the-fake"
WEB_TOKEN = "web-identity-token-of-the-fake"
STATES = {"pending": (0, "pending"), "running": (16, "running"), "deleting": (32, "shutting-down"),
          "gone": (48, "terminated"), "error": (48, "terminated"), "stopping": (64, "stopping"), "off": (80, "stopped")}
TYPES = {"t3.small": (["x86_64"], "abc"), "t3.micro": (["x86_64"], "abc"), "t2.micro": (["i386", "x86_64"], "abcdef"),
         "t4g.small": (["arm64"], "b")}
UBUNTU, DEBIAN = "099720109477", "136693071363"
IMAGES = [
    ("ami-0000000000000024a", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261001", UBUNTU, "x86_64"),
    ("ami-0000000000000024b", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20261001", UBUNTU, "arm64"),
    ("ami-0000000000000026a", "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-20260901", UBUNTU, "x86_64"),
    ("ami-0000000000000026b", "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-20261101", UBUNTU, "x86_64"),
    ("ami-0000000000000013a", "debian-13-amd64-20261101-1234", DEBIAN, "x86_64"),
]
PARAMETERS = {  # those of 26.04 are missing: clients have to look for the image
    "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id": "ami-0000000000000024a",
    "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id": "ami-0000000000000024b",
    "/aws/service/debian/release/13/latest/amd64": "ami-0000000000000013a",
}
COMMON_CODES = {"server_error": "InternalError", "unavailable": "Unavailable", "unauthorized": "AuthFailure",
                "not_found": "InvalidAction"}
PAGE = 5  # so few that clients have to turn pages


def xml(value):
    """Dictionaries become elements, lists <item>s, None nothing."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml(each)}</{name}>" for name, each in value.items() if each is not None)
    if isinstance(value, list):
        return "".join(f"<item>{xml(each)}</item>" for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))


def when(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def several(form, prefix):
    """The values of prefix.1, prefix.2 ..."""
    values = []
    while f"{prefix}.{len(values) + 1}" in form:
        values.append(form[f"{prefix}.{len(values) + 1}"])
    return values


def parts(form, prefix):
    """The forms below prefix.1, prefix.2 ..."""
    found = []
    while True:
        start = f"{prefix}.{len(found) + 1}."
        below = {name[len(start):]: value for name, value in form.items() if name.startswith(start)}
        if not below:
            return found
        found.append(below)


def tags_for(form, resource):
    return {tag["Key"]: tag.get("Value", "") for each in parts(form, "TagSpecification")
            if each["ResourceType"] == resource for tag in parts(each, "Tag")}


def show_tags(tags):
    return [{"key": key, "value": value} for key, value in tags.items()]


def glob(pattern, text):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


class Signature:
    """Signature Version 4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""

    def __init__(self, request):
        match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                             r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
                             request.headers.get("Authorization", ""))
        if not match:
            raise Refusal(400, "MissingAuthenticationToken", "Request is missing Authentication Token")
        self.key, self.day, self.region, self.service, self.signed, self.signature = match.groups()
        self.request = request

    def check(self, service):
        headers = self.request.headers
        moment = headers.get("X-Amz-Date", "")
        names = self.signed.split(";")
        if self.key not in SECRETS:
            raise Refusal(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
        if self.key.startswith("ASIA") and headers.get("X-Amz-Security-Token") != TOKEN:
            raise Refusal(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
        wanted = {"host", "x-amz-date"} | {each.lower() for each in headers if each.lower().startswith("x-amz-")}
        if not wanted <= set(names) or names != sorted(names) or any(each not in headers for each in names):
            raise Refusal(403, "SignatureDoesNotMatch", f"the signed headers are {self.signed}, not what came")
        sent = datetime.datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
        if abs(time.time() - sent) > 900 or not moment.startswith(self.day):
            raise Refusal(400, "RequestExpired", "Request has expired.")
        if (self.region, self.service) != (REGION, service):
            raise Refusal(403, "SignatureDoesNotMatch", f"Credential should be scoped to {REGION}/{service}")
        if not hmac.compare_digest(self.expected(), self.signature):
            raise Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the "
                          "signature you provided.")

    def expected(self):
        parts = urllib.parse.urlsplit(self.request.raw_path)
        canonical = "\n".join([
            self.request.method, parts.path or "/", "&".join(sorted(filter(None, parts.query.split("&")))),
            *[f"{name}:{' '.join(self.request.headers[name].split())}" for name in self.signed.split(";")], "",
            self.signed, hashlib.sha256(self.request.body).hexdigest()])
        scope = f"{self.day}/{self.region}/{self.service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", self.request.headers["X-Amz-Date"], scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + SECRETS[self.key]).encode()
        for part in (self.day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Dialect:
    def __init__(self, cloud):
        self.cloud = cloud
        self.models = {}
        if amazonec2_model.version:
            self.models = {name: amazonec2_model.Model(name) for name in amazonec2_model.VERSIONS}
        self.tokens = {}  # of RunInstances: what was asked and answered
        self.subnets = [{"id": f"subnet-{letter * 8}", "vpc": "vpc-default0", "zone": REGION + letter, "default": True}
                        for letter in "abcdef"]
        self.subnets.append({"id": "subnet-other000", "vpc": "vpc-other000", "zone": REGION + "a", "default": False})

    # --- the frame

    def line(self, request):
        if request.method == "POST" and request.path == "/":
            action = self.form(request).get("Action") or request.headers.get("X-Amz-Target", "").split(".")[-1]
            return ("GET /" if action.startswith(("Describe", "Get")) else "POST /") + action
        return f"{request.method} {request.path}"

    @staticmethod
    def form(request):
        return dict(urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=False))

    @staticmethod
    def is_json(request):
        return "X-Amz-Target" in request.headers

    def authorize(self, request):
        if request.path.startswith(("/latest/", "/container")):
            return
        if self.form(request).get("Action") == "AssumeRoleWithWebIdentity":
            return
        Signature(request).check("ssm" if self.is_json(request) else "ec2")

    def refuse(self, refusal):
        code = COMMON_CODES.get(refusal.code, refusal.code)
        body = ('<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
                f"<Code>{code}</Code><Message>{escape(refusal.message)}</Message></Error></Errors>"
                "<RequestID>fake-4711</RequestID></Response>")
        return refusal.status, body.encode(), {"Content-Type": "text/xml;charset=UTF-8", **refusal.headers}

    def too_many(self):
        return Refusal(503, "RequestLimitExceeded", "Request limit exceeded.")

    def handle(self, request):
        if request.path.startswith("/latest/"):
            return self.metadata(request)
        if request.path == "/container":
            if request.headers.get("Authorization") != "container-token-of-the-fake":
                return 401, b"{}", {}
            return 200, self.temporary("Token"), {}
        if request.method != "POST" or request.path != "/":
            raise Refusal(400, "InvalidAction", f"{request.method} {request.path}")
        if self.is_json(request):
            return self.parameters(request)
        form = self.form(request)
        action = form.pop("Action", "")
        service = "sts" if form.get("Version") == "2011-06-15" else "ec2"
        if form.pop("Version", "") != amazonec2_model.VERSIONS[service]:
            raise Refusal(400, "InvalidParameterValue", "unknown version")
        if not request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            raise Refusal(400, "InvalidAction", "no form")
        self.judge(service, action, form)
        method = getattr(self, action, None)
        if method is None:
            raise Refusal(400, "InvalidAction", f"the fake does not know {action}")
        content = method(form)
        space = {"ec2": "http://ec2.amazonaws.com/doc/2016-11-15/", "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
        head = f"<requestId>{uuid.uuid4()}</requestId>" if service == "ec2" else ""
        body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<{action}Response xmlns="{space[service]}">{head}'
                f"{xml(content)}</{action}Response>")
        return 200, body.encode(), {"Content-Type": "text/xml;charset=UTF-8"}

    def judge(self, service, action, form):
        try:
            if self.models:
                self.models[service].check_form(action, form)
        except amazonec2_model.Wrong as wrong:
            raise Refusal(400, wrong.code, wrong.message) from None

    # --- what is beside EC2

    @staticmethod
    def temporary(token_name):
        key = "ASIATEMPORARY0000000"
        return {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key, "SecretAccessKey": SECRETS[key],
                token_name: TOKEN, "Expiration": when(time.time() + 21600)}

    def metadata(self, request):
        """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"""
        plain = {"Content-Type": "text/plain"}
        if (request.method, request.path) == ("PUT", "/latest/api/token"):
            seconds = request.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
            return (200, METADATA_TOKEN.encode(), plain) if seconds.isdigit() else (400, b"", plain)
        if request.headers.get("X-aws-ec2-metadata-token") != METADATA_TOKEN:
            return 401, b"", plain
        place = "/latest/meta-data/iam/security-credentials/"
        if request.path == place:
            return 200, b"fake-role", plain
        if request.path == place + "fake-role":
            return 200, json.dumps(self.temporary("Token")).encode(), plain
        return 404, b"", plain

    def AssumeRoleWithWebIdentity(self, form):
        if form["WebIdentityToken"] != WEB_TOKEN:
            raise Refusal(400, "InvalidIdentityToken", "the token is not valid")
        made = self.temporary("SessionToken")
        return {"AssumeRoleWithWebIdentityResult": {"Credentials": {
            name: made[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")}},
            "ResponseMetadata": {"RequestId": "fake-4711"}}

    def parameters(self, request):
        headers = {"Content-Type": "application/x-amz-json-1.1"}
        if request.headers["X-Amz-Target"] != "AmazonSSM.GetParameters":
            return 400, json.dumps({"__type": "UnknownOperationException"}).encode(), headers
        if request.headers.get("Content-Type") != "application/x-amz-json-1.1":
            return 400, json.dumps({"__type": "SerializationException"}).encode(), headers
        names = request.json["Names"]
        if self.models:
            wrong = list(self.models["ssm"].json_problems("GetParametersRequest", request.json, "GetParameters"))
            if wrong:
                return 400, json.dumps({"__type": "ValidationException", "message": wrong[0]}).encode(), headers
        found = [{"Name": name, "Type": "String", "Value": PARAMETERS[name], "Version": 7,
                  "LastModifiedDate": 1793000000.0, "DataType": "aws:ec2:image",
                  "ARN": f"arn:aws:ssm:{REGION}::parameter{name}"} for name in names if name in PARAMETERS]
        answer = {"Parameters": found, "InvalidParameters": [name for name in names if name not in PARAMETERS]}
        return 200, json.dumps(answer).encode(), headers

    # --- lists

    @staticmethod
    def filtered(form, things, fields):
        """`fields` says what each filter looks at; a filter that is not in it is refused."""
        for each in parts(form, "Filter"):
            name, values = each["Name"], several(each, "Value")
            if name.startswith("tag:"):
                def look(thing, name=name):
                    return thing["tags"].get(name[4:], "")
            elif name in fields:
                look = fields[name]
            else:
                raise Refusal(400, "InvalidParameterValue", f"The filter '{name}' is invalid")
            things = [thing for thing in things if any(glob(value, str(look(thing))) for value in values)]
        return things

    @staticmethod
    def page(form, name, shown):
        start = int(form.get("NextToken", "0"))
        following = str(start + PAGE) if start + PAGE < len(shown) else None
        return {name: shown[start:start + PAGE], "nextToken": following}

    @staticmethod
    def chosen(things, wanted, code, what):
        """Those with these ids; each must be there."""
        known = {thing["id"] for thing in things}
        for identity in wanted:
            if identity not in known:
                raise Refusal(400, code, f"The {what} ID '{identity}' does not exist")
        return [thing for thing in things if not wanted or thing["id"] in wanted]

    # --- what there is

    def DescribeVpcs(self, form):
        vpcs = [{"id": "vpc-default0", "default": "true"}, {"id": "vpc-other000", "default": "false"}]
        vpcs = self.chosen(vpcs, several(form, "VpcId"), "InvalidVpcID.NotFound", "vpc")
        vpcs = self.filtered(form, vpcs, {"is-default": lambda vpc: vpc["default"]})
        return self.page(form, "vpcSet", [{"vpcId": vpc["id"], "state": "available", "cidrBlock": "172.31.0.0/16",
                                           "isDefault": vpc["default"] == "true"} for vpc in vpcs])

    def DescribeSubnets(self, form):
        found = self.chosen(self.subnets, several(form, "SubnetId"), "InvalidSubnetID.NotFound", "subnet")
        found = self.filtered(form, found, {"vpc-id": lambda each: each["vpc"],
                                            "availability-zone": lambda each: each["zone"]})
        return self.page(form, "subnetSet", [
            {"subnetId": each["id"], "state": "available", "vpcId": each["vpc"], "cidrBlock": "172.31.0.0/20",
             "availableIpAddressCount": 4091, "availabilityZone": each["zone"], "defaultForAz": each["default"],
             "mapPublicIpOnLaunch": each["default"]} for each in found])

    def DescribeInstanceTypes(self, form):
        for name in several(form, "InstanceType"):
            if name not in TYPES:
                raise Refusal(400, "InvalidInstanceType", f"The following supplied instance types do not exist: [{name}]")
        wanted = several(form, "InstanceType") or list(TYPES)
        return self.page(form, "instanceTypeSet", [
            {"instanceType": name, "currentGeneration": True,
             "processorInfo": {"supportedArchitectures": TYPES[name][0], "sustainedClockSpeedInGhz": 2.5},
             "memoryInfo": {"sizeInMiB": 2048}, "supportedUsageClasses": ["on-demand", "spot"]} for name in wanted])

    def DescribeInstanceTypeOfferings(self, form):
        offers = [{"type": name, "zone": REGION + letter} for name, (_, letters) in TYPES.items() for letter in letters]
        offers = self.filtered(form, offers, {"instance-type": lambda each: each["type"],
                                              "location": lambda each: each["zone"]})
        return self.page(form, "instanceTypeOfferingSet", [
            {"instanceType": each["type"], "locationType": form.get("LocationType", "region"), "location": each["zone"]}
            for each in offers])

    def DescribeImages(self, form):
        images = [{"id": identity, "name": name, "owner": owner, "arch": arch} for identity, name, owner, arch in IMAGES]
        images = self.chosen(images, several(form, "ImageId"), "InvalidAMIID.NotFound", "image")
        owners = several(form, "Owner")
        images = [image for image in images if not owners or image["owner"] in owners]
        images = self.filtered(form, images, {"name": lambda image: image["name"], "state": lambda _: "available",
                                              "architecture": lambda image: image["arch"]})
        return {"imagesSet": [self.show_image(image) for image in images]}

    def show_image(self, image):
        device = self.root_device(image["id"])
        day = re.search(r"-(2026)(\d\d)(\d\d)", image["name"])
        return {"imageId": image["id"], "imageState": "available", "imageOwnerId": image["owner"], "isPublic": True,
                "architecture": image["arch"], "imageType": "machine", "name": image["name"],
                "creationDate": "-".join(day.groups()) + "T01:02:03.000Z", "rootDeviceType": "ebs",
                "rootDeviceName": device, "virtualizationType": "hvm", "hypervisor": "xen", "enaSupport": True,
                "blockDeviceMapping": [{"deviceName": device, "ebs": {
                    "snapshotId": "snap-00000001", "volumeSize": 8, "deleteOnTermination": True, "volumeType": "gp3",
                    "encrypted": False}}]}

    @staticmethod
    def root_device(image):
        return "/dev/xvda" if image == "ami-0000000000000013a" else "/dev/sda1"

    # --- keys

    def keys(self):
        return self.cloud.all("key")

    def DescribeKeyPairs(self, form):
        wanted = several(form, "KeyName")
        for name in wanted:
            if not any(key["name"] == name for key in self.keys()):
                raise Refusal(400, "InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")
        found = [key for key in self.keys() if not wanted or key["name"] in wanted]
        found = self.filtered(form, found, {"key-name": lambda key: key["name"]})
        return {"keySet": [{"keyPairId": key["pair"], "keyName": key["name"], "keyFingerprint": key["fingerprint"],
                            "keyType": key["type"], "tagSet": show_tags(key["tags"])} for key in found]}

    def ImportKeyPair(self, form):
        words = base64.b64decode(form["PublicKeyMaterial"]).decode().split()
        kinds = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}
        if len(words) < 2 or words[0] not in kinds:
            raise Refusal(400, "InvalidKey.Format", "Key is not in valid OpenSSH public key format")
        with self.cloud.lock:
            if any(key["name"] == form["KeyName"] for key in self.keys()):
                raise Refusal(400, "InvalidKeyPair.Duplicate", f"The keypair '{form['KeyName']}' already exists.")
            number = next(self.cloud.numbers)
            key = self.cloud.add(
                "key", name=form["KeyName"], pair=f"key-{number:017x}", type=kinds[words[0]], line=" ".join(words),
                fingerprint=base64.b64encode(hashlib.sha256(base64.b64decode(words[1])).digest()).decode(),
                tags=tags_for(form, "key-pair"))
        return {"keyName": key["name"], "keyFingerprint": key["fingerprint"], "keyPairId": key["pair"],
                "tagSet": show_tags(key["tags"])}

    def DeleteKeyPair(self, form):
        for key in self.keys():
            if key["name"] == form["KeyName"]:
                self.cloud.drop("key", key["id"])
        return {"return": True}

    # --- security groups

    def group(self, identity):
        for group in self.cloud.all("group"):
            if group["id"] == identity:
                return group
        raise Refusal(400, "InvalidGroup.NotFound", f"The security group '{identity}' does not exist")

    def DescribeSecurityGroups(self, form):
        found = [self.group(identity) for identity in several(form, "GroupId")] or self.cloud.all("group")
        found = self.filtered(form, found, {"group-name": lambda group: group["name"],
                                            "vpc-id": lambda group: group["vpc"]})
        return self.page(form, "securityGroupInfo", [
            {"ownerId": "123456789012", "groupId": group["id"], "groupName": group["name"],
             "groupDescription": group["text"], "vpcId": group["vpc"], "tagSet": show_tags(group["tags"]),
             "ipPermissions": [self.show_rule(rule) for rule in group["rules"]],
             "ipPermissionsEgress": [{"ipProtocol": "-1", "ipRanges": [{"cidrIp": "0.0.0.0/0"}]}]} for group in found])

    @staticmethod
    def show_rule(rule):
        protocol, first, last, kind, source = rule
        shown = {"ipProtocol": protocol, "fromPort": first, "toPort": last, "groups": [], "ipRanges": [],
                 "ipv6Ranges": [], "prefixListIds": []}
        field, name = {"cidr": ("ipRanges", "cidrIp"), "cidr6": ("ipv6Ranges", "cidrIpv6"),
                       "group": ("groups", "groupId")}[kind]
        shown[field] = [{"userId": "123456789012", name: source} if kind == "group" else {name: source}]
        return shown

    def CreateSecurityGroup(self, form):
        vpc = form.get("VpcId", "vpc-default0")
        with self.cloud.lock:
            if any((group["name"], group["vpc"]) == (form["GroupName"], vpc) for group in self.cloud.all("group")):
                raise Refusal(400, "InvalidGroup.Duplicate",
                              f"The security group '{form['GroupName']}' already exists for VPC '{vpc}'")
            tags = tags_for(form, "security-group")
            # One that belongs to no machine alone is shared by all, and stays.
            group = self.cloud.add("group", id=f"sg-{next(self.cloud.numbers):017x}", name=form["GroupName"], vpc=vpc,
                                   text=form["GroupDescription"], rules=[], tags=tags, given="orch-machine" not in tags)
        return {"return": True, "groupId": group["id"], "tagSet": show_tags(tags)}

    def AuthorizeSecurityGroupIngress(self, form):
        group, wanted = self.group(form["GroupId"]), []
        for each in parts(form, "IpPermissions"):
            head = (each["IpProtocol"], int(each["FromPort"]), int(each["ToPort"]))
            wanted += [(*head, "cidr", below["CidrIp"]) for below in parts(each, "IpRanges")]
            wanted += [(*head, "cidr6", below["CidrIpv6"]) for below in parts(each, "Ipv6Ranges")]
            wanted += [(*head, "group", self.group(below["GroupId"])["id"]) for below in parts(each, "Groups")]
        if not wanted:
            raise Refusal(400, "MissingParameter", "Source group or cidr must be specified")
        with self.cloud.lock:
            for rule in wanted:  # all or none
                if rule in group["rules"] or wanted.count(rule) > 1:
                    raise Refusal(400, "InvalidPermission.Duplicate", f'the specified rule "{rule}" already exists')
            group["rules"] += wanted
        return {"return": True, "securityGroupRuleSet": [
            {"securityGroupRuleId": f"sgr-{next(self.cloud.numbers):017x}", "groupId": group["id"],
             "groupOwnerId": "123456789012", "isEgress": False, "ipProtocol": rule[0], "fromPort": rule[1],
             "toPort": rule[2]} for rule in wanted]}

    # --- instances

    def instance(self, identity):
        """What was just made is not known everywhere yet."""
        for instance in self.cloud.all("instance"):
            if instance["id"] == identity and time.time() >= instance["shown_from"]:
                return instance
        raise Refusal(400, "InvalidInstanceID.NotFound", f"The instance ID '{identity}' does not exist")

    def DescribeInstances(self, form):
        wanted = several(form, "InstanceId")
        if wanted and "MaxResults" in form:
            raise Refusal(400, "InvalidParameterCombination", "MaxResults goes with no ids")
        found = [self.instance(identity) for identity in wanted] or [
            each for each in self.cloud.all("instance") if time.time() >= each["shown_from"]]
        found = self.filtered(form, found, {"instance-state-name": lambda each: STATES[each["state"]][1],
                                            "client-token": lambda each: each["token"]})
        return self.page(form, "reservationSet", [self.show_reservation(each) for each in found])

    def show_reservation(self, instance):
        return {"reservationId": instance["reservation"], "ownerId": "123456789012", "groupSet": [],
                "instancesSet": [self.show_instance(instance)]}

    def show_instance(self, instance):
        state = STATES[instance["state"]]
        there = instance["state"] not in ("gone", "error", "pending")
        groups = [{"groupId": each, "groupName": self.group(each)["name"]} for each in instance["groups"]]
        reason = {"code": "Server.InternalError", "message": "Server.InternalError: Internal error on launch"}
        return {
            "instanceId": instance["id"], "imageId": instance["image"], "amiLaunchIndex": 0,
            "instanceState": {"code": state[0], "name": state[1]}, "privateDnsName": "", "dnsName": "", "reason": "",
            "keyName": instance["key"], "productCodes": [], "instanceType": instance["type"],
            "launchTime": when(instance["created"]), "placement": {
                "availabilityZone": instance["zone"], "groupName": "", "tenancy": "default"},
            "monitoring": {"state": "disabled"}, "subnetId": instance["subnet"], "vpcId": instance["vpc"],
            "privateIpAddress": instance["address"] if there else None,
            "ipAddress": instance["address"] if there and instance["public"] and instance["state"] == "running" else None,
            "stateReason": reason if instance["state"] == "error" else None, "architecture": instance["arch"],
            "rootDeviceType": "ebs", "rootDeviceName": self.root_device(instance["image"]), "virtualizationType": "hvm",
            "instanceLifecycle": "spot" if instance["spot"] else None, "spotInstanceRequestId": instance["spot"],
            "clientToken": instance["token"], "groupSet": groups, "tagSet": show_tags(instance["tags"]),
            "hypervisor": "xen", "ebsOptimized": False, "metadataOptions": {
                "state": "applied", "httpTokens": instance["http_tokens"], "httpPutResponseHopLimit": 2,
                "httpEndpoint": "enabled"}}

    def RunInstances(self, form):
        dry, token = form.pop("DryRun", "false") == "true", form.get("ClientToken", "")
        fields = self.launch_fields(form)
        if dry:
            raise Refusal(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        with self.cloud.lock:
            if token and token in self.tokens:
                known, identity = self.tokens[token]
                if known != form:
                    raise Refusal(400, "IdempotentParameterMismatch", "the request is not the one of that client token")
                return self.show_reservation(self.cloud.get("instance", identity))
            number = next(self.cloud.numbers)
            try:
                instance = self.cloud.launch(
                    fields.pop("keys"), fields.pop("data"), fields.pop("user"), number=number, id=f"i-{number:017x}",
                    reservation=f"r-{number:017x}", token=token, shown_from=time.time() + self.cloud.delay,
                    **fields)
            except Refusal:
                raise Refusal(400, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU "
                              f"limit of {self.cloud.quota} allows for the instance bucket.") from None
            self.tokens[token] = (form, instance["id"])
        if instance["spot"]:
            self.cloud.add("spot", id=instance["spot"], instance=instance["id"], state="active")
        return self.show_reservation(instance)

    def launch_fields(self, form):
        images = [image for image in IMAGES if image[0] == form["ImageId"]]
        if not images:
            raise Refusal(400, "InvalidAMIID.NotFound", f"The image id '[{form['ImageId']}]' does not exist")
        if form["InstanceType"] not in TYPES:
            raise Refusal(400, "InvalidParameterValue", f"Invalid value '{form['InstanceType']}' for InstanceType.")
        if images[0][3] not in TYPES[form["InstanceType"]][0]:
            raise Refusal(400, "InvalidParameterValue", "The architecture of the specified instance type does not match "
                          "the architecture of the specified AMI.")
        nics, disks = parts(form, "NetworkInterface"), parts(form, "BlockDeviceMapping")
        if nics and any(name.startswith(("SecurityGroup", "SubnetId")) for name in form):
            raise Refusal(400, "InvalidParameterCombination", "Network interfaces and an instance-level subnet ID or "
                          "security groups may not be specified on the same request")
        nic = nics[0] if nics else {"SubnetId": form.get("SubnetId", self.subnets[0]["id"])}
        subnet = self.chosen(self.subnets, [nic["SubnetId"]], "InvalidSubnetID.NotFound", "subnet")[0]
        if subnet["zone"][-1] not in TYPES[form["InstanceType"]][1]:
            raise Refusal(400, "Unsupported", f"{form['InstanceType']} is not supported in {subnet['zone']}")
        if any(disk["DeviceName"] != self.root_device(images[0][0]) for disk in disks):
            raise Refusal(400, "InvalidBlockDeviceMapping", "that would be a second disk")
        groups = several(nic, "SecurityGroupId")
        for identity in groups:
            if self.group(identity)["vpc"] != subnet["vpc"]:
                raise Refusal(400, "InvalidParameter", f"{identity} belongs to another network")
        data = base64.b64decode(form.get("UserData", "")).decode()
        if len(data) > 16384:
            raise Refusal(400, "InvalidParameterValue", "User data is limited to 16384 bytes")
        keys = [key["line"] for key in self.keys() if key["name"] == form.get("KeyName")]
        if "KeyName" in form and not keys:
            raise Refusal(400, "InvalidKeyPair.NotFound", f"The key pair '{form['KeyName']}' does not exist")
        spot = form.get("InstanceMarketOptions.MarketType") == "spot"
        tags = tags_for(form, "instance")
        return {"keys": keys, "data": data, "user": "admin" if images[0][2] == DEBIAN else "ubuntu",
                "name": tags.get("Name", ""), "tags": tags, "image": images[0][0], "arch": images[0][3],
                "type": form["InstanceType"], "key": form.get("KeyName"), "groups": groups, "subnet": subnet["id"],
                "vpc": subnet["vpc"], "zone": subnet["zone"],
                "public": nic.get("AssociatePublicIpAddress", "true") == "true",
                "spot": f"sir-{next(self.cloud.numbers):08d}" if spot else None,
                "http_tokens": form.get("MetadataOptions.HttpTokens", "optional")}

    def change(self, form, allowed, work):
        """Each instance with its state before and after."""
        changed = []
        for instance in [self.instance(identity) for identity in several(form, "InstanceId")]:
            before = STATES[instance["state"]]
            if instance["state"] not in allowed:
                raise Refusal(400, "IncorrectInstanceState", f"The instance '{instance['id']}' is not in a state from "
                              f"which it can do that: {before[1]}")
            work(instance)
            after = STATES[instance["state"]]
            changed.append({"instanceId": instance["id"], "currentState": {"code": after[0], "name": after[1]},
                            "previousState": {"code": before[0], "name": before[1]}})
        return {"instancesSet": changed}

    def StartInstances(self, form):
        return self.change(form, ("off",), self.cloud.start)

    def StopInstances(self, form):
        def stop(instance):
            if instance["spot"]:
                raise Refusal(400, "UnsupportedOperation", "You can't stop the Spot Instance because it is associated "
                              "with a one-time Spot Instance request.")
            (self.cloud.kill if form.get("Force") == "true" else self.cloud.halt)(instance)
        return self.change(form, ("running", "stopping"), stop)

    def RebootInstances(self, form):
        self.change(form, ("running",), self.cloud.reboot)
        return {"return": True}

    def TerminateInstances(self, form):
        def end(instance):
            if instance["state"] not in ("deleting", "gone"):
                self.cloud.terminate(instance, forget=False)
        return self.change(form, tuple(STATES), end)

    def CancelSpotInstanceRequests(self, form):
        shown = []
        for identity in several(form, "SpotInstanceRequestId"):
            self.cloud.drop("spot", identity)
            shown.append({"spotInstanceRequestId": identity, "state": "cancelled"})
        return {"spotInstanceRequestSet": shown}
