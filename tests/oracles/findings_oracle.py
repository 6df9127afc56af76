# What programs that read findings make of them. A line of standard input: {"junit": text} or {"sarif": text}.
# Of JUnit a line of standard output: {"tests", "failures", "errors": as the suite says, "cases": [[group, name, kind or null, message]], "said": text};
# of SARIF {"problem": null or what the JSON Schema of SARIF 2.1.0 has against it}, where $CLOUDFLOW_SARIF_SCHEMA names a copy of that schema.
import json
import os
import sys
import xml.etree.ElementTree

from jsonschema.validators import Draft4Validator

schema = os.environ.get("CLOUDFLOW_SARIF_SCHEMA")
validator = Draft4Validator(json.load(open(schema))) if schema else None


def junit(text):
    root = xml.etree.ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites", root.tag
    (suite,) = root
    out = {name: int(suite.get(name)) for name in ("tests", "failures", "errors")}
    out["cases"] = []
    for case in suite.iter("testcase"):
        trouble = list(case)
        assert len(trouble) <= 1 and all(one.tag in ("failure", "error") for one in trouble)
        out["cases"].append([case.get("classname"), case.get("name"), trouble[0].tag if trouble else None, trouble[0].get("message") if trouble else None])
    out["said"] = suite.find("system-out").text or ""
    return out


def sarif(text):
    document = json.loads(text)
    if validator is None:
        return {"problem": None}
    problem = next(validator.iter_errors(document), None)
    return {"problem": problem and f"{list(problem.absolute_path)}: {problem.message}"[:500]}


for line in sys.stdin:
    job = json.loads(line)
    print(json.dumps(junit(job["junit"]) if "junit" in job else sarif(job["sarif"])))
