#!/usr/bin/python3
"""cacao.py CORPUS: the playbooks are valid by the CACAO 2.0 schemas in CORPUS/schemas/cacao, and broken twins are not.

The schemas name draft-07 and use unevaluatedProperties, which came with 2019-09: a playbook must be valid under both."""
import copy
import glob
import json
import sys

passed = failed = 0


def score(good, what):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAIL", what)


schemas = glob.glob(sys.argv[1] + "/schemas/cacao/**/schemas/**/*.json", recursive=True)
try:
    from jsonschema import Draft7Validator, Draft201909Validator, RefResolver
except ImportError:
    schemas = []
if not schemas:
    print("cacao: 0 passed, 0 failed, 1 skipped: no schemas there, or no python3-jsonschema here")
    sys.exit(0)
store = {}
for path in schemas:
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
        store[schema["$id"]] = schema
root = next(s for i, s in store.items() if i.endswith("/playbook.json"))
validators = [v(root, resolver=RefResolver(root["$id"], root, store)) for v in (Draft7Validator, Draft201909Validator)]


def valid(book):
    return all(v.is_valid(book) for v in validators)


def first(book, kind):
    return next(s for s in book["workflow"].values() if s["type"] == kind)


TWINS = {
    "an unknown version": lambda b: b.update(spec_version="cacao-9.9"),
    "an id that is none": lambda b: b.update(id="playbook--1"),
    "a time that is none": lambda b: b.update(created="yesterday"),
    "a member nobody knows": lambda b: b.update(colour="red"),
    "a step without a role": lambda b: first(b, "action").pop("agent"),
    "a step without commands": lambda b: first(b, "action").pop("commands"),
    "an end that goes on": lambda b: first(b, "end").update(on_completion=b["workflow_start"]),
    "a step of an unknown type": lambda b: first(b, "action").update(type="dance"),
    "a priority above all": lambda b: b.update(priority=1000),
}
for k in root["required"]:
    TWINS["no " + k] = lambda b, k=k: b.pop(k)
for path in sorted(glob.glob("docs/runbooks/*.json")):
    with open(path, encoding="utf-8") as f:
        book = json.load(f)
    score(valid(book), path)
    for name, change in TWINS.items():
        twin = copy.deepcopy(book)
        change(twin)
        score(not valid(twin), "%s with %s was accepted" % (path, name))
print("cacao: %d passed, %d failed, 0 skipped (%d schemas)" % (passed, failed, len(store)))
sys.exit(failed > 0)
