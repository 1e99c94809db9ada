//! Backups that somebody has changed, with sums that fit: nothing of them is believed that can be looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use crate::support::pictures;
use crate::support::*;

/// A backup taken apart: names and bytes, without the sums.
type Members = Vec<(String, Vec<u8>)>;

/// A paper of one story with a photograph and its renditions, and its backup.
struct Backup {
    paper: Paper,
    file: PathBuf,
    members: Members,
}

impl Backup {
    fn new() -> Self {
        let paper = Paper::new();
        paper.write("city/bridge/bridge.jpg", pictures::jpeg(900, 300));
        paper.write(
            "city/bridge/article.md",
            "+++\nheadline = \"The bridge opens\"\npublished = 2026-01-02T03:04:05Z\n\n[[captions]]\n\
             text = \"The bridge at dawn\"\nimage = \"bridge.jpg\"\n+++\nIt opened at noon.\n",
        );
        assert_eq!(paper.start().stop(), Some(0));
        let file = paper.dir.path().join("paper.tar");
        let output = courant(&["backup", text(&file), "--data", text(&paper.data())]);
        assert!(output.status.success(), "{}", said(&output));
        let mut archive = tar::Archive::new(fs::File::open(&file).unwrap());
        let members = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            (name, bytes)
        });
        let mut members: Members = members.collect();
        assert_eq!(members.pop().unwrap().0, "SHA256SUMS");
        Self {
            paper,
            file,
            members,
        }
    }

    /// The place of the first member whose name has all of `words`.
    fn place(&self, words: &[&str]) -> usize {
        let mut names = self.members.iter().map(|(name, _)| name);
        let found = names.position(|name| words.iter().all(|word| name.contains(word)));
        found.unwrap_or_else(|| panic!("{words:?}"))
    }

    /// Writes `members` with the manifest and the sums that fit them, and `last` before the sums.
    fn pack(&self, members: &Members, last: &[u8]) {
        let sha = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        let mut members = members.clone();
        let database = members.iter().find(|(name, _)| name == "courant.db");
        let database = sha(&database.unwrap().1);
        let manifest = members.iter_mut().find(|(name, _)| name == "manifest.json");
        let manifest = &mut manifest.unwrap().1;
        let mut value: serde_json::Value = serde_json::from_slice(manifest).unwrap();
        value["sha256"] = database.into();
        *manifest = serde_json::to_vec(&value).unwrap();
        let mut bytes = Vec::new();
        let mut sums = String::new();
        for (name, content) in &members {
            bytes.extend(member(name, b'0', content.len() as u64, content));
            sums.push_str(&format!("{}  {name}\n", sha(content)));
        }
        bytes.extend_from_slice(last);
        bytes.extend(member(
            "SHA256SUMS",
            b'0',
            sums.len() as u64,
            sums.as_bytes(),
        ));
        bytes.extend([0; 1024]);
        fs::write(&self.file, bytes).unwrap();
    }

    fn restore(&self) -> Output {
        let data = text(&self.paper.data()).to_owned();
        let arguments = ["restore", text(&self.file), "--yes", "--data", &data];
        courant(&[&arguments[..], &["--accept-lost-takedowns"]].concat())
    }

    /// It is refused in these words, and nothing is left behind.
    /// The members, with the database changed by a statement.
    fn changed(&self, place: usize, sql: &str) -> Members {
        let path = self.paper.dir.path().join("changed.db");
        fs::write(&path, &self.members[place].1).unwrap();
        let database = rusqlite::Connection::open(&path).unwrap();
        database.execute_batch(sql).unwrap();
        drop(database);
        let mut members = self.members.clone();
        members[place].1 = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        members
    }

    fn is_refused(&self, what: &str, words: &str) {
        let before = names(self.paper.dir.path());
        let output = self.restore();
        assert!(!output.status.success(), "{what}");
        let told = said(&output);
        assert!(
            told.contains(words) && !told.contains("panicked"),
            "{what}: {told}"
        );
        assert_eq!(names(self.paper.dir.path()), before, "{what}");
    }
}

/// One file of a tar as bytes, whatever its header says of it.
fn member(name: &str, kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    let bytes = header.as_mut_bytes();
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes[156] = kind;
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    let mut whole = header.as_bytes().to_vec();
    whole.extend_from_slice(content);
    whole.resize(whole.len().next_multiple_of(512), 0);
    whole
}

/// Every name below a folder with its size.
fn names(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push((path.clone(), fs::symlink_metadata(&path).unwrap().len()));
            if path.is_dir() {
                ahead.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn one_that_was_taken_apart_and_put_together_comes_back() {
    let backup = Backup::new();
    backup.pack(&backup.members, b"");
    let output = backup.restore();
    assert!(output.status.success(), "{}", said(&output));
    let server = backup.paper.start();
    assert!(server.get("/feed.atom").has("It opened at noon"));
}

#[test]
fn a_photograph_is_known_by_its_bytes_and_not_by_its_sum() {
    let backup = Backup::new();
    let (one, other) = (
        backup.place(&["media/", ".jpg"]),
        backup.place(&["media/", ".json"]),
    );
    let mut members = backup.members.clone();
    members[one].1 = pictures::jpeg(30, 30);
    backup.pack(&members, b"");
    backup.is_refused(
        "another picture",
        "is another picture or recording than its name says",
    );
    let list = std::str::from_utf8(&members[other].1).unwrap();
    let mut elsewhere: serde_json::Value = serde_json::from_str(list).unwrap();
    elsewhere[0]["hash"] = "../../../../../../etc/0123456789".into();
    for (list, words) in [
        ("[1]".to_owned(), "does not read"),
        (elsewhere.to_string(), "names what is no photograph"),
    ] {
        let mut members = backup.members.clone();
        members[other].1 = list.into_bytes();
        backup.pack(&members, b"");
        backup.is_refused(words, words);
    }
}

#[test]
fn names_kinds_and_sizes_of_members_are_bounded() {
    let backup = Backup::new();
    let picture = &backup.members[backup.place(&["media/", ".jpg"])];
    let shelf = &picture.0[..9];
    let long = [b'a'; 5000];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "up",
            member("media/../../evil.jpg", b'0', 1, b"x"),
            "does not belong",
        ),
        (
            "root",
            member("/tmp/evil.jpg", b'0', 1, b"x"),
            "does not belong",
        ),
        (
            "no hash",
            member(&format!("{shelf}evil.jpg"), b'0', 1, b"x"),
            "does not belong",
        ),
        (
            "another shelf",
            member(&format!("media/zz/{}", &picture.0[9..]), b'0', 1, b"x"),
            "does not belong",
        ),
        (
            "another kind",
            member(&picture.0.replace(".jpg", ".html"), b'0', 1, b"x"),
            "does not belong",
        ),
        (
            "a second database",
            member("courant.db", b'0', 1, b"x"),
            "is in it twice",
        ),
        (
            "a picture twice",
            member(&picture.0, b'0', picture.1.len() as u64, &picture.1),
            "is in it twice",
        ),
        (
            "a second manifest",
            member("manifest.json", b'0', 2, b"{}"),
            "does not belong",
        ),
        (
            "what was written ahead",
            member("courant.db-wal", b'0', 1, b"x"),
            "does not belong",
        ),
        // A symbolic link, a hard link, a device, a FIFO, a folder, a sparse file, a long name, a PAX header.
        (
            "1",
            member("media/ab/link", b'1', 0, b""),
            "does not belong",
        ),
        ("2", member(&picture.0, b'2', 0, b""), "does not belong"),
        ("3", member(&picture.0, b'3', 0, b""), "does not belong"),
        ("6", member(&picture.0, b'6', 0, b""), "does not belong"),
        ("5", member("media/ab/", b'5', 0, b""), "does not belong"),
        (
            "S",
            member(&picture.0, b'S', 10 << 40, b""),
            "does not belong",
        ),
        (
            "L",
            member("././@LongLink", b'L', 5000, &long),
            "does not belong",
        ),
        ("x", member("pax", b'x', 5000, &long), "does not belong"),
        (
            "10 TB",
            member(
                "media/00/00000000000000000000000000000000.jpg",
                b'0',
                10 << 40,
                b"",
            ),
            "at most",
        ),
        (
            "a long list",
            member(
                "media/00/00000000000000000000000000000000.json",
                b'0',
                1 << 20,
                b"",
            ),
            "at most",
        ),
        (
            "more than there is",
            member(
                "media/00/00000000000000000000000000000000.jpg",
                b'0',
                30 << 20,
                b"",
            ),
            "cut off",
        ),
    ];
    for (what, last, words) in cases {
        backup.pack(&backup.members, &last);
        backup.is_refused(what, words);
    }
}

#[test]
fn more_files_than_the_manifest_says_are_not_unpacked() {
    let backup = Backup::new();
    let mut members = backup.members.clone();
    for number in 0..3_u8 {
        let bytes = pictures::jpeg(20 + u32::from(number), 20);
        let hash = &hex::encode(Sha256::digest(&bytes))[..32];
        members.push((format!("media/{}/{hash}.jpg", &hash[..2]), bytes));
    }
    backup.pack(&members, b"");
    backup.is_refused("three more", "files of photographs");
}

#[test]
fn a_database_that_would_run_something_or_is_another_programs_is_refused() {
    let backup = Backup::new();
    let place = backup.place(&["courant.db"]);
    for (sql, words) in [
        (
            "CREATE TRIGGER evil AFTER INSERT ON log BEGIN DELETE FROM item; END",
            "trigger evil",
        ),
        ("CREATE VIEW evil AS SELECT 1", "view evil"),
        (
            "CREATE VIEW evil AS SELECT 1; PRAGMA writable_schema = ON; \
             UPDATE sqlite_schema SET type = 'VIEW' WHERE name = 'evil'",
            "VIEW evil",
        ),
        (
            "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES \
             ('table', 'evil', 'evil', 0, 'CREATE VIRTUAL TABLE evil USING fts5 (text)')",
            "evil",
        ),
        ("PRAGMA application_id = 252006674", "application id"),
    ] {
        backup.pack(&backup.changed(place, sql), b"");
        backup.is_refused(sql, words);
    }
}

#[test]
fn no_text_of_a_database_is_run_as_a_statement() {
    let backup = Backup::new();
    let place = backup.place(&["courant.db"]);
    // Before, statements stood there that made indexes again.
    let sql =
        "INSERT INTO meta (key, value) VALUES ('bulk', 'DELETE FROM item; DELETE FROM filing')";
    backup.pack(&backup.changed(place, sql), b"");
    let output = backup.restore();
    assert!(output.status.success(), "{}", said(&output));
    let server = backup.paper.start();
    assert!(server.get("/feed.atom").has("It opened at noon"));
}

#[test]
fn one_that_is_cut_off_anywhere_is_refused_and_leaves_nothing() {
    let backup = Backup::new();
    let whole = fs::read(&backup.file).unwrap();
    for part in 0..24 {
        let end = whole.len() * part / 24;
        fs::write(&backup.file, &whole[..end]).unwrap();
        backup.is_refused(&format!("{end} bytes"), "error");
    }
}

#[test]
fn a_disk_that_is_full_in_the_middle_leaves_nothing_behind() {
    let backup = Backup::new();
    let data = backup.paper.dir.path().join("small");
    let disk = Disk::mount(&data, "size=200k");
    let arguments = [
        "restore",
        text(&backup.file),
        "--yes",
        "--data",
        text(&data),
    ];
    let arguments = [&arguments[..], &["--accept-lost-takedowns"]].concat();
    let output = match disk.is_some() {
        true => courant(&arguments),
        // Files that may not grow are what is left where mounting is not allowed (blocks of 512 bytes).
        false => {
            let bounded = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
            let mut shell = Command::new("sh");
            shell.args(["-c", bounded, COURANT]).args(&arguments);
            output_of(&mut shell).unwrap()
        }
    };
    assert!(!output.status.success());
    assert!(
        said(&output).contains("cannot be written"),
        "{}",
        said(&output)
    );
    let left = names(&data);
    assert!(
        left.iter().all(|(path, _)| path.ends_with("courant.lock")),
        "{left:?}"
    );
    drop(disk);
}

#[test]
fn what_a_killed_restore_left_goes_at_the_next_start() {
    let backup = Backup::new();
    let data = backup.paper.data();
    for millis in (0..120).step_by(6) {
        let arguments = [
            "restore",
            text(&backup.file),
            "--yes",
            "--data",
            text(&data),
        ];
        let mut command = Command::new(COURANT);
        command
            .args(arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut running = Running::of(command);
        std::thread::sleep(std::time::Duration::from_millis(millis));
        running.kill();
        // Whenever it was killed, it may have been then.
        fs::create_dir_all(data.join("restoring/media/ab")).unwrap();
        fs::write(data.join("restoring/courant.db"), "half").unwrap();
        let server = backup.paper.start();
        assert!(server.get("/feed.atom").has("It opened at noon"));
        assert_eq!(server.stop(), Some(0));
        let left = fs::read_dir(&data)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let left: Vec<String> = left.map(|name| name.into_string().unwrap()).collect();
        let is_left = |name: &String| name == "restoring" || name.starts_with("restored-");
        assert!(!left.iter().any(is_left), "{millis}: {left:?}");
        // As the operator does, once all is well.
        for name in left
            .iter()
            .filter(|name| name.starts_with("before-restore-"))
        {
            fs::remove_dir_all(data.join(name)).unwrap();
        }
    }
}
