//! A real Varnish in front, configured by `deploy/varnish.vcl`: it gives what is kept, and never what is old.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::opened_feeds::CHROMIUM;
use crate::support::{Answer, Paper, Running, Server, free_port, request, text, wait};

struct Front {
    _varnish: Running,
    address: SocketAddr,
    server: Server,
    paper: Paper,
}

/// Starts Varnish at that address in front of a server, with its files in `folder`, by the configuration that stands in the
/// repository, as it was edited.
pub fn varnish(
    folder: &Path,
    address: SocketAddr,
    server: SocketAddr,
    edit: impl FnOnce(String) -> String,
) -> Running {
    let vcl = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/varnish.vcl");
    let vcl = fs::read_to_string(vcl).unwrap();
    let port = format!(".port = \"{}\"", server.port());
    assert_eq!(vcl.matches(".port = \"8080\"").count(), 1);
    let path = folder.join("varnish.vcl");
    let vcl = edit(vcl.replace(".port = \"8080\"", &port));
    fs::write(&path, vcl).unwrap();
    let mut command = Command::new("varnishd");
    let paths = std::env::var("PATH").unwrap_or_default();
    command
        // Debian keeps it where only root's path leads.
        .env("PATH", format!("{paths}:/usr/sbin"))
        .args(["-F", "-a", &address.to_string(), "-s", "malloc,20m"])
        .args(["-p", "http_gzip_support=off"])
        .args(["-n", text(&folder.join("varnish"))])
        .args(["-f", text(&path)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut varnish = Running::of(command);
    wait("Varnish", || {
        if let Some(status) = varnish.ended() {
            panic!("Varnish ended with {status}: {}", varnish.errors());
        }
        std::net::TcpStream::connect(address).ok()
    });
    varnish
}

impl Front {
    fn start() -> Self {
        Self::configured(|vcl| vcl)
    }

    /// With its configuration written otherwise.
    fn configured(edit: impl FnOnce(String) -> String) -> Self {
        let paper = Paper::copy_of("tests/data/sample");
        let address = free_port();
        let server = paper.configured(&format!(
            "[cdn]\nkey_headers = [\"xkey\"]\n[[cdn.purge]]\nkind = \"varnish\"\nurl = \"http://{address}/\"\n"
        ));
        let varnish = varnish(paper.dir.path(), address, server.address, edit);
        Self {
            _varnish: varnish,
            address,
            server,
            paper,
        }
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        request(self.address, "GET", path, headers)
    }

    /// How often Varnish had to ask Courant. Its counters can be read only a moment after it takes connections.
    fn fetches(&self) -> u64 {
        let folder = self.paper.dir.path().join("varnish");
        wait("the counters of Varnish", || {
            let output = Command::new("varnishstat")
                .args(["-1", "-n", text(&folder), "-f", "MAIN.backend_req"])
                .output()
                .unwrap();
            let counts = String::from_utf8(output.stdout).unwrap();
            counts.split_whitespace().nth(1)?.parse().ok()
        })
    }

    /// Asks, and whether Varnish had the answer.
    fn kept(&self, path: &str, headers: &[(&str, &str)]) -> (Answer, bool) {
        let before = self.fetches();
        let answer = self.get(path, headers);
        (answer, self.fetches() == before)
    }

    fn until(&self, path: &str, found: impl Fn(&Answer) -> bool) -> Answer {
        wait(path, || Some(self.get(path, &[])).filter(&found))
    }
}

const BROWSER: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br, zstd");

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn what_did_not_change_is_kept_and_what_did_is_new_at_once() {
    let front = Front::start();
    for path in ["/feed.rss", "/sections/city.rss", "/sections/zh.rss", "/"] {
        let (first, kept) = front.kept(path, &[]);
        assert_eq!((first.status, kept), (200, false), "{path}");
        let (second, kept) = front.kept(path, &[]);
        assert!(kept, "{path}");
        assert_eq!(second.body, front.server.get(path).body, "{path}");
        for hidden in ["age", "xkey", "cdn-cache-control", "via", "x-varnish"] {
            assert!(second.header(hidden).is_none(), "{hidden} of {path}");
        }
        // Parameters do not get past the cache, nor do conditions.
        assert!(front.kept(&format!("{path}?_=123"), &[]).1, "{path}");
        let (same, kept) = front.kept(path, &[("If-None-Match", first.etag())]);
        assert_eq!((same.status, kept), (304, true), "{path}");
    }
    front.paper.edit(
        "city/tram-line-four/article.md",
        "headline = \"",
        "headline = \"Late: ",
    );
    for path in [
        "/feed.rss",
        "/sections/city.rss",
        "/",
        "/articles/tram-line-four",
    ] {
        front.until(path, |answer| answer.has("Late: "));
    }
    assert!(front.kept("/sections/zh.rss", &[]).1, "the others are kept");
    // An answer from the second of the change tells no date; what is kept in the end does, for readers that ask with it.
    let path = "/sections/city.rss";
    let dated = |answer: &Answer| answer.has("Late: ") && answer.header("last-modified").is_some();
    front.until(path, dated);
    let kept = wait("what is kept", || {
        let (answer, kept) = front.kept(path, &[]);
        kept.then_some(answer)
    });
    assert!(dated(&kept));
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn what_is_asked_for_in_a_query_gets_through() {
    let front = Front::start();
    let page = front.server.get("/articles/tram-line-four").text();
    let address = page.split("rel=\"canonical\" href=\"").nth(1).unwrap();
    let address = address.split('"').next().unwrap();
    let card = format!("/oembed?format=xml&url={address}");
    for path in [
        &card,
        "/api/v1/articles?limit=1",
        "/api/v1/articles?section=city&format=ninjs",
    ] {
        let own = front.server.get(path);
        assert_eq!(own.status, 200, "{path}: {}", own.text());
        assert_eq!(front.get(path, &[]).body, own.body, "{path}");
    }
    let page = front.get("/api/v1/articles?limit=1", &[]);
    let said: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    let next = said["next"].as_str().unwrap();
    let next = front.get(&format!("/api/v1/articles?limit=1&cursor={next}"), &[]);
    assert_eq!(next.status, 200);
    assert_ne!(next.body, page.body, "the next page");
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn each_coding_goes_through_with_its_tag() {
    let front = Front::start();
    for (wish, coding) in [("br", "br"), ("gzip", "gzip"), ("zstd", "zstd")] {
        let wish = [("Accept-Encoding", wish)];
        let (answer, _) = front.kept("/sections/zh.atom", &wish);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        let own = front.server.get_with("/sections/zh.atom", &wish);
        assert_eq!((answer.etag(), &answer.body), (own.etag(), &own.body));
        let (again, kept) = front.kept("/sections/zh.atom", &wish);
        assert!(kept && again.body == own.body, "{coding}");
    }
    let (answer, kept) = front.kept("/sections/zh.atom", &[BROWSER]);
    assert_eq!(answer.header("content-encoding"), Some("br"));
    assert!(kept, "a browser gets what is kept of the same coding");
    let (plain, _) = front.kept("/sections/zh.atom", &[]);
    assert_eq!(plain.header("content-encoding"), None);
    let weighed = [("Accept-Encoding", "br;q=0.1, gzip;q=0.9")];
    let (answer, _) = front.kept("/sections/zh.atom", &weighed);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn a_withdrawn_story_leaves_the_cache_with_its_photograph() {
    let front = Front::start();
    let page = "/articles/night-ferry-returns";
    let shown = front.get(page, &[]).text();
    let at = shown.find("/media/").unwrap();
    let photograph = shown[at..at + "/media/".len() + 36].to_owned();
    assert_eq!(front.get(&photograph, &[]).status, 200);
    assert!(front.kept(page, &[]).1 && front.kept(&photograph, &[]).1);
    front.paper.remove("harbour/night-ferry-returns");
    front.until(page, |answer| answer.status == 410);
    front.until(&photograph, |answer| answer.status == 404);
    let listing = front.get("/sections/harbour.json", &[]);
    assert!(!listing.has("night-ferry-returns.rss") && !listing.has(&photograph));
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn recordings_go_through_in_parts() {
    let front = Front::start();
    let bytes: Vec<u8> = b"ID3\x04\0\0\0\0\0\0"
        .iter()
        .copied()
        .chain((0..=255).cycle().take(90_000))
        .collect();
    front.paper.write("city/talk/talk.mp3", &bytes);
    front.paper.write(
        "city/talk/article.md",
        "+++\nheadline = \"Talk\"\npublished = 2026-01-02T03:04:05Z\n[[attachments]]\nfile = \"talk.mp3\"\n+++\nWords.\n",
    );
    let page = front
        .server
        .until("/articles/talk", |page| page.status == 200);
    let page = page.text();
    // The masthead shows a file, too.
    let files = page.split("/media/").skip(1);
    let mut files = files.map(|rest| rest.split('"').next().expect("an address"));
    let file = files.find(|file| file.ends_with(".mp3")).expect("a player");
    let path = format!("/media/{file}");
    for _ in 0..2 {
        let (part, kept) = front.kept(&path, &[("Range", "bytes=80000-80099")]);
        assert_eq!(
            (part.status, &part.body),
            (206, &bytes[80_000..80_100].to_vec())
        );
        assert!(!kept);
    }
    front.paper.remove("city/talk");
    front.until(&path, |gone| gone.status == 404);
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn what_is_kept_is_given_while_courant_is_down() {
    let Front {
        _varnish,
        address,
        server,
        paper,
    } = Front::start();
    let before = request(address, "GET", "/feed.atom", &[]);
    assert_eq!(server.stop(), Some(0));
    let now = request(address, "GET", "/feed.atom", &[]);
    assert_eq!((now.status, &now.body), (200, &before.body));
    let refused = request(address, "PURGE", "/", &[]);
    assert_eq!(refused.status, 400, "a purge without a key purges nothing");
    drop(paper);
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn nobody_purges_through_a_proxy_on_the_same_machine() {
    let front = Front::start();
    front.get("/feed.rss", &[]);
    let key = ("xkey-purge", "all");
    for mark in [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-For", "198.51.100.7"),
        ("X-Forwarded-Host", "news.example.org"),
        ("Forwarded", "for=198.51.100.7"),
        ("Via", "1.1 proxy"),
    ] {
        let refused = request(front.address, "PURGE", "/", &[key, mark]);
        assert_eq!(refused.status, 403, "{mark:?}");
        assert!(front.kept("/feed.rss", &[]).1, "{mark:?}");
    }
    // Courant's own purge is the one without a mark.
    assert_eq!(request(front.address, "PURGE", "/", &[key]).status, 200);
    assert!(!front.kept("/feed.rss", &[]).1);
}

#[test]
#[ignore = "needs Debian's packages varnish and varnish-modules; tests/run runs it where they are"]
fn who_opens_a_feed_in_a_browser_takes_nothing_from_readers() {
    let path = "/sections/city.rss";
    let front = Front::start();
    let feed = front.server.get(path).body;
    for is_kept in [false, true] {
        let opened = front.get(path, CHROMIUM);
        assert_eq!(opened.status, 303);
        assert!(opened.header("location").unwrap().contains("/subscribe#"));
        let (read, kept) = front.kept(path, &[]);
        assert_eq!((read.status, &read.body, kept), (200, &feed, is_kept));
    }
    // A cache that knows nothing of browsers keeps the feed all the same, and gives it to them as well.
    let unknowing = Front::configured(|vcl| {
        assert_eq!(vcl.matches("req.http.Sec-Fetch-Dest ==").count(), 1);
        vcl.replace("req.http.Sec-Fetch-Dest ==", "req.http.Nothing ==")
    });
    let feed = unknowing.server.get(path).body;
    assert_eq!(unknowing.get(path, CHROMIUM).status, 303);
    for (headers, is_kept) in [(&[][..], false), (&[], true)] {
        let (read, kept) = unknowing.kept(path, headers);
        assert_eq!((read.status, &read.body, kept), (200, &feed, is_kept));
    }
    let coded = [("Accept-Encoding", "br")];
    unknowing.get(path, &coded);
    let (opened, kept) = unknowing.kept(path, CHROMIUM);
    assert_eq!((opened.status, kept), (200, true));
}
