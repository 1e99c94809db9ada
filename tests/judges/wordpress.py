#!/usr/bin/env python3
"""WordPress (Debian's) is given addresses of the paper, and shows cards of them in a post.

    wordpress.py INCLUDES

INCLUDES is the folder wp-includes of a WordPress. Exits 1 with a line for each fault.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True

from meant import ROOT  # noqa: E402
from readers import Server  # noqa: E402


def shown(includes, address):
    """What WordPress makes of an address; None where it shows nothing."""
    ran = subprocess.run(["php", str(ROOT / "tests/judges/wordpress.php"), includes, address], capture_output=True, text=True)
    if ran.stderr and ran.returncode != 1:
        sys.exit(ran.stderr)
    return ran.stdout if ran.returncode == 0 else None


def main():
    includes = sys.argv[1]
    faults = []
    with Server(ROOT / "tests/data/sample") as server, tempfile.TemporaryDirectory() as folder:
        story = server.base + "/articles/tram-line-four"
        with urllib.request.urlopen(server.base + "/captions.json", timeout=30) as captions:
            photograph = json.load(captions)["items"][0]["url"]
        for address, card in [
            (story, "/embed/a/"),
            (server.base + "/sections/harbour", "/embed/sections/harbour"),
            (photograph, "/embed/captions/"),
        ]:
            html = shown(includes, address) or ""
            is_whole = re.fullmatch(
                rf'<blockquote [^>]*><a href="{re.escape(address)}">[^<]+</a></blockquote>'
                rf'<iframe [^>]* src="{re.escape(server.base + card)}[^>]*></iframe>\s*', html)
            if not is_whole:
                faults.append(f"of {address} is left {html!r}")
            if address == story:
                Path(folder, "embed.html").write_text(html)
        if html := shown(includes, server.base + "/articles/never-was"):
            faults.append(f"of nothing is made {html!r}")
        browse = ["node", str(ROOT / "target/npm/wordpress.mjs"), shutil.which("chromium"), server.base,
                  f"{folder}/embed.html", f"{includes}/js/wp-embed.js"]
        failed = subprocess.run(browse, timeout=200).returncode
    for fault in faults:
        print(fault)
    return 1 if faults or failed else 0


if __name__ == "__main__":
    sys.exit(main())
