"""A published OpenAPI 3.0 document as a judge of single requests and answers.

Its schemas are turned into JSON Schema for python3-jsonschema. Stricter than the document: what it does not
name is a finding, in requests and in answers, unless it says by additionalProperties that there is more."""

import copy
import json
import re
import urllib.parse

import jsonschema

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
COMBINED = ("allOf", "anyOf", "oneOf")
COPIED = ("type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems",
          "uniqueItems", "minProperties", "maxProperties", "required", "format")

formats = jsonschema.FormatChecker(formats=["ipv4", "ipv6", "uuid", "email"])


def holds(pattern):
    return lambda value: not isinstance(value, str) or re.fullmatch(pattern, value) is not None


TIME = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
for name, pattern in {"date-time": TIME, "date": r"\d{4}-\d\d-\d\d", "int64": r"-?\d{1,19}", "uint64": r"\d{1,20}",
                      "byte": r"[A-Za-z0-9+/_-]*={0,2}", "uri": r"\w[\w+.-]*:\S+"}.items():
    formats.checks(name)(holds(pattern))


class Finding:
    """One departure: `where` is "METHOD TEMPLATE SIDE PLACE RULE", which exceptions name."""

    def __init__(self, where, text):
        self.where, self.text = where, text

    def __str__(self):
        return f"{self.where}: {self.text}"


class Document:
    def __init__(self, content, ignore_case=False, refusal=None):
        """`refusal` is the schema of answers of 400 and more where the document has none."""
        self.content, self.refusal = content, refusal
        self.title = f"{content['info'].get('title')} {content['info'].get('version')}"
        self.ignore_case = ignore_case
        self.converted, self.names = {}, {}
        # "/a/{id}" after "/a/b", as the text of a segment counts for more than a variable
        self.templates = sorted(content["paths"], key=lambda path: (path.count("{"), path))

    # --- finding things

    def at(self, pointer):
        node = self.content
        for part in pointer[2:].split("/"):
            part = urllib.parse.unquote(part).replace("~1", "/").replace("~0", "~")
            node = node[int(part)] if isinstance(node, list) else node[part]
        return node

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def operation(self, method, path):
        """(template, operation, {path parameter: value}), or None."""
        for template in self.templates:
            item = self.content["paths"][template]
            if method.lower() not in item:
                continue
            pattern = re.sub(r"\\\{([^}]+)\\\}", "([^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path, re.IGNORECASE if self.ignore_case else 0)
            if match:
                values = [urllib.parse.unquote(each) for each in match.groups()]
                return template, item[method.lower()], dict(zip(re.findall(r"\{([^}]+)\}", template), values))
        return None

    # --- schemas

    def schema(self, node, sending):
        """A complete JSON Schema of a node of the document."""
        root = self.convert(node, sending)
        return {**root, "definitions": self.converted}

    def convert(self, node, sending):
        if "$ref" in node:
            return {"$ref": "#/definitions/" + self.define(node["$ref"], sending)}
        made = {key: copy.copy(node[key]) for key in COPIED if key in node}
        for key in ("exclusiveMinimum", "exclusiveMaximum"):
            if node.get(key) is True:
                made[key] = made.pop(key.replace("exclusiveM", "m"))
        if "properties" in node:
            made["properties"] = {key: self.convert(each, sending) for key, each in node["properties"].items()}
        if "required" in made:  # what the other side alone writes is not to be sent
            skipped = "readOnly" if sending else "writeOnly"
            made["required"] = [key for key in made["required"]
                                if not self.resolve(node.get("properties", {}).get(key, {})).get(skipped)]
        for key in ("items", "additionalProperties", "not"):
            if isinstance(node.get(key), dict):
                made[key] = self.convert(node[key], sending)
        if node.get("additionalProperties") is False:
            made["additionalProperties"] = False
        for key in COMBINED:
            if key in node:
                made[key] = [self.convert(each, sending) for each in node[key]]
        if node.get("nullable"):
            made = {"anyOf": [{"type": "null"}, made]}
        return made

    def define(self, pointer, sending):
        key = (pointer, sending)
        if key not in self.names:
            self.names[key] = f"d{len(self.names)}"
            self.converted[self.names[key]] = {}
            self.converted[self.names[key]] = self.convert(self.at(pointer), sending)
        return self.names[key]

    def valid(self, node, value, sending):
        return not any(self.errors(node, value, sending))

    def errors(self, node, value, sending):
        return jsonschema.Draft7Validator(self.schema(node, sending), format_checker=formats).iter_errors(value)

    # --- judging a value

    def judge(self, node, value, sending):
        """[(place, rule, text)] of a body."""
        found = []
        for error in self.errors(node, value, sending):
            found += departures(error)
        self.strangers(node, value, sending, "", found)
        return found

    def parts(self, node, value, sending):
        """The node and all that hold for the value with it."""
        node = self.resolve(node)
        found = [node]
        for each in node.get("allOf", []):
            found += self.parts(each, value, sending)
        for key in ("anyOf", "oneOf"):
            branches = node.get(key, [])
            fitting = [each for each in branches if self.valid(each, value, sending)]
            for each in fitting or branches:
                found += self.parts(each, value, sending)
        return found

    def strangers(self, node, value, sending, place, found):
        """Properties that the document does not name, and in a request those that only answers have."""
        parts = self.parts(node, value, sending)
        if isinstance(value, list):
            for each in value:
                for part in parts:
                    if "items" in part:
                        self.strangers(part["items"], each, sending, place + "/*", found)
        if not isinstance(value, dict):
            return
        named = [part for part in parts if "properties" in part]
        more = [part["additionalProperties"] for part in parts if part.get("additionalProperties") not in (None, False)]
        for key, each in value.items():
            below = f"{place}/{key}"
            known = [part["properties"][key] for part in named if key in part["properties"]]
            if sending and any(self.resolve(schema).get("readOnly") for schema in known):
                found.append((below, "read-only", "is not for requests"))
            for schema in known:
                self.strangers(schema, each, sending, below, found)
            if known:
                continue
            for schema in more:
                if isinstance(schema, dict) and schema:
                    self.strangers(schema, each, sending, below, found)
            if named and not more:
                found.append((below, "unknown", f"the document has no such property (it is {json.dumps(each)[:80]})"))

    # --- judging an exchange

    def exchange(self, record):
        """Findings of one line of a record, and the name of its operation."""
        path, _, query = record["path"].partition("?")
        hit = self.operation(record["method"], path)
        if not hit:
            return None, [Finding(f"{record['method']} {path} path / unknown", "the document has no such operation")]
        template, operation, values = hit
        name, found = f"{record['method']} {template}", []

        def add(side, departed):
            for place, rule, text in departed:
                found.append(Finding(f"{name} {side} {place or '/'} {rule}", text))

        add("path", self.parameters(operation, template, "path", values))
        add("query", self.parameters(operation, template, "query", query))
        add("request", self.request(operation, record))
        add("answer", self.answer(operation, record))
        return name, found

    def parameters(self, operation, template, kind, given):
        known = {}
        for each in self.content["paths"][template].get("parameters", []) + operation.get("parameters", []):
            each = self.resolve(each)
            if each["in"] == kind:
                known[each["name"]] = each
        if isinstance(given, str):
            given = urllib.parse.parse_qs(given, keep_blank_values=True)
        for name, values in given.items():
            place = "/" + name
            if name not in known:
                if kind == "query":
                    yield place, "unknown", "the document has no such parameter"
                continue
            schema = self.resolve(known[name].get("schema", {}))
            for place, rule, text in self.judge(schema, plain(schema, values), sending=True):
                yield "/" + name + place, rule, text
        for name, each in known.items():
            if each.get("required") and name not in given:
                yield "/" + name, "missing", "the document requires it"

    def request(self, operation, record):
        wanted = self.resolve(operation.get("requestBody", {}))
        if not record["body"]:
            if wanted.get("required"):
                yield "", "missing", "the document requires a body"
            return
        if "content" not in wanted:
            yield "", "unknown", "the document takes no body"
            return
        yield from self.body(wanted["content"], record["type"], record["body"], sending=True)

    def answer(self, operation, record):
        status = str(record["status"])
        answers = operation["responses"]
        told = answers.get(status) or answers.get(status[0] + "XX") or answers.get("default")
        if told is None and self.refusal and record["status"] >= 400:
            yield from self.body({"application/json": {"schema": self.refusal}}, record["answer_type"], record["answer"],
                                 sending=False)
            return
        if told is None:
            yield "/" + status, "status", f"the document answers with {', '.join(answers)} only"
            return
        content = self.resolve(told).get("content")
        if not content:
            if record["answer"]:
                yield "/" + status, "unknown", "the document has no content here"
            return
        if not record["answer"]:
            yield "/" + status, "missing", "the document has content here"
            return
        yield from self.body(content, record["answer_type"], record["answer"], sending=False)

    def body(self, content, kind, text, sending):
        kind = (kind or "").partition(";")[0].strip()
        fitting = content.get(kind) or content.get("*/*")
        if fitting is None and kind == "application/json":  # "application/json; charset=utf-8"
            fitting = next((each for name, each in content.items() if name.startswith(kind)), None)
        if fitting is None:
            yield "", "type", f"the document has {', '.join(content)}, not {kind}"
            return
        try:
            value = json.loads(text)
        except ValueError:
            yield "", "type", "is no JSON"
            return
        yield from self.judge(fitting.get("schema", {}), value, sending)


def plain(schema, values):
    """The value that the text of a parameter means."""
    kind = schema.get("type")
    if kind == "array":
        values = values if isinstance(values, list) else [values]
        return [plain(schema.get("items", {}), each) for each in values]
    text = values[0] if isinstance(values, list) else values
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return json.loads(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def departures(error):
    """[(place, rule, text)] of one of jsonschema's errors."""
    place = "".join(f"/{'*' if isinstance(part, int) else part}" for part in error.absolute_path)
    if error.validator == "anyOf" and error.context and {"type": "null"} in error.validator_value:
        # nullable: what departs from the other branch
        inner = [each for each in error.context if each.schema_path[0] == 1]
        return [found for each in inner for found in departures(each)]
    if error.validator == "required":
        return [(f"{place}/{key}", "missing", "the document requires it") for key in error.validator_value
                if key not in error.instance]
    if error.validator in ("anyOf", "oneOf"):
        hints = "; ".join(f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in error.context)
        return [(place, error.validator, f"fits none or too many: {hints[:600]}")]
    return [(place, error.validator, error.message[:300])]
