#!/usr/bin/env python3
"""Has a PostgreSQL server of its own prepare every statement of the store, on tables made of those of SQLite.

    COURANT_STATEMENTS=FILE cargo test --lib      writes the statements that the tests run into FILE, one JSON text a line
    tests/judges/postgres.py FILE

Statements that stand whole in the source are prepared as well, run or not. What SQLite alone is asked (PRAGMA, VACUUM, its own
tables) is left out; tests/rules/portable_sql.rs holds where that may stand. The server listens on a socket in a folder of its
own and is gone at the end.
"""

import glob
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STORE = ROOT / "src" / "store"
SCHEMAS = ["schema.sql", "schema_2.sql", "schema_3.sql", "schema_3_media.sql", *(f"schema_{n}.sql" for n in range(4, 100))]
ASKED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
# Not the beginning alone of one, such as INSERT INTO with its columns.
WHOLE = re.compile(r"\b(FROM|SET|VALUES)\b")
# What is put in before it is asked: a name, or the places of a list (src/store/many.rs).
UNFINISHED = re.compile(r"\{|\((keys|rows)\)")
OF_SQLITE = re.compile(r"\b(pragma|sqlite_\w+|rowid|zeroblob|vacuum)\b", re.IGNORECASE)


def tables():
    """What makes the tables and indexes of the newest schema, for PostgreSQL."""
    connection = sqlite3.connect(":memory:")
    for name in SCHEMAS:
        if (STORE / name).exists():
            connection.executescript((STORE / name).read_text())
    found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name")
    for (made,) in found.fetchall():
        made = re.sub(r"--[^\n]*", "", made)
        if made.startswith("CREATE TABLE"):
            made = made[: made.rindex(")") + 1]
            made = re.sub(r"\bINTEGER\b", "BIGINT", made)
            made = re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', made)
            made = re.sub(r"(PRIMARY KEY \([^)]*)\bDESC\b", r"\1", made)
        yield made


def in_source():
    """Statements that stand in the source as one text, without anything to be put into them."""
    for path in sorted(STORE.rglob("*.rs")):
        text = path.read_text().split("#[cfg(test)]\nmod tests")[0]
        if path.name in ("growth.rs", "plans.rs"):
            continue
        for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL):
            literal = re.sub(r"\\\n\s*", "", literal).replace('\\"', '"')
            if ASKED.match(literal) and not UNFINISHED.search(literal) and WHOLE.search(literal):
                yield literal, str(path.relative_to(ROOT))


def statements(file):
    found = {}
    for line in Path(file).read_text().splitlines():
        found.setdefault(json.loads(line), "run by a test")
    run = len(found)
    for literal, place in in_source():
        found.setdefault(literal, place)
    # How a file of an older schema is brought up to date is SQLite's own: no other engine has such.
    schemas = "".join(path.read_text() for path in STORE.glob("schema*.sql"))
    return run, {
        sql: place
        for sql, place in found.items()
        if ASKED.match(sql) and not OF_SQLITE.search(sql) and sql.strip().rstrip(";") not in schemas
    }


class Server:
    """A server whose files lie in a folder of its own. Root may not run one: it is Debian's user then."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="courant-postgres-")
        self.user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(self.folder, "postgres", "postgres")
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        self.programs = programs[-1] if programs else os.path.dirname(shutil.which("initdb") or "")

    def run(self, program, *arguments, **more):
        command = [os.path.join(self.programs, program), *arguments]
        more = {"text": True, "capture_output": True, "cwd": self.folder, **self.user, **more}
        return subprocess.run(command, check=False, **more)

    def __enter__(self):
        made = self.run("initdb", "-D", "data", "-U", "courant", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        if made.returncode == 0:
            made = self.run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start")
        if made.returncode:
            log = Path(self.folder) / "log"
            reason = made.stdout + made.stderr + (log.read_text() if log.exists() else "")
            self.__exit__()
            raise SystemExit(f"no PostgreSQL server could be started: {reason}")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def faults(self, script):
        """What PostgreSQL complains of, by the number of the line where the statement ends."""
        file = Path(self.folder) / "script.sql"
        file.write_text("\\set VERBOSITY terse\n" + script)
        file.chmod(0o644)
        asked = self.run("psql", "-X", "-q", "-h", self.folder, "-U", "courant", "-d", "postgres", "-f", str(file))
        found = re.findall(r"^psql:[^\n]*script\.sql:(\d+): ((?:ERROR|FATAL|error)[^\n]*)", asked.stderr, re.MULTILINE)
        if asked.returncode or (asked.stderr and not found):
            raise SystemExit(f"psql failed: {asked.stderr}")
        return {int(line): fault for line, fault in found}


def main():
    run, found = statements(sys.argv[1])
    if run < 100:
        raise SystemExit(f"{sys.argv[1]} has {run} statements; make it with COURANT_STATEMENTS={sys.argv[1]} cargo test --lib")
    found = sorted(found.items())
    script, places = "", {}
    for number, (sql, place) in enumerate(found):
        script += f"PREPARE s{number} AS " + re.sub(r"\?(\d+)", r"$\1", sql).replace("\n", " ") + ";\n"
        # The first line sets how much psql says.
        places[number + 2] = (sql, place)
    with Server() as server:
        made = server.faults("".join(f"{table};\n" for table in tables()))
        if made:
            raise SystemExit(f"PostgreSQL does not make the tables: {made}")
        faults = server.faults(script)
    for line, fault in sorted(faults.items()):
        sql, place = places[line]
        print(f"{place}: {fault}\n    {sql}")
    print(f"PostgreSQL takes {len(found) - len(faults)} of {len(found)} statements")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
