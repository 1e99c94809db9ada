//! Photographs on the wire: whole, in part, and to readers that do not read.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use crate::support::pictures;
use crate::support::{Paper, Server, wait};

/// A picture of at least this many bytes, narrow enough that it has no smaller ones.
fn large(bytes: u32) -> Vec<u8> {
    let picture = pictures::noise(200, bytes.div_ceil(3 * 200));
    assert!(picture.len() >= bytes as usize);
    picture
}

fn with_photograph(bytes: u32) -> (Paper, Server, String, Vec<u8>) {
    let paper = Paper::new();
    let picture = large(bytes);
    paper.write("city/a/big.png", &picture);
    paper.write(
        "city/a/article.md",
        "+++\nheadline = \"A\"\npublished = 2026-10-01T10:00:00Z\n[[captions]]\ntext = \"Big.\"\nimage = \"big.png\"\n+++\n\nText.\n",
    );
    let server = paper.start();
    let path = wait("the photograph's address", || {
        let feed = server.get("/captions.json").text();
        let at = feed.find("/media/")?;
        Some(feed[at..at + "/media/".len() + 36].to_owned())
    });
    (paper, server, path, picture)
}

#[test]
fn a_photograph_is_given_whole_in_part_and_not_at_all() {
    let (_paper, server, path, picture) = with_photograph(300_000);
    let whole = server.get(&path);
    assert_eq!(
        (whole.status, whole.header("content-type")),
        (200, Some("image/png"))
    );
    assert_eq!(whole.body, picture);
    let part = server.get_with(&path, &[("Range", "bytes=100-199")]);
    assert_eq!(
        (part.status, part.header("content-range")),
        (
            206,
            Some(format!("bytes 100-199/{}", picture.len()).as_str())
        )
    );
    assert_eq!(part.body, picture[100..200]);
    let tail = server.get_with(&path, &[("Range", "bytes=-5")]);
    assert_eq!(tail.body, picture[picture.len() - 5..]);
    assert_eq!(
        server
            .get_with(&path, &[("Range", &format!("bytes={}-", picture.len()))])
            .status,
        416
    );
    let head = server.send("HEAD", &path, &[("Range", "bytes=0-1")]);
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some(picture.len().to_string().as_str()))
    );
    let tag = whole.header("etag").unwrap().to_owned();
    assert_eq!(
        server
            .get_with(&path, &[("If-None-Match", tag.as_str())])
            .status,
        304
    );
}

#[test]
fn readers_that_do_not_read_hold_no_photograph_in_memory() {
    const READERS: usize = 24;
    let (paper, server, path, _) = with_photograph(16 * 1024 * 1024);
    // What bringing it in took, of which some stays for a while, is no reader's.
    drop(server);
    let server = paper.start();
    let address = server.base().trim_start_matches("http://").to_owned();
    let mut idle = Vec::new();
    for _ in 0..READERS {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        idle.push(stream);
    }
    wait("all requests under way", || {
        let served = server.metric("courant_responses_total{status=\"200\"}")?;
        (served >= READERS as f64).then_some(())
    });
    let status = fs::read_to_string(format!("/proc/{}/status", server.running.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kib < 150 * 1024, "{READERS} readers hold {kib} KiB");
    assert_eq!(server.get("/feed.rss").status, 200);
}
