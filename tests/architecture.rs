//! The order of the rooms is law: a module uses only modules that `src/lib.rs` declares above it.

use std::fs;
use std::path::{Path, PathBuf};

fn rooms() -> Vec<String> {
    let lib = fs::read_to_string(root().join("lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(&root(), &mut found);
    found.sort();
    found
}

/// The rooms that a text names behind `crate::`, also in nested braces.
fn named(text: &str, rooms: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let group = match rest.strip_prefix('{') {
            Some(group) => group.split(';').next().unwrap_or_default(),
            None => rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default(),
        };
        for room in rooms {
            let whole = |word: &str| word == room;
            if group
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(whole)
            {
                names.push(room.clone());
            }
        }
    }
    names
}

#[test]
fn a_module_uses_only_modules_declared_above_it() {
    let rooms = rooms();
    assert!(rooms.len() >= 10, "lib.rs was read wrongly: {rooms:?}");
    let mut faults = Vec::new();
    for path in all_sources() {
        let inner = path.strip_prefix(root()).unwrap().with_extension("");
        let room = inner.iter().next().unwrap().to_string_lossy().into_owned();
        let Some(place) = rooms.iter().position(|name| *name == room) else {
            continue;
        };
        for used in named(&fs::read_to_string(&path).unwrap(), &rooms) {
            let other = rooms.iter().position(|name| *name == used).unwrap();
            if other > place {
                faults.push(format!(
                    "{} uses {used}, which is declared below {room}",
                    inner.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_opens_with_a_sentence_on_what_it_is_for() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} has no //! sentence",
            path.display()
        );
    }
}

#[test]
fn every_room_is_described_by_one_sentence() {
    let lib = fs::read_to_string(root().join("lib.rs")).unwrap();
    let lines: Vec<&str> = lib.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("pub mod ") {
            assert!(
                lines[at - 1].starts_with("/// "),
                "{line} has no sentence above it"
            );
        }
    }
}

#[test]
fn only_the_server_and_the_commands_read_the_clock() {
    for path in all_sources() {
        let inner = path.strip_prefix(root()).unwrap().to_path_buf();
        let may = inner.starts_with("server") || inner.starts_with("cli");
        let text = fs::read_to_string(&path).unwrap();
        let reads = ["Utc::now", "SystemTime::now", "Local::now"]
            .iter()
            .any(|read| text.contains(read));
        assert!(may || !reads, "{} reads the clock", inner.display());
    }
}

#[test]
fn functions_stay_short() {
    const MOST_LINES: usize = 100;
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        let mut begun: Option<(usize, usize, &str)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(super) ");
            let head = head.trim_start_matches("async ");
            if begun.is_none() && head.starts_with("fn ") && !line.trim_end().ends_with(';') {
                begun = Some((number, indent, line));
            }
            if let Some((start, depth, name)) = begun
                && line.trim_end() == format!("{}}}", " ".repeat(depth))
            {
                let lines = number - start;
                assert!(
                    lines <= MOST_LINES,
                    "{}: {} has {lines} lines",
                    path.display(),
                    name.trim()
                );
                begun = None;
            }
        }
    }
}
