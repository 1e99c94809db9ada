#!/usr/bin/env python3
"""Has a PostgreSQL server of its own take the store: its tables, every statement, and the unit tests.

    COURANT_STATEMENTS=FILE cargo test --lib      writes the statements that the tests run into FILE, one JSON text a line
    tests/judges/postgres.py FILE

The tables of src/store/schema_postgres.sql are compared with those that SQLite has. The server prepares all statements of FILE,
and those that stand whole in the source, run or not. What SQLite alone is asked (PRAGMA, VACUUM, its own tables) is left out;
tests/rules/portable_sql.rs holds where that may stand. Then the unit tests run with their stores on the server, and tests of the program. It listens on a
socket in a folder of its own and is gone at the end.
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
import threading
import time
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent.parent
STORE = ROOT / "src" / "store"
SCHEMAS = ["schema.sql", "schema_2.sql", "schema_3.sql", "schema_3_media.sql", *(f"schema_{n}.sql" for n in range(4, 100))]
ASKED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
# Not the beginning alone of one, such as INSERT INTO with its columns.
WHOLE = re.compile(r"\b(FROM|SET|VALUES)\b")
# What is put in before it is asked: a name, or the places of a list (src/store/many.rs).
UNFINISHED = re.compile(r"\{|\((keys|rows)\)")
OF_SQLITE = re.compile(r"\b(pragma\w*|sqlite_\w+|rowid|zeroblob|vacuum)\b", re.IGNORECASE)


# They count steps of SQLite's virtual machine, read its plans, pages, files or schema, set its options, or need answers without a
# network; a name that ends with :: stands for all tests whose names begin so.
OF_SQLITE_TESTS = """
http::cache::newest::tests::what_was_small_is_made_by_the_thread_that_is_asked
http::document::make::tests::a_statement_that_reads_a_whole_table_would_be_seen
http::document::make::tests::no_statement_that_a_request_runs_reads_a_whole_table
http::document::make::tests::what_a_request_takes_does_not_grow_with_the_paper
server::timer::tests::the_store_is_asked_when_something_was_written_or_is_due_and_not_between
store::bulk::tests::indexes_that_were_left_out_stand_again_in_the_end_and_after_a_kill
store::erase::tests::a_database_that_shows_no_pages_is_written_anew
store::erase::tests::a_reader_of_this_process_holds_it_up_as_long_as_it_reads
store::erase::tests::a_store_that_is_stopped_erases_no_further_and_the_next_one_does
store::erase::tests::free_pages_of_an_older_version_are_overwritten_in_steps
store::erase::tests::names_that_are_forgotten_after_the_pages_were_looked_at_are_not_left_between_rows
store::erase::tests::what_is_killed_in_a_batch_is_in_no_file_outside_the_store
store::erase::tests::what_lies_between_rows_is_overwritten
store::growth::
store::write_check::tests::whatever_is_written_tells_of_a_disk_that_refuses
""".split()


# Tests of the program that run with their stores on the server, by test program and the beginnings of their names; then those
# among them that ask SQLite's file themselves, or the folder for what the server has, too.
OF_PROGRAM = {"api": ["articles::", "leads::", "life::", "sections::"], "serving": ["moved::", "nodes::", "postgres::"], "store": ["backup::", "forgotten::", "killed::", "left_over::", "moved::", "stopped::"]}
# Runs alone: it has the server restarted.
RESTARTING = "nodes::restarting_postgresql"
OF_FILES = """
backup::a_missing_photograph_is_told_and_the_rest_is_backed_up
backup::a_restore_that_is_broken_off_at_any_step_leaves_a_store_that_opens
backup::a_store_of_another_history_does_not_count_as_the_one_to_replace
backup::a_store_that_does_not_read_is_replaced_only_where_lost_takedowns_are_accepted
killed::a_kill_that_is_not_ended_is_taken_up_at_the_next_start
killed::no_word_of_what_is_killed_is_in_any_file_of_the_store
killed::the_ids_of_a_file_whose_time_has_not_come_are_its_own
killed::what_an_older_version_left_goes_at_the_first_start
killed::what_another_process_reads_is_erased_when_it_leaves
killed::what_was_acknowledged_as_killed_is_gone_after_any_kill_9
left_over::what_refused_uploads_left_goes_also_where_it_is_more_than_all_the_rest
life::one_that_cannot_be_published_at_its_time_is_told_of
moved::a_folder_that_had_another_paper_gets_no_other_by_mistake
""".split()


def of_sqlite():
    """The columns of the newest schema in SQLite (table, name, type, whether it is required, its collation), and its indexes by
    name and table, with whether they are unique."""
    connection = sqlite3.connect(":memory:")
    for name in SCHEMAS:
        if (STORE / name).exists():
            connection.executescript((STORE / name).read_text())
    kinds = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}
    columns, indexes = set(), set()
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
        for _, name, kind, is_required, _, key in connection.execute(f"PRAGMA table_info({table})"):
            columns.add((table, name, kinds[kind], bool(is_required or key), "C" if kind == "TEXT" else ""))
    made = "SELECT name, tbl_name, sql LIKE 'CREATE UNIQUE%' FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    for name, table, is_unique in connection.execute(made):
        indexes.add((name, table, bool(is_unique)))
    # Its key of this table has that order by itself.
    indexes.add(("filing_activity", "filing", False))
    return columns, indexes


def of_postgres(server):
    """The same of PostgreSQL, after its schema was made."""
    columns = server.rows(
        "SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    )
    indexes = server.rows(
        "SELECT i.relname, t.relname, x.indisunique FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        " JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public'"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid)"
    )
    columns = {(table, name, kind, nullable == "NO", collation) for table, name, kind, nullable, collation in columns}
    return columns, {(name, table, is_unique == "t") for name, table, is_unique in indexes}


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
        settings = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=500"
        self.starting = ["pg_ctl", "-D", "data", "-w", "-l", "log", "-o", settings, "start"]
        if made.returncode == 0:
            made = self.run(*self.starting)
        if made.returncode:
            log = Path(self.folder) / "log"
            reason = made.stdout + made.stderr + (log.read_text() if log.exists() else "")
            self.__exit__()
            raise SystemExit(f"no PostgreSQL server could be started: {reason}")
        return self

    def restart_on(self, file, is_over):
        """Whenever `file` is there, stops the server as a crash does, starts it after two seconds, and removes the file."""
        while not is_over.wait(0.05):
            if file.exists():
                self.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
                time.sleep(2)
                self.run(*self.starting)
                file.unlink()

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self):
        return f"postgres://courant@{quote(self.folder, safe='')}/postgres"

    def rows(self, sql):
        asked = self.run("psql", "-X", "-A", "-t", "-F", "\t", "-h", self.folder, "-U", "courant", "-d", "postgres", "-c", sql)
        if asked.returncode:
            raise SystemExit(f"psql failed: {asked.stderr}")
        return [line.split("\t") for line in asked.stdout.splitlines()]

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
        made = server.faults((STORE / "schema_postgres.sql").read_text())
        if made:
            raise SystemExit(f"PostgreSQL does not make the tables: {made}")
        differences = [sqlite ^ own for sqlite, own in zip(of_sqlite(), of_postgres(server))]
        for difference in differences:
            for what in sorted(difference):
                print(f"src/store/schema_postgres.sql: {what} is in one of the two schemas alone")
        server.faults((STORE / "schema_nodes.sql").read_text())
        faults = server.faults(script)
        for line, fault in sorted(faults.items()):
            sql, place = places[line]
            print(f"{place}: {fault}\n    {sql}")
        print(f"PostgreSQL takes {len(found) - len(faults)} of {len(found)} statements", flush=True)
        passed = tested(server)
    sys.exit(1 if faults or any(differences) or not passed else 0)


def tested(server):
    """Whether the unit tests pass with their stores on the server."""
    command = ["cargo", "test", "--locked", "--lib", "--", "--list"]
    there = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.splitlines()
    named = {test: [line for line in there if line == f"{test}: test" or (test.endswith("::") and line.startswith(test))] for test in OF_SQLITE_TESTS}
    gone = [test for test, lines in named.items() if not lines]
    for test in gone:
        print(f"tests/judges/postgres.py names {test}, which is no test")
    skipped = [word for test in OF_SQLITE_TESTS for word in ("--skip", test)]
    environment = {**os.environ, "COURANT_POSTGRES": server.address()}
    environment.pop("COURANT_STATEMENTS", None)
    print(f"{sum(map(len, named.values()))} unit tests are of SQLite alone and are not run here", flush=True)
    run = subprocess.run(["cargo", "test", "--locked", "--lib", "--", *skipped], check=False, env=environment, cwd=ROOT)
    skipped = [word for test in OF_FILES for word in ("--skip", test)]
    for program, tests in OF_PROGRAM.items():
        command = ["cargo", "test", "--locked", "--test", program, "--", *tests, *skipped]
        if program == "serving":
            command += ["--ignored", "--skip", RESTARTING]
            if not shutil.which("varnishd", path=os.environ.get("PATH", "") + ":/usr/sbin"):
                print("varnishd is not there: no cache in front of several nodes is tried", flush=True)
                command += ["--skip", "nodes::varnish_"]
        of_program = subprocess.run(command, check=False, env=environment, cwd=ROOT)
        run.returncode = run.returncode or of_program.returncode
    wish, is_over = Path(server.folder) / "restart", threading.Event()
    restarting = threading.Thread(target=server.restart_on, args=(wish, is_over))
    restarting.start()
    command = ["cargo", "test", "--locked", "--test", "serving", "--", "--ignored", RESTARTING]
    environment["COURANT_POSTGRES_RESTART"] = str(wish)
    run.returncode = subprocess.run(command, check=False, env=environment, cwd=ROOT).returncode or run.returncode
    is_over.set()
    restarting.join()
    (stores,) = server.rows(r"SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'test\_%'")
    print(f"their stores were {stores[0]} schemas of the server")
    # Else they kept their stores somewhere else.
    return run.returncode == 0 and not gone and int(stores[0]) >= 20


if __name__ == "__main__":
    main()
