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


# Seconds for all walks. They take six minutes on one processor with nothing beside them.
LONGEST = 2400
LONG = "A headline that says all there is to say of the harbour, the tram, the market hall and the weather, "


def paper(folder, language=None):
    """A copy of the sample paper, in another language if one is named."""
    items = Path(folder, language or "en")
    shutil.copytree(ROOT / "tests/data/sample", items)
    settings = items / "publication.toml"
    if language:
        settings.write_text(settings.read_text().replace('language = "en"', f'language = "{language}"'))
    if language and language.startswith("zh"):
        # A headline of several lines on any screen.
        story = items / "city/hangtianyuan"
        story.mkdir()
        (story / "article.md").write_text(
            '+++\nheadline = "国务院办公厅印发《关于加快构建普通高等学校毕业生高质量就业服务体系的意见》，中国空间站第六批航天员顺利返回地球"\n'
            'published = 2025-03-01T08:00:00Z\n+++\n\n航天员身体健康。\n')
    return items


def small(folder, stories, sections=1):
    """A paper of so many stories; each seventh has a headline of 200 characters."""
    items = Path(folder, f"{stories}-stories")
    lines = ['title = "The Courier"', 'language = "en"']
    for number in range(sections):
        lines.append(f'[[sections]]\nslug = "s{number}"\ntitle = "Section {number + 1}"')
        Path(items, f"s{number}").mkdir(parents=True)
    (items / "publication.toml").write_text("\n".join(lines) + "\n")
    for number in range(stories):
        story = items / f"s{number % sections}" / f"story-{number}"
        story.mkdir()
        headline = (LONG * 3)[:200] if number % 7 == 6 else f"Story number {number}"
        day = f"2026-{1 + number % 11:02}-{1 + number % 28:02}"
        (story / "article.md").write_text(
            f'+++\nheadline = "{headline}"\npublished = {day}T08:00:00Z\nauthors = ["Ada Wells"]\n+++\n\n'
            f"The first sentence of story {number}. And a second one.\n")
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
        # Of so many stories there are older ones, in their sections, too.
        servers.insert(1, stack.enter_context(Server(small(folder, 120, 3))))
        try:
            return subprocess.run([*browse, *(server.base for server in servers)], timeout=LONGEST).returncode
        except subprocess.TimeoutExpired:
            print(f"the walks did not end within {LONGEST} seconds", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
