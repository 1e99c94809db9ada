#!/usr/bin/env python3
"""schemathesis (PyPI) against a running courant: requests made of the API's own description, right ones and wrong ones.

Exits 1 if an answer is a fault of the server, or is not one that the description names. Bounded in cases and time, the same
cases at every run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from meant import ROOT
from readers import COURANT, Server

# A body that is right by its schema may still name a section that is not declared, or a photograph that is not there.
NOT_CHECKED = ["positive_data_acceptance"]

# CPython before 3.11.8 may lose count of its own recursion (python/cpython#106905), which ends a case before it is sent.
LOST_COUNT = "AST constructor recursion depth mismatch"
TRIES = 3


def main():
    with tempfile.TemporaryDirectory() as folder:
        items = Path(folder) / "items"
        shutil.copytree(ROOT / "tests/data/sample", items)
        with Server(items) as server:
            create = [COURANT, "token", "create", "fuzz", "--scope", "desk", "--data", server.data]
            token = subprocess.run(create, check=True, capture_output=True, text=True).stdout.strip()
            command = [
                str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.base}/api/v1/openapi.json",
                "--header", f"Authorization: Bearer {token}",
                "--checks", "all", "--exclude-checks", ",".join(NOT_CHECKED),
                "--max-examples", "25", "--max-time", "90", "--seed", "20250228", "--generation-deterministic",
                "--workers", "2", "--request-timeout", "70", "--max-response-time", "60",
                "--suppress-health-check", "all", "--no-color",
            ]
            hooks = {"SCHEMATHESIS_HOOKS": str(ROOT / "tests/judges/api_hooks.py"), "PYTHONDONTWRITEBYTECODE": "1"}
            for _ in range(TRIES):
                run = subprocess.run(command, cwd=folder, env=os.environ | hooks, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                print(run.stdout, flush=True)
                if LOST_COUNT not in run.stdout:
                    break
            return run.returncode


if __name__ == "__main__":
    sys.exit(main())
