#!/usr/bin/env python3
"""A browser (Debian's Chromium) walks through the sample paper, and looks at its cards on a foreign page.

Exits 1 with a line for each fault.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from meant import ROOT
from readers import COURANT, Server


def main():
    with tempfile.TemporaryDirectory() as folder:
        items = Path(folder) / "items"
        shutil.copytree(ROOT / "tests/sample", items)
        with Server(items) as server:
            create = [COURANT, "token", "create", "browser", "--scope", "desk", "--data", server.data]
            token = subprocess.run(create, check=True, capture_output=True, text=True).stdout.strip()
            browse = ["node", str(ROOT / "target/npm/browse.mjs"), server.base, token, shutil.which("chromium")]
            return subprocess.run(browse, timeout=400).returncode


if __name__ == "__main__":
    sys.exit(main())
