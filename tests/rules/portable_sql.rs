//! The statements of the store are such as SQLite and PostgreSQL both take, and read alike. What only SQLite knows stands in
//! the few files that open, copy and erase its file.

use std::fs;
use std::path::{Path, PathBuf};

/// The files that know SQLite as a file: they may set it, copy it and look into its pages.
const DRIVER: &[&str] = &[
    "store/sqlite.rs",
    "store/connections.rs",
    "store/open.rs",
    "store/backup.rs",
    "store/backup/write.rs",
    "store/backup/unpack.rs",
    "store/erase.rs",
    "store/erase/free.rs",
    "store/erase/names.rs",
    "store/erase/pages.rs",
    "store/erase/progress.rs",
    "store/erase/rows.rs",
];

/// Modules that are compiled for tests alone.
const FOR_TESTS: &[&str] = &[
    "store/growth.rs",
    "store/plans.rs",
    "http/document/make/tests.rs",
];

/// Words with which a statement begins.
const BEGINNINGS: &[&str] = &[
    "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE", "PRAGMA", "VACUUM", "ATTACH",
];

/// Words that only the driver may use.
const OF_DRIVER: &[&str] = &[
    "pragma",
    "vacuum",
    "attach",
    "sqlite_schema",
    "sqlite_master",
    "sqlite_dbpage",
    "sqlite_sequence",
    "rowid",
    "zeroblob",
];

/// Words that nobody may use, each with what takes its place.
const REFUSED: &[(&str, &str)] = &[
    ("instr", "replace(x, y, '') <> x, or rtrim"),
    ("json_extract", "a column"),
    ("json_each", "a table"),
    ("json_object", "a column"),
    ("json_array", "a column"),
    ("ifnull", "coalesce"),
    ("iif", "CASE"),
    ("glob", "a range of keys"),
    (
        "like",
        "a range of keys: the two differ in which letters are alike",
    ),
    ("regexp", "a range of keys"),
    ("total", "sum"),
    ("group_concat", "a list of rows"),
    ("printf", "text made outside"),
    ("strftime", "text made outside"),
    ("julianday", "milliseconds"),
    ("unixepoch", "milliseconds"),
    ("typeof", "a column of one type"),
    ("last_insert_rowid", "RETURNING"),
    ("indexed", "an ORDER BY that the index has"),
    ("collate", "the order of bytes"),
];

/// Words that stand where a column could, and are none.
const KEYWORDS: &[&str] = &[
    "select",
    "from",
    "where",
    "and",
    "or",
    "not",
    "in",
    "is",
    "null",
    "exists",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "as",
    "bigint",
    "text",
    "integer",
    "coalesce",
    "max",
    "min",
    "count",
    "sum",
    "excluded",
    "set",
    "distinct",
    "limit",
    "returning",
    "length",
    "substr",
    "rtrim",
    "replace",
];

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

/// The texts in quotes of a source file, but for its unit tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let source = source
        .split("#[cfg(test)]\n#[allow(clippy::unwrap_used)]\nmod tests")
        .next()
        .unwrap();
    let mut rest = source.chars().peekable();
    let mut found = Vec::new();
    let mut before = ' ';
    while let Some(char) = rest.next() {
        match char {
            '/' if rest.peek() == Some(&'/') => {
                while rest.next().is_some_and(|next| next != '\n') {}
            }
            '"' if before == 'r' || before == '#' => {
                let end = if before == '#' { "\"#" } else { "\"" };
                let mut text = String::new();
                while !text.ends_with(end) {
                    let Some(next) = rest.next() else { break };
                    text.push(next);
                }
                found.push(text.trim_end_matches(end).to_owned());
            }
            '"' => found.push(literal(&mut rest)),
            // A quoted character; anything else behind an apostrophe is the name of a lifetime.
            '\'' => {
                let mut ahead = rest.clone();
                match ahead.next() {
                    Some('\\') => while rest.next().is_some_and(|next| next != '\'') {},
                    Some(_) if ahead.next() == Some('\'') => {
                        rest.nth(1);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        before = char;
    }
    found
}

/// The rest of a text whose first quotation mark was read.
fn literal(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(char) = rest.next() {
        match char {
            '"' => break,
            '\\' => match rest.next() {
                Some('\n') => while rest.next_if(|next| next.is_whitespace()).is_some() {},
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            char => text.push(char),
        }
    }
    text
}

/// The texts that a source file has constants for, by their names.
fn constants(source: &str) -> Vec<(String, String)> {
    let declared = source.split("const ").skip(1).filter_map(|behind| {
        let (name, value) = behind.split_once(": &str =")?;
        let text = value.trim_start().strip_prefix('"')?;
        let is_name = name
            .chars()
            .all(|char| char.is_ascii_uppercase() || char == '_');
        is_name.then(|| (format!("{{{name}}}"), literal(&mut text.chars().peekable())))
    });
    declared.collect()
}

/// The texts in quotes of a source file with the file's constants where they name them.
fn expanded(source: &str) -> Vec<String> {
    let constants = constants(source);
    let mut texts = literals(source);
    for text in &mut texts {
        for (name, value) in &constants {
            if text.contains(name) {
                *text = text.replace(name, value);
            }
        }
    }
    texts
}

/// The words and signs of a statement in small letters, texts in it left out.
fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = sql.chars().peekable();
    while let Some(char) = rest.next() {
        let mut token = char.to_string();
        match char {
            '\'' => {
                while rest.next().is_some_and(|next| next != '\'') {}
                token = "''".to_owned();
            }
            char if char.is_whitespace() => continue,
            '?' | '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => {
                while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    token.push(next);
                }
            }
            '<' | '>' | '=' | '|' | '!' => {
                while let Some(next) = rest.next_if(|next| "<>=|".contains(*next)) {
                    token.push(next);
                }
            }
            _ => {}
        }
        tokens.push(token.to_lowercase());
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|char: char| char.is_ascii_lowercase() || char == '_')
}

/// The place of the bracket that closes the one at `open`.
fn closing(tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    tokens.len()
}

/// Whether the brackets at `open` have a comma that stands in no other brackets.
fn has_comma(tokens: &[String], open: usize) -> bool {
    let mut depth = 0;
    tokens[open..closing(tokens, open)].iter().any(|token| {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        depth == 1 && token == ","
    })
}

/// What is wrong with a statement.
fn faults(sql: &str, is_driver: bool) -> Vec<String> {
    let tokens = tokens(sql);
    let at = |place: usize| tokens.get(place).map_or("", String::as_str);
    let mut faults = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if !is_driver && OF_DRIVER.contains(&token.as_str()) {
            faults.push(format!("{token} is for the driver's files"));
        }
        if let Some((_, instead)) = REFUSED.iter().find(|(word, _)| word == token) {
            faults.push(format!("{token}: {instead}"));
        }
        let next = at(place + 1);
        match (token.as_str(), next) {
            ("or", "ignore" | "replace" | "abort" | "fail" | "rollback") | ("replace", "into") => {
                faults.push("OR …: ON CONFLICT (key) DO NOTHING, or DO UPDATE SET".to_owned());
            }
            ("max" | "min", "(") if has_comma(&tokens, place + 1) => {
                faults.push(format!("{token} of two: CASE WHEN a > b"));
            }
            ("is", "null" | "distinct") => {}
            ("is", "not") if ["null", "distinct"].contains(&at(place + 2)) => {}
            ("is", _) => faults.push("IS: IS NOT DISTINCT FROM".to_owned()),
            ("not", "exists" | "in" | "null" | "distinct") => {}
            ("not", word) if is_word(word) => faults.push(format!("NOT {word}: {word} = 0")),
            ("where" | "and" | "or" | "when", word) if is_word(word) => {
                let alone = ["and", "or", ")", "then", "group", "order", "limit", ""];
                let end = if at(place + 2) == "." {
                    place + 4
                } else {
                    place + 2
                };
                if !KEYWORDS.contains(&word) && alone.contains(&at(end)) {
                    faults.push(format!("{word} is no condition: {word} = 1"));
                }
            }
            ("from" | "join", "(") => {
                let end = closing(&tokens, place + 1);
                let name = at(end + 1 + usize::from(at(end + 1) == "as"));
                if !is_word(name) || KEYWORDS.contains(&name) {
                    faults.push("a query in brackets has no name".to_owned());
                }
            }
            ("==", _) => faults.push("==: =".to_owned()),
            // Some are numbered when the statement is made.
            ("?", next) if next != "{" => faults.push("?: ?1".to_owned()),
            (";", _) if !is_driver => faults.push("more than one statement".to_owned()),
            ("\"" | "`" | "[", _) => faults.push("a quoted name".to_owned()),
            _ => {}
        }
    }
    faults.extend(unclear_columns(&tokens));
    faults.extend(aliases_in_where(&tokens));
    faults
}

/// Columns without their table on the right side of what `ON CONFLICT` sets, where both the row and what was to be written
/// have them.
fn unclear_columns(tokens: &[String]) -> Vec<String> {
    let Some(update) = tokens
        .windows(3)
        .position(|words| words == ["do", "update", "set"])
    else {
        return Vec::new();
    };
    let behind = &tokens[update + 3..];
    let mut depth = 0;
    let mut faults = Vec::new();
    // The first word of an assignment is the column that is set.
    let mut is_target = true;
    for (place, token) in behind.iter().enumerate() {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            "=" if is_target => is_target = false,
            "," if depth == 0 => is_target = true,
            "returning" => break,
            word if is_word(word) && !is_target && !KEYWORDS.contains(&word) => {
                let before = place.checked_sub(1).map_or("", |before| &*behind[before]);
                let after = behind.get(place + 1).map_or("", String::as_str);
                if before != "." && after != "." {
                    faults.push(format!("{word} is of the row or of excluded?"));
                }
            }
            _ => {}
        }
    }
    faults
}

/// Names that the list of columns gives and the condition uses.
fn aliases_in_where(tokens: &[String]) -> Vec<String> {
    let named = tokens.windows(2).enumerate().filter_map(|(place, words)| {
        let of_type = ["bigint", "integer", "text"].contains(&words[1].as_str());
        (words[0] == "as" && is_word(&words[1]) && !of_type).then(|| (place, &words[1]))
    });
    let mut faults = Vec::new();
    for (place, name) in named {
        let behind = &tokens[place..];
        let Some(condition) = behind.iter().position(|token| token == "where") else {
            continue;
        };
        let behind = behind[condition..]
            .iter()
            .take_while(|token| !["group", "order", "limit"].contains(&token.as_str()));
        if behind.clone().any(|token| token == name) {
            faults.push(format!("{name} is a name of a column of the result"));
        }
    }
    faults
}

fn is_statement(literal: &str) -> bool {
    let first = literal.split_whitespace().next().unwrap_or_default();
    BEGINNINGS.contains(&first) && literal.trim().contains(char::is_whitespace)
}

/// What it asks is of PostgreSQL alone: how sessions hold a schema, and the head by which nodes agree.
const OF_POSTGRES: &str = "store/database/postgres.rs";

#[test]
fn every_statement_is_such_as_both_engines_take() {
    let mut paths = Vec::new();
    sources(&root(), &mut paths);
    paths.sort();
    let mut statements = 0;
    let mut found = Vec::new();
    for path in paths {
        let inner = path
            .strip_prefix(root())
            .unwrap()
            .to_string_lossy()
            .into_owned();
        if FOR_TESTS.contains(&&*inner) || inner == OF_POSTGRES {
            continue;
        }
        let is_driver = DRIVER.contains(&&*inner);
        for literal in expanded(&fs::read_to_string(&path).unwrap()) {
            if is_statement(&literal) {
                statements += 1;
                let faults = faults(&literal, is_driver);
                found.extend(
                    faults
                        .iter()
                        .map(|fault| format!("{inner}: {fault}\n    {literal}")),
                );
            } else if inner.starts_with("store") && literal.contains("json_extract(") {
                found.push(format!("{inner}: a part of a statement: {literal}"));
            }
        }
    }
    assert!(statements > 180, "only {statements} statements were found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The files that know by which library the database is asked.
const OF_LIBRARY: [&str; 3] = ["store/database.rs", "store/plans.rs", "store/sqlite.rs"];

#[test]
fn the_library_of_one_engine_is_named_by_its_driver_alone() {
    let mut paths = Vec::new();
    sources(&root(), &mut paths);
    let mut of_library = 0;
    for path in paths {
        let inner = path.strip_prefix(root()).unwrap().to_string_lossy();
        let source = fs::read_to_string(&path).unwrap();
        let (code, _) = source
            .split_once("#[cfg(test)]\nmod tests")
            .unwrap_or((&source, ""));
        let names = code.contains("rusqlite");
        of_library += usize::from(names);
        assert!(!names || OF_LIBRARY.contains(&&*inner), "{inner}");
    }
    assert_eq!(of_library, OF_LIBRARY.len());
}

#[test]
fn statements_that_begin_with_a_constant_are_looked_at() {
    let source = r#"
        const FILE: &str = "SELECT path FROM file";
        let at = format!("{FILE} WHERE NOT path");
    "#;
    let texts = expanded(source);
    let text = "SELECT path FROM file WHERE NOT path";
    assert!(texts.iter().any(|found| found == text), "{texts:?}");
    assert!(is_statement(text) && !faults(text, false).is_empty());
}

#[test]
fn forms_of_one_engine_are_found() {
    for sql in [
        "INSERT OR IGNORE INTO t (a) VALUES (?1)",
        "INSERT OR REPLACE INTO t (a) VALUES (?1)",
        "UPDATE OR IGNORE t SET a = ?1",
        "SELECT json_extract(content, '$.guid') FROM t",
        "SELECT a FROM t WHERE instr(a, ?1) > 0",
        "SELECT max(a, 1) FROM t",
        "SELECT a FROM t WHERE b IS ?1",
        "SELECT a FROM t WHERE NOT b",
        "SELECT a FROM t WHERE b AND c = 1",
        "SELECT a FROM t WHERE c = 1 AND t.b",
        "SELECT a FROM (SELECT b FROM t)",
        "SELECT a FROM t WHERE a LIKE 'x%'",
        "SELECT a + 1 AS more FROM t WHERE more > 2",
        "INSERT INTO t (a) VALUES (?1) ON CONFLICT (a) DO UPDATE SET b = b + 1",
        "INSERT INTO t (a) VALUES (?1) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE b > 1",
        "SELECT a FROM t WHERE a = ?",
        "PRAGMA page_size",
        "DELETE FROM t WHERE rowid = 1",
        "DELETE FROM t; DELETE FROM u",
    ] {
        assert!(is_statement(sql), "{sql}");
        assert!(!faults(sql, false).is_empty(), "{sql}");
    }
}

#[test]
fn forms_of_both_engines_are_taken() {
    for sql in [
        "INSERT INTO t (a, b) VALUES (?1, ?2) ON CONFLICT (a) DO UPDATE SET b = t.b + excluded.b, c = 0
             WHERE t.b >= 'x:' AND t.b < 'x;' RETURNING b",
        "SELECT max(a), coalesce(b, '') = 'x' FROM (SELECT a, b FROM t) AS named WHERE b IS NOT NULL",
        "SELECT CAST(?1 AS BIGINT) IS NULL, a FROM t WHERE NOT EXISTS (SELECT 1 FROM u) AND b = 1",
        "UPDATE t SET a = CASE WHEN a > ?1 THEN a ELSE ?1 END WHERE b IS NOT DISTINCT FROM ?2",
    ] {
        let faults = faults(sql, false);
        assert!(faults.is_empty(), "{sql}: {faults:?}");
    }
}
