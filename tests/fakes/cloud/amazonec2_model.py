"""Judges requests and answers of AWS by what botocore, AWS's own library, knows of its services (Debian: python3-botocore)."""

import base64
import binascii
import json
import re

try:
    from botocore import __version__ as version
    from botocore.loaders import Loader
except ImportError:  # nothing is judged then
    version, Loader = None, None

VERSIONS = {"ec2": "2016-11-15", "ssm": "2014-11-06", "sts": "2011-06-15"}


class Wrong(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def plain(tag):
    """An element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]


class Model:
    """One service."""

    def __init__(self, service):
        self.service = service
        self.model = Loader().load_service_model(service, "service-2", VERSIONS[service])
        self.shapes, self.operations = self.model["shapes"], self.model["operations"]

    def operation(self, action):
        if action not in self.operations:
            raise Wrong("InvalidAction", f"The action {action} is not valid for this web service.")
        return self.operations[action]

    # --- forms of the Query API

    def check_form(self, action, fields):
        """Names, types, required members of a form, without Action and Version. Raises Wrong."""
        top = self.operation(action).get("input", {}).get("shape")
        tree = {}
        for name, value in fields.items():
            place = tree
            for part in name.split("."):
                place = place.setdefault(part, {})
            place[None] = value
        self.check_members(self.shapes[top] if top else {"members": {}}, tree, "")

    def check_members(self, shape, tree, path):
        names = {self.query_name(name, member): (name, member) for name, member in shape["members"].items()}
        for part, below in tree.items():
            if part not in names:
                raise Wrong("UnknownParameter", f"The parameter {path}{part} is not recognized")
            self.check_value(self.shapes[names[part][1]["shape"]], below, f"{path}{part}")
        for name in shape.get("required", []):
            if self.query_name(name, shape["members"][name]) not in tree:
                raise Wrong("MissingParameter", f"The request must contain the parameter {path}{name}")

    def query_name(self, name, member):
        if "queryName" in member:
            return member["queryName"]
        name = member.get("locationName", name) if self.service == "ec2" else name
        return name[0].upper() + name[1:]

    def check_value(self, shape, tree, path):
        kind = shape["type"]
        if kind == "structure":
            if None in tree:
                raise Wrong("InvalidParameterValue", f"{path} has parts")
            return self.check_members(shape, tree, path + ".")
        if kind == "list":
            for number, below in tree.items():
                if number is None or not re.fullmatch("[1-9][0-9]*", number):
                    raise Wrong("UnknownParameter", f"The parameter {path}.{number} is not recognized")
                self.check_value(self.shapes[shape["member"]["shape"]], below, f"{path}.{number}")
            return None
        if set(tree) != {None}:
            raise Wrong("UnknownParameter", f"{path} has no parts")
        problem = self.leaf_problem(shape, tree[None])
        if problem:
            raise Wrong("InvalidParameterValue", f"Value ({tree[None]}) for parameter {path} is invalid: {problem}")
        return None

    @staticmethod
    def leaf_problem(shape, text):
        kind = shape["type"]
        if kind in ("integer", "long") and not re.fullmatch("-?[0-9]+", text):
            return "no number"
        if kind in ("float", "double") and not re.fullmatch(r"-?[0-9.]+(e[+-]?\d+)?", text):
            return "no number"
        if kind == "boolean" and text not in ("true", "false"):
            return "neither true nor false"
        if kind == "timestamp" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
            return "no time"
        if kind == "blob":
            try:
                base64.b64decode(text, validate=True)
            except binascii.Error:
                return "no base64"
        if len(shape.get("enum", [])) > 200:  # types of instances: there are new ones all the time
            return None
        if "enum" in shape and text not in shape["enum"]:
            return "none of " + ", ".join(shape["enum"][:8])
        return None

    # --- answers of the Query API

    def answer_problems(self, action, root):
        """What the model does not know in an answer, as lines."""
        output = self.operation(action).get("output", {})
        if self.service == "sts":
            root = root[0]
        elif plain(root.tag) != action + "Response":
            return [f"{root.tag} is no answer to {action}"]
        shape = self.shapes[output["shape"]] if output else {"type": "structure", "members": {}}
        rest = [each for each in root if plain(each.tag) not in ("requestId", "return")]
        return list(self.element_problems(shape, rest, None, action))

    def element_problems(self, shape, children, text, path):
        if shape["type"] == "structure":
            names = {member.get("locationName", name): member for name, member in shape["members"].items()}
            for child in children:
                name = plain(child.tag)
                if name not in names:
                    yield f"{path}: {name} is unknown"
                else:
                    yield from self.element_problems(self.shapes[names[name]["shape"]], list(child), child.text,
                                                     f"{path}/{name}")
        elif shape["type"] == "list":
            member = shape["member"]
            for child in children:
                if plain(child.tag) != member.get("locationName", "member"):
                    yield f"{path}: {plain(child.tag)} in a list of {member.get('locationName', 'member')}"
                yield from self.element_problems(self.shapes[member["shape"]], list(child), child.text, path + "[]")
        elif children:
            yield f"{path}: a {shape['type']} has no parts"
        else:
            problem = self.leaf_problem(shape, text or "")
            if problem:
                yield f"{path}: {text}: {problem}"

    # --- JSON

    def json_problems(self, shape_name, value, path):
        shape = self.shapes[shape_name]
        kind = shape["type"]
        if kind == "structure":
            for name, each in value.items():
                if name not in shape["members"]:
                    yield f"{path}: {name} is unknown"
                else:
                    yield from self.json_problems(shape["members"][name]["shape"], each, f"{path}/{name}")
            for name in shape.get("required", []):
                if name not in value:
                    yield f"{path}: {name} is missing"
        elif kind == "list":
            for each in value:
                yield from self.json_problems(shape["member"]["shape"], each, path + "[]")
        elif kind == "string" and not isinstance(value, str):
            yield f"{path}: {json.dumps(value)} is no string"
        elif "enum" in shape and value not in shape["enum"]:
            yield f"{path}: {value} is none of {shape['enum'][:8]}"
        elif kind in ("integer", "long") and not isinstance(value, int):
            yield f"{path}: {json.dumps(value)} is no number"
