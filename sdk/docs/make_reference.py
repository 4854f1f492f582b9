#!/usr/bin/env python3
"""make_reference.py [HEADER]: the reference of the plugin contract, from the comments of plugin.h, as Markdown.

Nothing is written down twice: each sentence of the result stands in the header. What the header keeps:
a line "/* ---- title --- */" begins a section; a comment that stands alone tells of what follows it; one at the
end of a line, or above a function pointer, tells of that member.
"""
import pathlib
import re
import sys

HEADER = pathlib.Path(__file__).resolve().parents[1] / "include/hubspot-connector/plugin.h"
SECTION = re.compile(r"/\* ---- (.*?) -+ ?(?:\*/)?\s*$")
TAG = re.compile(r"^\[(init|loop|any)\]\s*|\s*\[(init|loop|any)\]$")


def words(comment):
    """The text of a comment, on one line."""
    text = re.sub(r"^/\*+|\*/$", "", comment.strip())
    return " ".join(re.sub(r"^\s*\*\s?", "", line).strip() for line in text.splitlines()).strip()


def lines_of(comment):
    text = re.sub(r"^/\*+|\*/$", "", comment.strip())
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in text.splitlines()]


def split(body):
    """[(comments above, code, comments behind)] of the members of a struct or an enum."""
    members, above, code, depth, at = [], [], "", 0, 0
    while at < len(body):
        if body.startswith("/*", at):
            end = body.index("*/", at) + 2
            before = body[:at].rsplit("\n", 1)[-1]
            is_behind = bool(before.strip()) or len(before.expandtabs(8)) > 24
            if is_behind and code.strip():  # behind the last one, which no comma ends
                members.append((above, " ".join(code.split()), []))
                above, code = [], ""
            (members[-1][2] if is_behind and members else above).append(words(body[at:end]))
            at = end
            continue
        letter = body[at]
        depth += (letter in "(") - (letter in ")")
        at += 1
        if letter == ";" or (letter == "," and depth == 0 and not is_pair(code)):
            members.append((above, " ".join(code.split()), []))
            above, code = [], ""
        else:
            code += letter
    if code.strip():
        members.append((above, " ".join(code.split()), []))
    return members


def is_pair(code):
    """"uint16_t abi_major, abi_minor": two members of one declaration."""
    return " " in code.strip() and "=" not in code


def cell(text):
    return text.replace("|", "\\|")


def name_of(code):
    pointer = re.search(r"\(\*(\w+)\)", code)
    plain = ", ".join(re.findall(r"(\w+)(?:,|$)", code.split("=")[0]))
    return pointer.group(1) if pointer else plain


def table(members, with_tags):
    rows = []
    for above, code, behind in members:
        tags = [tag.group(1) or tag.group(2) for tag in map(TAG.search, above + behind) if tag]
        text = " ".join(TAG.sub("", comment) for comment in above + behind)
        where = f"[{tags[0]}]" if tags else ""
        row = [f"`{name_of(code)}`", f"`{cell(code.rstrip(';,'))}`"] + ([where] if with_tags else []) + [cell(text)]
        rows.append("| " + " | ".join(row) + " |")
    head = ["", "declaration"] + (["where"] if with_tags else []) + [""]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + rows


def struct(name, body):
    members = split(body)
    is_table_of_calls = sum("(*" in code for _, code, _ in members) > 1
    return [f"### struct {name}", ""] + table(members, is_table_of_calls) + [""]


def enum(body):
    rows = []
    for above, code, behind in split(body):
        rows.append(f"| `{code.rstrip(',')}` | {cell(' '.join(above + behind))} |")
    return ["", "| constant | |", "|---|---|"] + rows + [""]


TOKENS = re.compile(
    r"(?P<comment>/\*.*?\*/)|(?P<struct>struct (?P<name>\w+) \{(?P<body>.*?)\n\};)|(?P<enum>enum \{(?P<values>.*?)\};)"
    r"|(?P<typedef>typedef [^;]*;)|(?P<macro>#define (?P<macro_name>\w+)(?P<args>\([^)]*\))?(?P<rest>(?:[^\n]*\\\n)*[^\n]*))"
    r"|(?P<inline>(?:HSC_PRINTF\(.*?\)\n)?static inline (?P<signature>[^{]*?)\{.*?\n\})"
    r"|(?P<forward>struct \w+;[^\n]*)|(?P<directive>#[^\n]*|extern \"C\" \{|\})",
    re.S,
)


def section(text):
    out, is_list = [], False
    for token in TOKENS.finditer(text):
        if token.group("comment"):
            note = words(token.group("comment"))
            ends_line = text[: token.start()].rsplit("\n", 1)[-1].strip()
            if ends_line == "":
                out += [note, ""]
            elif out and out[-2].endswith("|  |") and is_list:  # behind the "};": of the last value
                out[-2] = out[-2][:-2] + cell(note) + " |"
            elif out:
                out[-2:] = [out[-2], "", note, ""] if out[-2].startswith("|") else [out[-2] + " " + note, ""]
        elif token.group("struct"):
            out += struct(token.group("name"), token.group("body"))
        elif token.group("enum"):
            out += enum(token.group("values"))
            is_list = "\n" in token.group("values")
        elif token.group("typedef"):
            out += [f"`{' '.join(token.group('typedef').split())}`", ""]
        elif token.group("forward"):
            code, _, comment = token.group("forward").partition("/*")
            if comment:
                out += [f"* `{code.strip()}` {words('/*' + comment)}"]
        elif token.group("macro") and token.group("macro_name") not in ("HUBSPOT_CONNECTOR_PLUGIN_H", "HSC_EXPORT", "HSC_PRINTF"):
            value = " ".join(token.group("rest").replace("\\\n", " ").partition("/*")[0].split())
            is_short = token.group("args") is None
            out += [f"`{token.group('macro_name')}{token.group('args') or ''}{' ' + value if is_short and value else ''}`", ""]
        elif token.group("inline"):
            out += [f"`{' '.join(token.group('signature').split())}`", ""]
    return out


def main():
    header = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HEADER
    text = header.read_text(encoding="utf-8")
    manual, rest = re.match(r"(/\*.*?\*/)(.*)", text, re.S).groups()
    out = ["# Reference of the plugin contract", ""]
    out += ["Made from `hubspot-connector/plugin.h` by `sdk/docs/make_reference.py`; a test holds the two together.", "", "```"]
    out += [line for line in lines_of(manual) if line] + ["```", ""]
    title, body = "Names and errors", []
    for line in rest.splitlines(keepends=True):
        found = SECTION.match(line.rstrip("\n"))
        if found:
            out += [f"## {title[0].upper() + title[1:]}", ""] + section("".join(body))
            is_open = "*/" not in line
            title, body = found.group(1).strip(), ["/*\n"] if is_open else []
        else:
            body.append(line)
    out += [f"## {title[0].upper() + title[1:]}", ""] + section("".join(body))
    result = re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"
    sys.stdout.write(result)


main()
