//! Pipes, sockets, links and files of any size that other processes may put into a folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::*;

const MAX: u64 = 1000;

fn folder() -> (TempDir, Files) {
    let outside = TempDir::new().expect("a folder");
    fs::create_dir_all(outside.path().join("items/city/story")).expect("a folder");
    fs::write(outside.path().join("secret"), "secret").expect("a file");
    let files = Files::of(&outside.path().join("items")).expect("the folder");
    (outside, files)
}

#[test]
fn nothing_that_is_opened_blocks_has_no_end_or_lies_outside() {
    let (outside, files) = folder();
    let items = outside.path().join("items");
    mknodat(CWD, items.join("pipe"), FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
    let _socket = UnixListener::bind(items.join("socket")).expect("a socket");
    let huge = fs::File::create(items.join("huge")).expect("a file");
    huge.set_len(10 * 1024 * 1024 * 1024)
        .expect("10 GiB of nothing");
    symlink("/dev/zero", items.join("zero")).expect("a link");
    symlink("../secret", items.join("up")).expect("a link");
    symlink(outside.path().join("secret"), items.join("absolute")).expect("a link");
    symlink("../../../secret", items.join("city/story/far")).expect("a link");
    symlink("../..", items.join("city/out")).expect("a link");
    symlink("none", items.join("nothing")).expect("a link");
    symlink("ring", items.join("ring")).expect("a link");
    fs::write(items.join("most"), [b'a'; MAX as usize]).expect("a file");
    fs::write(items.join("more"), [b'a'; MAX as usize + 1]).expect("a file");
    for (path, expected) in [
        ("pipe", Unread::NotAFile),
        ("socket", Unread::NotAFile),
        ("city", Unread::NotAFile),
        ("zero", Unread::Outside),
        ("up", Unread::Outside),
        ("absolute", Unread::Outside),
        ("city/story/far", Unread::Outside),
        ("city/out/secret", Unread::Outside),
        ("../secret", Unread::Outside),
        ("nothing", Unread::Missing),
        ("none/at/all", Unread::Missing),
        ("more/at/all", Unread::Missing),
        ("more", Unread::TooLarge { bytes: 1001 }),
    ] {
        assert_eq!(files.read(path, MAX).expect_err(path), expected, "{path}");
    }
    let huge = files.read("huge", MAX).expect_err("huge");
    assert_eq!(
        huge,
        Unread::TooLarge {
            bytes: 10_737_418_240
        }
    );
    assert!(matches!(files.read("ring", MAX), Err(Unread::Failed(_))));
    assert_eq!(files.read("most", MAX).map(|bytes| bytes.len()), Ok(1000));
}

#[test]
fn a_link_to_another_file_of_the_folder_is_that_file() {
    let (outside, _) = folder();
    let items = outside.path().join("items");
    fs::create_dir(items.join("shared")).expect("a folder");
    fs::write(items.join("shared/logo.png"), "logo").expect("a file");
    symlink("../../shared/logo.png", items.join("city/story/logo.png")).expect("a link");
    symlink("shared", items.join("again")).expect("a link");
    // The folder's own name may be a link.
    symlink("items", outside.path().join("linked")).expect("a link");
    let files = Files::of(&outside.path().join("linked")).expect("the folder");
    for path in ["city/story/logo.png", "again/logo.png"] {
        assert_eq!(files.read(path, MAX).as_deref(), Ok(&b"logo"[..]), "{path}");
    }
}

#[test]
fn only_what_is_surely_not_there_is_gone() {
    let (outside, files) = folder();
    let items = outside.path().join("items");
    fs::create_dir(outside.path().join("section")).expect("a folder");
    symlink("../section", items.join("out")).expect("a link");
    symlink("ring", items.join("ring")).expect("a link");
    symlink("unmounted", items.join("dangling")).expect("a link");
    fs::write(items.join("file"), "").expect("a file");
    for (path, gone) in [
        ("city", false),
        ("city/story", false),
        ("file", false),
        ("city/other", true),
        ("harbour/story", true),
        ("file/story", true),
        ("out/story", false),
        ("ring/story", false),
        ("dangling/story", false),
    ] {
        assert_eq!(files.is_gone(path), gone, "{path}");
    }
}

#[test]
fn what_is_written_stays_inside_and_takes_its_name_whole() {
    let (outside, files) = folder();
    let items = outside.path().join("items");
    let secret = outside.path().join("secret");
    symlink(&secret, items.join("city/story/article.md")).expect("a link");
    symlink(&secret, items.join("city/story").join(DRAFT)).expect("a link");
    files
        .write("city/story/article.md", &b"new"[..])
        .expect("written");
    assert_eq!(fs::read_to_string(&secret).expect("a file"), "secret");
    assert_eq!(
        files.read("city/story/article.md", MAX).as_deref(),
        Ok(&b"new"[..])
    );
    let long = format!("city/story/{}.jpg", "x".repeat(251));
    files.write(&long, &b"new"[..]).expect("the longest name");
    symlink("..", items.join("up")).expect("a link");
    files
        .write("up/secret", &b"new"[..])
        .expect_err("it leads out");
    files.make_folder("up/made").expect_err("it leads out");
    assert_eq!(fs::read_to_string(&secret).expect("a file"), "secret");
    assert!(!outside.path().join("made").exists());
    // A folder that is removed takes no other with it.
    fs::create_dir(items.join("city/.draft.new")).expect("a folder");
    symlink(outside.path(), items.join("city/.draft.new/link")).expect("a link");
    files
        .remove_folder(Path::new("city/.draft.new"))
        .expect("removed");
    assert!(secret.exists() && !items.join("city/.draft.new").exists());
}
