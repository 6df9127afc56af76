"""What Protobuf's own compiler and runtime do with pairs of schemas.

Reads lines of JSON from standard input: {"seed": N, "messages": N, "a": {file: text}, "b": {file: text}}; "main.proto" is
the schema, the other files are what it imports. Writes a line for each: {"refused": {"a": why}} where the compiler
refuses a schema, otherwise {"ab": [..], "ba": [..]}: messages that were written with the second schema and that the
first one, read with the same runtime, does not see as they were: what is lost, and the bytes.
"""

import json
import os
import random
import sys
import tempfile

# The runtime in C ends the process on some extensions.
os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

import google.protobuf
import grpc_tools.protoc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor as F

INCLUDES = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
RANGES = {
    F.TYPE_INT32: (-(2**31), 2**31 - 1), F.TYPE_SINT32: (-(2**31), 2**31 - 1), F.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    F.TYPE_INT64: (-(2**63), 2**63 - 1), F.TYPE_SINT64: (-(2**63), 2**63 - 1), F.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    F.TYPE_UINT32: (0, 2**32 - 1), F.TYPE_FIXED32: (0, 2**32 - 1),
    F.TYPE_UINT64: (0, 2**64 - 1), F.TYPE_FIXED64: (0, 2**64 - 1),
}


class Refused(Exception):
    pass


def compile_files(files, folder):
    """The descriptors that protoc makes of main.proto and of all that it imports."""
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    out = os.path.join(folder, "out.pb")
    errors = os.path.join(folder, "errors")
    kept = os.dup(2)
    with open(errors, "wb") as sink:
        os.dup2(sink.fileno(), 2)
        code = grpc_tools.protoc.main(
            ["", "-I" + folder, "-I" + INCLUDES, "--include_imports", "--descriptor_set_out=" + out, "main.proto"])
        os.dup2(kept, 2)
        os.close(kept)
    if code != 0:
        with open(errors, encoding="utf-8", errors="replace") as file:
            raise Refused(file.read().strip())
    found = descriptor_pb2.FileDescriptorSet()
    with open(out, "rb") as file:
        found.ParseFromString(file.read())
    return found


class Schema:
    def __init__(self, files):
        with tempfile.TemporaryDirectory() as folder:
            found = compile_files(files, folder)
        self.pool = descriptor_pool.DescriptorPool()
        for file in found.file:
            try:
                self.pool.Add(file)
                self.pool.FindFileByName(file.name)
            except TypeError as error:
                raise Refused("runtime: " + str(error)) from error
        # Of all messages: the runtime does not make those of extensions by itself.
        message_factory.GetMessageClassesForFiles([file.name for file in found.file], self.pool)
        self.main = self.pool.FindFileByName("main.proto")
        self.extensions = {}

    def messages(self):
        out = {}

        def walk(message):
            if message.GetOptions().map_entry:
                return
            name = message.full_name
            package = self.main.package
            out[name[len(package) + 1:] if package else name] = message
            for nested in message.nested_types:
                walk(nested)

        for message in self.main.message_types_by_name.values():
            walk(message)
        return out

    def fields(self, message):
        """All fields of a message by number, extensions too."""
        if message.full_name not in self.extensions:
            found = {field.number: field for field in message.fields}
            for field in self.pool.FindAllExtensions(message):
                found[field.number] = field
            self.extensions[message.full_name] = found
        return self.extensions[message.full_name]


def is_map(field):
    return field.type == F.TYPE_MESSAGE and field.message_type.GetOptions().map_entry


def get(message, field):
    return message.Extensions[field] if field.is_extension else getattr(message, field.name)


def put(message, field, value):
    if field.is_extension:
        message.Extensions[field] = value
    else:
        setattr(message, field.name, value)


def has(message, field):
    return message.HasExtension(field) if field.is_extension else message.HasField(field.name)


def scalar(field, rng):
    kind = field.type
    if kind in RANGES:
        low, high = RANGES[kind]
        choice = rng.randrange(6)
        if choice == 0:
            return 0
        if choice == 1:
            return rng.choice([low, high])
        if choice == 2:
            return rng.randint(low, high)
        return max(low, min(high, rng.randint(-3, 300)))
    if kind == F.TYPE_BOOL:
        return rng.random() < 0.5
    if kind in (F.TYPE_FLOAT, F.TYPE_DOUBLE):
        return rng.choice([0.0, 1.5, -2.0, 1024.25])
    if kind == F.TYPE_STRING:
        return rng.choice(["", "a", "\u00e4\u20ac", "\x08\x01", "hello world"])
    if kind == F.TYPE_BYTES:
        return rng.choice([b"", b"a", b"\xff\xfe", b"\x08\x01", b"\x0a\x00"])
    return rng.choice(field.enum_type.values).number


def fill(schema, message, rng, depth=0):
    for field in schema.fields(message.DESCRIPTOR).values():
        if not field.is_required and (rng.random() < 0.35 or (depth > 3 and field.message_type)):
            continue
        if is_map(field):
            key = field.message_type.fields_by_name["key"]
            value = field.message_type.fields_by_name["value"]
            entries = get(message, field)
            for _ in range(rng.randint(0, 2)):
                if value.message_type:
                    fill(schema, entries[scalar(key, rng)], rng, depth + 1)
                else:
                    entries[scalar(key, rng)] = scalar(value, rng)
        elif field.is_repeated:
            for _ in range(rng.randint(0, 3)):
                if field.message_type:
                    fill(schema, get(message, field).add(), rng, depth + 1)
                else:
                    get(message, field).append(scalar(field, rng))
        elif field.message_type:
            get(message, field).SetInParent()
            fill(schema, get(message, field), rng, depth + 1)
        else:
            put(message, field, scalar(field, rng))


def scalar_lost(mine, theirs):
    if isinstance(mine, str):
        mine = mine.encode()
    if isinstance(theirs, str):
        theirs = theirs.encode()
    return mine != theirs


class Comparer:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    def lost(self, mine, theirs):
        """The path of a field that both know and that the reader does not see as it was written."""
        fields = self.reader.fields(mine.DESCRIPTOR)
        for number, field in self.writer.fields(theirs.DESCRIPTOR).items():
            if number not in fields:
                continue
            found = self.field_lost(mine, fields[number], theirs, field)
            if found is not None:
                return f"{field.full_name}{found}"
        return None

    def one_lost(self, mine, my_field, theirs, field):
        if bool(my_field.message_type) != bool(field.message_type):
            return ""
        if field.message_type:
            found = self.lost(mine, theirs)
            return None if found is None else "/" + found
        return f" {theirs!r} became {mine!r}" if scalar_lost(mine, theirs) else None

    def field_lost(self, mine, my_field, theirs, field):
        values = get(theirs, field)
        if field.is_repeated:
            if len(values) == 0:
                return None
            return self.many_lost(mine, my_field, values, field)
        if field.has_presence and not has(theirs, field):
            return None
        if my_field.is_repeated:
            if is_map(my_field):
                return " is a map now"
            found = get(mine, my_field)
            if not field.has_presence and not values and len(found) == 0:
                return None  # zero, or nothing
            return self.one_lost(found[0], my_field, values, field) if len(found) == 1 else f" {len(found)} of 1"
        if field.message_type and my_field.message_type and not has(mine, my_field):
            return " is not there"
        return self.one_lost(get(mine, my_field), my_field, values, field)

    def many_lost(self, mine, my_field, values, field):
        if not my_field.is_repeated:
            if len(values) > 1 or is_map(field):
                return f" one of {len(values)}"
            if my_field.message_type and not has(mine, my_field):
                return " is not there"
            return self.one_lost(get(mine, my_field), my_field, values[0], field)
        found = get(mine, my_field)
        if len(found) != len(values):
            return f" {len(found)} of {len(values)}"
        if not is_map(field):
            if is_map(my_field):
                return " is a map now"
            for one, other in zip(found, values):
                lost = self.one_lost(one, my_field, other, field)
                if lost is not None:
                    return lost
            return None
        return self.entries_lost(found, my_field, values, field)

    def entries_lost(self, found, my_field, values, field):
        value = field.message_type.fields_by_name["value"]
        if is_map(my_field):
            my_value = my_field.message_type.fields_by_name["value"]
            mine = {repr(k): (k, found[k]) for k in found}
            for key in values:
                same = [v for k, v in mine.values() if not scalar_lost(k, key)]
                if not same:
                    return f" key {key!r}"
                lost = self.one_lost(same[0], my_value, values[key], value)
                if lost is not None:
                    return f" key {key!r}{lost}"
            return None
        if not my_field.message_type:
            return " is no map"
        fields = self.reader.fields(my_field.message_type)
        my_key, my_value = fields.get(1), fields.get(2)
        for key in values:
            if my_key is not None and (my_key.is_repeated or my_key.message_type):
                return " key of another kind"
            same = [e for e in found if my_key is None or not scalar_lost(get(e, my_key), key)]
            if not same:
                return f" key {key!r}"
            if my_value is None:
                continue
            candidates = [self.entry_value_lost(e, my_value, values[key], value) for e in same]
            if all(lost is not None for lost in candidates):
                return f" key {key!r}{candidates[0]}"
        return None

    def entry_value_lost(self, entry, my_value, other, value):
        if is_map(my_value):
            return " is a map now"
        if my_value.is_repeated:
            found = get(entry, my_value)
            return self.one_lost(found[0], my_value, other, value) if len(found) == 1 else " is a list"
        return self.one_lost(get(entry, my_value), my_value, other, value)


def witness(reader, writer, mine, theirs, count, rng):
    """A message of `theirs` that the reader's `mine` loses something of; nothing when none of `count` does."""
    made = message_factory.GetMessageClass(theirs)
    read = message_factory.GetMessageClass(mine)
    comparer = Comparer(reader, writer)
    for _ in range(count):
        message = made()
        fill(writer, message, rng)
        if not message.IsInitialized():
            continue
        data = message.SerializeToString()
        try:
            seen = read.FromString(data)
        except Exception as error:  # DecodeError, and what accessors say of bad UTF-8
            return f"{mine.full_name} is not read: {error}; bytes {data.hex()}"
        if not seen.IsInitialized():
            return f"{mine.full_name} lacks {seen.FindInitializationErrors()}; bytes {data.hex()}"
        try:
            found = comparer.lost(seen, message)
        except UnicodeDecodeError as error:
            found = f"text: {error}"
        if found is not None:
            return f"{found}; bytes {data.hex()}"
    return None


def held(schema):
    """Messages that another message has a field of."""
    out = set()
    for message in schema.messages().values():
        for field in schema.fields(message).values():
            of = field.message_type
            if of is not None and is_map(field):
                of = of.fields_by_name["value"].message_type
            if of is not None and of is not message:
                out.add(of.full_name)
    return out


def witnesses(reader, writer, count, rng):
    out = []
    mine, theirs = reader.messages(), writer.messages()
    inside = held(writer)
    for position, (path, message) in enumerate(theirs.items()):
        if position > 0 and message.full_name in inside:
            continue
        # The first is the record, whatever it is called.
        other = mine.get(path) or (next(iter(mine.values())) if position == 0 else None)
        if other is None:
            continue
        found = witness(reader, writer, other, message, count, rng)
        if found is not None:
            out.append(found)
    return out


def answer(question):
    schemas, refused = {}, {}
    for name in ("a", "b"):
        try:
            schemas[name] = Schema(question[name])
        except Refused as error:
            refused[name] = str(error)
    if refused:
        return {"refused": refused}
    rng = random.Random(question["seed"])
    count = question["messages"]
    return {"ab": witnesses(schemas["a"], schemas["b"], count, rng),
            "ba": witnesses(schemas["b"], schemas["a"], count, rng)}


def main():
    print(json.dumps({"runtime": google.protobuf.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


main()
