# Judges documents by a real JSON Schema validator. A line of standard input: {"reader", "writer", "documents"}.
# A line of standard output: {"valid": how many the writer allows, "witness": the number of the first that it allows and
# the reader refuses, or null}, or {"error": what the validator says of the schemas}.
import json
import sys

from jsonschema import FormatChecker
from jsonschema.validators import Draft202012Validator, validator_for


def validators(schema):
    cls = validator_for(schema, default=Draft202012Validator)
    return cls(schema), cls(schema, format_checker=FormatChecker())


def judge(pair):
    readers, writers = validators(pair["reader"]), validators(pair["writer"])
    valid = 0
    for number, document in enumerate(pair["documents"]):
        # With formats checked by neither side, and by both.
        for reader, writer in zip(readers, writers):
            if not writer.is_valid(document):
                continue
            valid += 1
            if not reader.is_valid(document):
                return {"valid": valid, "witness": number}
    return {"valid": valid, "witness": None}


for line in sys.stdin:
    try:
        answer = judge(json.loads(line))
    except RecursionError:
        answer = {"error": "recursion"}
    except Exception as problem:  # what the validator says of a schema is an answer
        answer = {"error": f"{type(problem).__name__}: {problem}"[:300]}
    print(json.dumps(answer))
