#!/usr/bin/env python3
"""Whether every crate that is built may be used: reads `cargo metadata` and holds each licence to a list (SPDX ids)."""

import json
import re
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "Unicode-3.0",
    "Unicode-DFS-2016", "Unlicense", "Zlib", "Apache-2.0 WITH LLVM-exception",
    # For data: the certificates of a crate that other systems than Linux build.
    "CDLA-Permissive-2.0",
    # Binds changes to the crate's own files, not what is linked with it.
    "MPL-2.0",
}


def allowed(expression):
    """Evaluates an SPDX expression; the slash is the older spelling of OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    place = 0

    def peek():
        return tokens[place] if place < len(tokens) else None

    def take():
        nonlocal place
        place += 1
        return tokens[place - 1]

    def single():
        if peek() == "(":
            take()
            value = either()
            if take() != ")":
                raise ValueError(expression)
            return value
        name = take()
        if peek() == "WITH":
            take()
            name += " WITH " + take()
        return name in ALLOWED

    def both():
        value = single()
        while peek() == "AND":
            take()
            value = single() and value
        return value

    def either():
        value = both()
        while peek() == "OR":
            take()
            value = both() or value
        return value

    value = either()
    if peek() is not None:
        raise ValueError(expression)
    return value


packages = json.load(sys.stdin)["packages"]
refused = []
for package in packages:
    licence = package["license"]
    try:
        good = licence is not None and allowed(licence)
    except (ValueError, IndexError):
        good = False
    if not good:
        refused.append(f"{package['name']} {package['version']}: {licence or 'names no licence'}")
print(f"{len(packages)} crates, {len(refused)} with a licence that is not on the list")
if refused:
    sys.exit("\n".join(refused))
