#!/usr/bin/env python3
"""A browser (Debian's Chromium) walks through the sample paper, and looks at its cards on a foreign page.

Exits 1 with a line for each fault.
"""

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True

from meant import ROOT  # noqa: E402
from readers import COURANT, Server  # noqa: E402


def paper(folder, language=None):
    """A copy of the sample paper, in another language if one is named."""
    items = Path(folder, language or "en")
    shutil.copytree(ROOT / "tests/data/sample", items)
    settings = items / "publication.toml"
    if language:
        settings.write_text(settings.read_text().replace('language = "en"', f'language = "{language}"'))
    return items


def desk(server):
    """A token that may do all that a desk does."""
    create = [COURANT, "token", "create", "browser", "--scope", "desk", "--data", server.data]
    return subprocess.run(create, check=True, capture_output=True, text=True).stdout.strip()


def main():
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = [stack.enter_context(Server(paper(folder, language))) for language in (None, "zh", "ar")]
        browse = ["node", str(ROOT / "target/npm/browse.mjs"), shutil.which("chromium"), desk(servers[0]),
                  servers[0].operations + "/"]
        return subprocess.run([*browse, *(server.base for server in servers)], timeout=600).returncode


if __name__ == "__main__":
    sys.exit(main())
