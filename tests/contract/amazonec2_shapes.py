"""amazonec2_shapes.py RECORD URL: judges recorded calls of EC2, SSM and STS by botocore's model of them, reads the answers
with botocore's parsers, and makes some calls of the fake at URL with botocore's own client."""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "fakes", "cloud"))

import amazonec2_model  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.parsers  # noqa: E402
import botocore.session  # noqa: E402
from botocore.model import ServiceModel  # noqa: E402

MODELS = {name: amazonec2_model.Model(name) for name in amazonec2_model.VERSIONS}
WANTED = {  # without these the record is not of a machine's whole life
    "DescribeVpcs", "DescribeSubnets", "DescribeImages", "DescribeInstanceTypes", "DescribeInstanceTypeOfferings",
    "DescribeKeyPairs", "ImportKeyPair", "DeleteKeyPair", "DescribeSecurityGroups", "CreateSecurityGroup",
    "AuthorizeSecurityGroupIngress", "RunInstances", "DescribeInstances", "StartInstances", "StopInstances",
    "RebootInstances", "TerminateInstances", "CancelSpotInstanceRequests", "GetParameters", "AssumeRoleWithWebIdentity"}


def leaves(value):
    """How many values a parsed answer holds, without empty ones."""
    if isinstance(value, dict):
        return sum(leaves(each) for name, each in value.items() if name not in ("ResponseMetadata", "Return"))
    return sum(map(leaves, value)) if isinstance(value, list) else int(value != "")


def texts(root):
    return sum(1 for each in root.iter() if len(each) == 0 and each.text and
               amazonec2_model.plain(each.tag) not in ("requestId", "RequestId", "return"))


def judge_form(call, problems):
    form = dict(urllib.parse.parse_qsl(call["body"], keep_blank_values=True))
    action, version = form.pop("Action"), form.pop("Version")
    service = {date: name for name, date in amazonec2_model.VERSIONS.items()}[version]
    try:
        MODELS[service].check_form(action, form)
    except amazonec2_model.Wrong as wrong:
        problems.append(f"request {action}: {wrong.code}: {wrong.message}")
    model = ServiceModel(MODELS[service].model).operation_model(action)
    parser = botocore.parsers.create_parser(model.service_model.metadata["protocol"])
    parsed = parser.parse({"status_code": call["status"], "headers": {}, "body": call["answer"].encode()},
                          model.output_shape)
    if call["status"] >= 300:
        if not parsed["Error"].get("Code") or not parsed["ResponseMetadata"].get("RequestId"):
            problems.append(f"refusal of {action}: botocore reads {parsed}")
        return action
    root = ElementTree.fromstring(call["answer"])
    problems += [f"answer to {action}: {each}" for each in MODELS[service].answer_problems(action, root)]
    if leaves(parsed) != texts(root):
        problems.append(f"answer to {action}: botocore reads {leaves(parsed)} of {texts(root)} values")
    return action


def judge_json(call, problems):
    action = call["target"].split(".")[1]
    model = MODELS["ssm"]
    for shape, text in ((action + "Request", call["body"]), (action + "Result", call["answer"])):
        problems += [f"{shape}: {each}" for each in model.json_problems(shape, json.loads(text), action)]
    return action


def judge(record):
    seen, problems, count = set(), [], 0
    with open(record) as file:
        for call in map(json.loads, file):
            if call["method"] == "POST" and call["path"] == "/":
                count += 1
                seen.add((judge_json if call["target"] else judge_form)(call, problems))
    problems += [f"{action} was never called" for action in sorted(WANTED - seen)]
    print(f"{count} calls of {len(seen)} actions judged by botocore {amazonec2_model.version}")
    return problems


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{call} was not refused")


def talk(url):
    """The fake as botocore's client sees it: its signatures, forms, parsers and paginators are AWS's own."""
    session = botocore.session.Session()

    def client(service, key, secret, token=None):
        return session.create_client(service, region_name="us-east-1", endpoint_url=url, aws_access_key_id=key,
                                     aws_secret_access_key=secret, aws_session_token=token)

    permanent = ("AKIAFAKEOFTHECLOUD00", "amazonec2-secret-of-the-fake")
    temporary = ("ASIATEMPORARY0000000", "amazonec2-temporary-secret", "amazonec2-session-token/of+the=fake==")
    for keys in (permanent, temporary):
        assert client("ssm", *keys).get_parameters(
            Names=["/aws/service/debian/release/13/latest/amd64"])["Parameters"][0]["Value"].startswith("ami-")
    refused("SignatureDoesNotMatch", client("ec2", permanent[0], "wrong").describe_vpcs)
    refused("AuthFailure", client("ec2", *temporary[:2], "wrong").describe_vpcs)
    ec2 = client("ec2", *permanent)
    pages = ec2.get_paginator("describe_subnets").paginate(Filters=[{"Name": "vpc-id", "Values": ["vpc-default0"]}])
    assert len(pages.build_full_result()["Subnets"]) == 6
    line = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbpoRXAUp3p31bd2L+t3q0CYhLLcEuZnkZ0dDXhXK6M a@b"
    assert ec2.import_key_pair(KeyName="boto", PublicKeyMaterial=line)["KeyPairId"].startswith("key-")
    refused("InvalidKeyPair.Duplicate", ec2.import_key_pair, KeyName="boto", PublicKeyMaterial=line)
    group = ec2.create_security_group(GroupName="boto", Description="of botocore", VpcId="vpc-default0")["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    refused("InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[rule])
    launch = {"ImageId": "ami-0000000000000024a", "InstanceType": "t3.small", "MinCount": 1, "MaxCount": 1,
              "KeyName": "boto", "ClientToken": "boto-1", "UserData": "#cloud-config\n{}\n",
              "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-aaaaaaaa", "Groups": [group]}],
              "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "boto"}]}]}
    refused("DryRunOperation", ec2.run_instances, DryRun=True, **launch)
    made = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    assert ec2.run_instances(**launch)["Instances"][0]["InstanceId"] == made
    refused("IdempotentParameterMismatch", ec2.run_instances, **{**launch, "InstanceType": "t3.micro"})
    ec2.get_waiter("instance_running").wait(InstanceIds=[made], WaiterConfig={"Delay": 1})
    shown = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["boto"]}])["Reservations"][0]["Instances"][0]
    assert shown["SecurityGroups"] == [{"GroupId": group, "GroupName": "boto"}], shown
    assert shown["PublicIpAddress"] and shown["State"]["Name"] == "running", shown
    assert ec2.terminate_instances(InstanceIds=[made])["TerminatingInstances"][0]["PreviousState"]["Name"] == "running"
    ec2.delete_key_pair(KeyName="boto")


def main():
    problems = judge(sys.argv[1])
    print("\n".join(problems[:40]))
    talk(sys.argv[2])
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
