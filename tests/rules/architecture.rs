//! The order of the rooms is law: a module uses only modules that `src/lib.rs` declares above it, and within a room its
//! files use one another in one direction.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::functions;
use crate::prose;
use crate::siblings::{Module, Sources, Use};

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

/// The text of each file by its module.
fn modules() -> BTreeMap<Module, String> {
    let modules = all_sources().into_iter().map(|path| {
        let inner = path.strip_prefix(root()).unwrap().with_extension("");
        let names = inner.iter().map(|name| name.to_string_lossy().into_owned());
        let module: Module = names.filter(|name| name != "lib").collect();
        (module, fs::read_to_string(&path).unwrap())
    });
    modules.collect()
}

/// A circle in words: who uses whom, and the file in which that is to be seen.
fn told(folder: &[String], circle: &[Use]) -> String {
    let uses = circle.iter().map(|found| {
        let Use { user, used, file } = found;
        format!("{user} uses {used} (src/{}.rs)", file.join("/"))
    });
    format!(
        "in {}: {}",
        folder.join("/"),
        uses.collect::<Vec<_>>().join(", ")
    )
}

#[test]
fn files_of_a_room_use_one_another_in_one_direction() {
    let rooms = rooms();
    let sources = Sources::of(&modules());
    let mut folders = sources.folders();
    folders.retain(|folder| rooms.contains(&folder[0]));
    let read: usize = folders
        .iter()
        .map(|folder| sources.uses(folder).len())
        .sum();
    assert!(read >= 200, "only {read} uses were found");
    let circles = folders
        .iter()
        .filter_map(|folder| Some(told(folder, &sources.circle(folder)?)));
    let circles: Vec<String> = circles.collect();
    assert!(
        circles.is_empty(),
        "files in a circle:\n{}",
        circles.join("\n")
    );
}

/// What is told of a room with the modules `a` and `b`, of which the second uses the first.
fn circle_with(room: &str, a: &str, below_a: &str) -> Option<String> {
    let files = [
        ("room", room),
        ("room/a", a),
        ("room/a/inner", below_a),
        ("room/b", "use super::a::f;"),
    ];
    let files = files.map(|(path, text)| {
        let module: Module = path.split('/').map(str::to_owned).collect();
        (module, text.to_owned())
    });
    let folder = ["room".to_owned()];
    let circle = Sources::of(&files.into()).circle(&folder)?;
    Some(told(&folder, &circle))
}

#[test]
fn a_circle_of_files_is_found_however_it_is_written() {
    let own = "in room: a uses b (src/room/a.rs), b uses a (src/room/b.rs)";
    for a in [
        "use super::b;",
        "use super::{\n    b::{self, G},\n};",
        "use crate::room::{Other, b::g as h};",
        "use super::b::*;",
        "fn f() {\n    super::b::g()\n}",
        "#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n\nfn f(g: &crate::room::b::G) {}",
    ] {
        assert_eq!(circle_with("", a, "").as_deref(), Some(own), "{a}");
    }
    let inner = circle_with("", "", "use super::super::b::g;");
    assert_eq!(inner, Some(own.replace("room/a.rs", "room/a/inner.rs")));
    for room in [
        "pub use b::G;",
        "pub use self::b::{Inner as G, g};",
        "use crate::room::b::G;",
    ] {
        let found = circle_with(room, "use super::G;", "");
        assert_eq!(found.as_deref(), Some(own), "{room}");
    }
}

/// What is told of a room whose type `Page` has methods in the modules `a` and `b`.
fn circle_by_methods(a: &str, b: &str) -> Option<String> {
    let files = [("room", "struct Page;"), ("room/a", a), ("room/b", b)];
    let files = files.map(|(path, text)| {
        let module: Module = path.split('/').map(str::to_owned).collect();
        (module, text.to_owned())
    });
    let folder = ["room".to_owned()];
    let circle = Sources::of(&files.into()).circle(&folder)?;
    Some(told(&folder, &circle))
}

#[test]
fn a_circle_of_files_by_methods_of_one_type_is_found() {
    let b = "impl Page {\n    fn second(&self) {\n        self.first();\n    }\n}";
    for a in [
        "impl Page {\n    fn first(&self) {\n        self.second();\n    }\n}",
        "impl<'p> Page<'p>\nwhere\n    'p: 'static,\n{\n    pub(super) async fn first(&self) {\n        self\n            .second();\n    }\n}",
        "impl Page {\n    fn first() {}\n}\n\nfn g(page: &super::Page) {\n    page.second();\n}",
        "impl Page {\n    fn first() {}\n}\n\nimpl Drop for Page {\n    fn drop(&mut self) {\n        self.second();\n    }\n}",
    ] {
        let own = "in room: a uses b (src/room/a.rs), b uses a (src/room/b.rs)";
        assert_eq!(circle_by_methods(a, b).as_deref(), Some(own), "{a}");
    }
    for a in [
        // It has one of its own.
        "impl Page {\n    fn first(&self) {}\n}\n\nimpl Other {\n    fn second(&self) {\n        self.second();\n    }\n}",
        // Another crate's type of the same name.
        "use other::Page;\n\nimpl Page {\n    fn first(&self) {}\n}\n\nfn g(page: &Page) {\n    page.second();\n}",
        "impl Page {\n    fn first(&self) {}\n}\n\n#[cfg(test)]\nmod tests {\n    fn t(page: &Page) {\n        page.second();\n    }\n}",
    ] {
        assert_eq!(circle_by_methods(a, b), None, "{a}");
    }
}

#[test]
fn what_is_no_circle_of_files_is_not_taken_for_one() {
    for a in [
        "//! As [`super::b`] does.\n// super::b::g()",
        "#[cfg(test)]\nmod tests {\n    use super::super::b::g;\n}",
        "#[cfg(test)]\nfn f() {\n    super::b::g()\n}",
        "#[cfg(test)]\nuse super::b;",
        "use super::G;",
        "use other::b;",
        "use inner::b;",
    ] {
        assert_eq!(circle_with("pub struct G;", a, ""), None, "{a}");
    }
    let of_tests = circle_with("", "#[cfg(test)]\nmod inner;", "use crate::room::b;");
    assert_eq!(of_tests, None);
}

/// Every file of Rust in the repository, by its path from the root of it.
fn all_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        sources(&root.join(folder), &mut found);
    }
    found.sort();
    let files = found.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_owned(), text)
    });
    files.collect()
}

#[test]
fn every_file_opens_with_a_sentence_on_what_it_is_for() {
    let files = all_files();
    assert!(files.len() > 300, "only {} files were found", files.len());
    let faults = files.iter().filter_map(|(path, text)| {
        let fault = prose::fault(&prose::opening(text)?, &names(path))?;
        Some(format!("{}: {fault}", path.display()))
    });
    let mut faults: Vec<String> = faults.collect();
    for (path, text) in &files {
        if prose::opening(text).is_none() {
            faults.push(format!("{} does not begin with //!", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_room_is_described_by_a_sentence() {
    let lib = fs::read_to_string(root().join("lib.rs")).unwrap();
    let lines: Vec<&str> = lib.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(room) = line.strip_prefix("pub mod ") else {
            continue;
        };
        let above = lines[..at].iter().rev();
        let mut said: Vec<&str> = above.map_while(|line| line.strip_prefix("/// ")).collect();
        said.reverse();
        let fault = prose::fault(&said.join(" "), &[room.trim_end_matches(';').to_owned()]);
        assert_eq!(fault, None, "{line}");
    }
}

/// The names on a path that its file is known by.
fn names(path: &Path) -> Vec<String> {
    let inner = path.with_extension("");
    let names = inner.iter().map(|name| name.to_string_lossy().into_owned());
    names.collect()
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
    const MAX_LINES: usize = 100;
    let mut read = 0;
    let mut faults = Vec::new();
    for path in all_sources() {
        let inner = path.strip_prefix(root()).unwrap();
        for function in functions::of(&fs::read_to_string(&path).unwrap()) {
            read += 1;
            let functions::Function { name, lines } = function;
            if lines > MAX_LINES {
                faults.push(format!("{}: {name} has {lines} lines", inner.display()));
            }
        }
    }
    assert!(read > 2000, "only {read} functions were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
