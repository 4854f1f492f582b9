#!/usr/bin/env python3
"""grown.py OLD NEW: what the SDK header NEW has that a plugin built with OLD would not survive.

A header of one major may grow: a struct by members at its end, an enum by constants at its end, and by
structs, enums, functions and macros that were not there. Everything else, comments apart, is to stay as
it is. Prints each difference, and ends with 1 when there is one.
"""
import re
import sys


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def plain(text):
    return re.sub(r" ?([^\w ]) ?", r"\1", " ".join(text.split()))


def pieces(text):
    """The header's directives and declarations, each as one plain line, in their order."""
    found, code, depth = [], "", 0
    for line in re.sub(r"\\\n", " ", without_comments(text)).split("\n"):
        if line.lstrip().startswith("#"):
            found.append(" ".join(line.split()))
            continue
        for letter in line + "\n":
            code += letter
            depth += (letter == "{") - (letter == "}")
            is_linkage = plain(code) == 'extern "C"{'.replace(" ", "")
            ends = letter == ";" or (letter == "}" and is_function(code))
            if is_linkage or (depth <= 0 and letter == "}" and not plain(code)[:-1]):
                code, depth = "", 0
            elif depth == 0 and ends:
                found.append(plain(code))
                code = ""
    if plain(code):
        found.append(plain(code))
    return found


def is_function(code):
    return re.search(r"\)\s*\{", code) is not None and not code.lstrip().startswith(("struct", "enum"))


def parts(piece):
    """The name and the members of a struct or enum; None: it is neither."""
    struct = re.fullmatch(r"(struct \w+)\{(.*)\};", piece)
    if struct:
        return struct.group(1), [member for member in struct.group(2).split(";") if member]
    enum = re.fullmatch(r"enum\{(.*)\};", piece)
    if enum:
        members = enum.group(1).split(",")
        return "enum of " + members[0], members
    return None


def differences(old, new):
    new_pieces = pieces(new)
    bodies = dict(body for body in map(parts, new_pieces) if body)
    for piece in pieces(old):
        if piece.startswith("#define HSC_ABI_MINOR "):
            if not any(other.startswith("#define HSC_ABI_MINOR ") for other in new_pieces):
                yield piece
            continue
        body = parts(piece)
        if body is None:
            if piece not in new_pieces:
                yield piece
            continue
        name, members = body
        if bodies.get(name, [])[: len(members)] != members:
            yield f"{name}: its members are not those that it had, in their order"


def main():
    texts = [open(name, encoding="utf-8").read() for name in sys.argv[1:3]]
    found = list(differences(*texts))
    for difference in found:
        print(f"{sys.argv[2]}: {difference}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
