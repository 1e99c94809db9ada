//! Compares the words of feeds and exports with those of the pages that come of them:
//! `cargo run --example words -- FOLDER`.
//!
//! Every file below the folder is brought in by itself. Words that are neither on the page of their item nor in the report
//! are told, and the program fails.

#[path = "archive.rs"]
mod archive;
#[path = "oracle.rs"]
mod oracle;
#[path = "../../support/papers.rs"]
mod papers;
#[path = "../../support/place.rs"]
mod place;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// This many lost words are told of one item.
const MAX_WORDS: usize = 40;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!(
            "say which folder has the feeds and exports: cargo run --example words -- FOLDER"
        );
        return ExitCode::FAILURE;
    };
    let mut found = Vec::new();
    files(Path::new(&folder), &mut found);
    found.sort();
    let (mut read, mut items, mut words, mut left_out, mut lost) = (0, 0, 0, 0, 0);
    for path in &found {
        match archive::compare(path) {
            Err(reason) => {
                let first = reason.lines().next().unwrap_or_default().to_owned();
                println!("not compared: {}: {first}", path.display());
            }
            Ok(compared) => {
                read += 1;
                items += compared.items;
                words += compared.words;
                left_out += compared.left_out;
                for (guid, missing) in compared.lost {
                    lost += missing.len();
                    let told: Vec<String> = missing.into_iter().take(MAX_WORDS).collect();
                    println!("LOST {}: {guid}: {}", path.display(), told.join(" "));
                }
            }
        }
    }
    println!(
        "{read} of {} files, {items} items with {words} words compared, {left_out} items left out, {lost} words lost",
        found.len()
    );
    match lost {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
