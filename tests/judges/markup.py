#!/usr/bin/env python3
"""The Nu HTML checker (validator.w3.org/nu) reads every page and card of the sample paper, in three languages.

Exits 1 with a line for each error.
"""

import json
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True

from browser import desk, paper  # noqa: E402
from meant import ROOT  # noqa: E402
from readers import Server  # noqa: E402

JAR = ROOT / "target/npm/node_modules/vnu-jar/build/dist/vnu.jar"
# The most that is asked for; the sample has fewer.
MOST = 300


def answer(url):
    """What a browser would show: the page, or the notice in its place."""
    try:
        with urllib.request.urlopen(url, timeout=30) as found:
            return found.headers.get_content_type(), found.read().decode()
    except urllib.error.HTTPError as error:
        return error.headers.get_content_type(), error.read().decode()


def pages(base):
    """Every page and card that the front page leads to, by its address."""
    found, left = {}, [base + "/"]
    while left and len(found) < MOST:
        url = left.pop()
        if url in found:
            continue
        kind, text = answer(url)
        if kind != "text/html":
            continue
        found[url] = text
        for target in re.findall(r'<(?:a|iframe)[^>]* (?:href|src)="([^"#]*)', text):
            target = urllib.parse.urljoin(url, target)
            if target.startswith(base + "/") and not re.search(r"\.\w+$", target):
                left.append(target)
    if left:
        sys.exit(f"{base} has more than {MOST} pages")
    return found


def write(server, token, method, path, body, **headers):
    request = urllib.request.Request(
        server.base + path, json.dumps(body).encode(), method=method,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as made:
        return json.load(made)


def notices(server):
    """Addresses of what a desk has corrected, retracted and killed: a page and a card of each."""
    token = desk(server)
    # Headings that skip a level.
    deep = {"section": "city", "slug": "deep", "headline": "Deep", "published": "2026-11-20T08:00:00Z",
            "body": "#### Deep\n\nText.\n\n## Part\n\n#### Deeper\n\n|A|B|\n|---|---|\n|1|2|\n"}
    write(server, token, "POST", "/api/v1/articles", deep)
    yield server.base + "/articles/deep"
    pictured = {"section": "city", "slug": "pictured", "headline": "Pictured", "published": "2026-11-20T08:00:00Z",
                "captions": [{"text": "A bridge & more", "credit": "Lin Mu", "usage_terms": "Once"}]}
    made = write(server, token, "POST", "/api/v1/articles", pictured)
    caption = made["captions"][0]["id"].removeprefix("urn:uuid:")
    write(server, token, "POST", f"/api/v1/captions/{caption}/correct", {"public_note": "Because <it> was wrong."},
          **{"If-Match": "*"})
    yield server.base + "/articles/pictured"
    yield server.base + f"/captions/{caption}"
    yield server.base + f"/embed/captions/{caption}"
    for action in ("correct", "retract", "kill"):
        story = {"section": "city", "slug": f"to-{action}", "headline": f"To {action} & more",
                 "published": "2026-11-20T08:00:00Z", "body": "A text."}
        made = write(server, token, "POST", "/api/v1/articles", story)
        bare = made["id"].removeprefix("urn:uuid:")
        write(server, token, "POST", f"/api/v1/articles/{bare}/{action}", {"public_note": "Because <it> was wrong."},
              **{"If-Match": "*"})
        yield server.base + f"/articles/to-{action}"
        yield server.base + f"/embed/a/{bare}"


def main():
    addresses = {}
    with tempfile.TemporaryDirectory() as folder:
        for language in (None, "zh", "ar"):
            with Server(paper(folder, language)) as server:
                found = pages(server.base)
                nowhere = [server.base + path for path in ("/articles/never-was", "/embed/articles/never-was")]
                more = [*notices(server), *nowhere, server.operations + "/"]
                found.update({url: answer(url)[1] for url in more})
                for url, text in found.items():
                    file = Path(folder, f"{len(addresses)}.html")
                    file.write_text(text)
                    addresses[file.as_uri()] = f"{language or 'en'} {url.removeprefix(server.base)}"
        check = ["java", "-jar", str(JAR), "--format", "json", "--exit-zero-always",
                 *(urllib.parse.unquote(urllib.parse.urlparse(uri).path) for uri in addresses)]
        ran = subprocess.run(check, capture_output=True, text=True, timeout=300)
    messages = json.loads(ran.stderr)["messages"]
    errors = [message for message in messages if message["type"] != "info"]
    for message in errors:
        print(f"{addresses.get(message.get('url'))}: {message['message']}: {message.get('extract')!r}")
    print(f"{len(addresses)} pages and cards, {len(errors)} errors")
    # The least of what there is: a walk that finds no pages finds no errors.
    return 1 if errors or len(addresses) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
