"""How the stand-in for the standalone swarm's manager picks a node: expressions, filters, strategies.

A node is a dict: name, id, address, labels, cpus, memory, healthy, images (ids and names) and containers, each of them
a dict: id, names, labels, image, host (HostConfig), exposed.
"""

import json
import random
import re

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]+")
VALUE = re.compile(r"[=!/]?~?[A-Za-z0-9\s:\-_.*/()?+\[\]\\^$|]+")
FAMILIES = {
    "constraint": "com.docker.swarm.constraints",
    "affinity": "com.docker.swarm.affinities",
    "reschedule": "com.docker.swarm.reschedule-policies",
    "whitelist": "com.docker.swarm.whitelists",
}


class Refused(Exception):
    """What the manager answers with status 500."""


class Expression:
    def __init__(self, text):
        for self.operator in ("==", "!="):
            key, found, value = text.partition(self.operator)
            if found:
                break
        else:
            raise Refused("One of operator ==, != is expected")
        if not KEY.fullmatch(key):
            raise Refused(f"Key '{key}' is invalid")
        if not VALUE.fullmatch(value):
            raise Refused(f"Value '{value}' is invalid")
        self.key, self.soft, self.value = key, value.startswith("~"), value.lstrip("~")

    def holds(self, candidates):
        pattern = self.value
        if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
            pattern = pattern[1:-1]
        else:
            pattern = "^" + pattern.replace("*", ".*") + "$"
        try:
            found = any(re.search(pattern, candidate) for candidate in candidates)
        except re.error:
            found = False
        return found == (self.operator == "==")

    def __str__(self):
        return f"{self.key}{self.operator}{self.value} (soft={str(self.soft).lower()})"


def take_hints(body):
    """The expressions of a create call by family; they leave the environment and are written to the labels."""
    labels = body["Labels"] = body.get("Labels") or {}
    hints = {}
    for family, label in FAMILIES.items():
        try:
            hints[family] = [str(each) for each in json.loads(labels.get(label, "[]"))]
        except ValueError:
            hints[family] = []
    rest = []
    for entry in body.get("Env") or []:
        family, colon, expression = entry.partition(":")
        if colon and family in FAMILIES:
            hints[family].append(expression)
        else:
            rest.append(entry)
    body["Env"] = rest
    for family, label in FAMILIES.items():
        if hints[family]:
            labels[label] = json.dumps(hints[family])
    policies = set(hints["reschedule"])
    if len(policies) > 1:
        raise Refused("too many reschedule policies")
    for policy in policies - {"off", "on-node-failure"}:
        raise Refused(f"invalid reschedule policy: {policy}")
    return hints


class Request:
    """One create call: what it asks of a node."""

    def __init__(self, body, hints):
        host = body.get("HostConfig") or {}
        self.host, self.exposed = host, body.get("ExposedPorts") or {}
        self.mode = host.get("NetworkMode") or "default"
        self.cpus, self.memory = host.get("CpuShares") or 0, host.get("Memory") or 0
        self.hints = hints
        self.volumes_from = [each.split(":")[0] for each in host.get("VolumesFrom") or []]
        self.links = host.get("Links") or []

    def expressions(self, family, soft):
        every = [Expression(text) for text in self.hints[family]]
        return [each for each in every if soft or not each.soft]


def first_name(container):
    return container["names"][0].lstrip("/") if container["names"] else ""


def is_called(container, wanted):
    return wanted == first_name(container) or container["id"].startswith(wanted)


def bindings(host):
    for each in (host.get("PortBindings") or {}).values():
        for binding in each or []:
            yield binding.get("HostIp") or "0.0.0.0", binding.get("HostPort") or ""


def clashes(wanted, held):
    anywhere = "0.0.0.0" in (wanted[0], held[0])
    return wanted[1] and wanted[1] == held[1] and (anywhere or wanted[0] == held[0])


def port_filter(request, nodes, _):
    words = []
    if request.mode == "host":
        words = [f"[port {port} (Host mode)]" for port in request.exposed]

        def free(node):
            others = [each for each in node["containers"] if each["host"].get("NetworkMode") == "host"]
            return not any(port in each["exposed"] for port in request.exposed for each in others)
    else:
        wanted = [binding for binding in bindings(request.host) if binding[1]]
        words = [f"[port {port} (Bridge mode)]" for _, port in wanted]

        def free(node):
            held = [each for container in node["containers"] for each in bindings(container["host"])]
            return not any(clashes(one, other) for one in wanted for other in held)
    return [node for node in nodes if free(node)], " ".join(words)


def slots_filter(_, nodes, __):
    def free(node):
        slots = node["labels"].get("containerslots", "")
        return not slots.isdigit() or len(node["containers"]) < int(slots)

    return [node for node in nodes if free(node)], "[available container slots]"


def dependency_filter(request, nodes, _):
    wanted = [("--volumes-from=", name, name) for name in request.volumes_from]
    wanted += [("--link=", link, link.split(":")[0].lstrip("/")) for link in request.links]
    if request.mode.startswith("container:"):
        name = request.mode.partition(":")[2]
        wanted.append(("--net=container:", name, name))
    nodes = [
        node
        for node in nodes
        if all(any(is_called(each, name) for each in node["containers"]) for _, _, name in wanted)
    ]
    words = " ".join(option + text for option, text, _ in wanted)
    return nodes, f"[{words}]" if words else ""


def affinity_candidates(key, node):
    if key == "container":
        return [text for each in node["containers"] for text in (each["id"], first_name(each))]
    if key == "image":
        return node["images"]
    return [each["labels"].get(key, "") for each in node["containers"]]


def constraint_candidates(key, node):
    return [node["id"], node["name"]] if key == "node" else [node["labels"].get(key, "")]


def expression_filter(family, candidates):
    def narrow(request, nodes, soft):
        expressions = request.expressions(family, soft)
        for each in expressions:
            nodes = [node for node in nodes if each.holds(candidates(each.key, node))]
        return nodes, f"[{' '.join(map(str, expressions))}]" if expressions else ""

    narrow.family = family
    return narrow


def whitelist_filter(request, nodes, soft):
    expressions = request.expressions("whitelist", soft)
    for each in expressions:
        nodes = [node for node in nodes if node["name"] in each.value.split("|")]
    return nodes, f"[{' '.join(map(str, expressions))}]" if expressions else ""


FILTERS = (
    port_filter,
    slots_filter,
    dependency_filter,
    expression_filter("affinity", affinity_candidates),
    expression_filter("constraint", constraint_candidates),
    whitelist_filter,
)


def filtered(request, nodes, soft):
    nodes = [node for node in nodes if node["healthy"]]
    if not nodes:
        raise Refused("No healthy node available in the cluster")
    lines = []
    for each in FILTERS:
        try:
            nodes, words = each(request, nodes, soft)
        except Refused as refusal:
            nodes, words = [], f"error from {getattr(each, 'family', 'whitelist')} filter: {refusal}"
        if words:
            lines.append(words)
        if not nodes:
            text = "Unable to find a node that satisfies the following conditions \n"
            raise Refused(text + "\n".join(lines))
    return nodes


def cpus_of(container, node):
    return (container["host"].get("CpuShares") or 0) * node["cpus"] // 1024


def used(node):
    """CPUs and bytes that the containers of a node have reserved, running or not."""
    cpus = sum(cpus_of(each, node) for each in node["containers"])
    return cpus, sum(each["host"].get("Memory") or 0 for each in node["containers"])


def score(wanted, taken, total):
    return (taken + wanted) * 100 // total if wanted else 100


def ranked(request, nodes, strategy):
    if strategy == "random":
        return random.sample(nodes, len(nodes))
    weights = []
    for node in nodes:
        cpus, memory = used(node)
        if node["cpus"] < request.cpus or node["memory"] < request.memory:
            continue
        scores = (
            score(request.cpus, cpus, node["cpus"]),
            score(request.memory, memory, node["memory"]),
        )
        if max(scores) <= 100:
            weights.append((sum(scores), len(node["containers"]), random.random(), node))
    if not weights:
        raise Refused("no resources available to schedule container")
    weights.sort(key=lambda each: each[:3], reverse=strategy != "spread")
    return [weight[-1] for weight in weights]


def choose(request, nodes, strategy):
    """The node for a container. Soft expressions are honoured all together or not at all."""
    if not nodes:
        raise Refused("No nodes available in the cluster")
    try:
        return ranked(request, filtered(request, nodes, True), strategy)[0]
    except Refused:
        return ranked(request, filtered(request, nodes, False), strategy)[0]
