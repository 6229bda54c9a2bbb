"""Counts by field of real logs, parsed independently of girok: {dataset: {field: {value: rows}}} as JSON.

Usage: real_data.py FILE...   Files without a rule below are passed over.
"""

import json
import pathlib
import re
import sys
from collections import Counter, defaultdict

ACCESS = re.compile(
    r'(?P<ip>\S+) \S+ (?P<user>\S+) \[[^\]]+\] "(?P<method>[A-Z]+) (?P<url>\S+) HTTP/(?P<version>[\d.]+)" '
    r"(?P<status>\d{3}) (?P<bytes>\d+|-)"
)
SYSLOG = re.compile(r"\w{3} +\d+ \d\d:\d\d:\d\d (?P<host>\S+) (?P<process>[^\s:\[]+)(?:\[(?P<pid>\d+)\])?:")
LEVEL = {
    "Apache": re.compile(r"^\[[^\]]+\] \[(\w+)\]"),
    "Hadoop": re.compile(r"^\S+ \S+ (\w+) "),
    "Zookeeper": re.compile(r"^\S+ \S+ - (\w+) "),
    "Spark": re.compile(r"^\S+ \S+ (\w+) "),
}


def access(line):
    found = ACCESS.match(line)
    if not found:
        return
    yield "source.ip", found["ip"]
    yield "http.request.method", found["method"]
    yield "url.original", found["url"]
    yield "http.version", found["version"]
    yield "http.response.status_code", found["status"]
    if found["bytes"] != "-":
        yield "http.response.body.bytes", found["bytes"]


def syslog(line):
    found = SYSLOG.match(line)
    yield "host.name", found["host"]
    yield "process.name", found["process"]
    if found["pid"]:
        yield "process.pid", found["pid"]


def level(pattern):
    def rule(line):
        yield "log.level", pattern.match(line)[1].lower()

    return rule


def leaves(value, name=""):
    """Scalars by dotted name; arrays are text in girok and are passed over here."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, bool):
        yield name, str(value).lower()
    elif isinstance(value, (int, float, str)):
        yield name, str(value)


def rule_for(stem):
    if stem == "apache_access":
        return access
    if stem == "auth":
        return syslog
    if stem == "nginx_plus":
        return lambda line: leaves(json.loads(line))
    if stem in LEVEL:
        return level(LEVEL[stem])
    return None


def main():
    counts = {}
    for path in map(pathlib.Path, sys.argv[1:]):
        rule = rule_for(path.stem)
        if rule is None:
            continue
        fields = defaultdict(Counter)
        for line in path.read_text(encoding="utf-8").splitlines():
            for field, value in rule(line):
                fields[field][value] += 1
        counts[path.stem.lower()] = fields
    json.dump(counts, sys.stdout)


main()
