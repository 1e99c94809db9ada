//! Writing an item's folder: whole or not at all, and never where nothing changes.

use std::fs;
use std::io;
use std::path::Path;

use crate::folder::ARTICLE_FILE;

use super::Intake;
use super::article::{Made, Plan};

/// What became of an item.
pub(super) enum Outcome {
    Written(Made),
    Replaced(Made),
    /// The folder says the same already.
    Unchanged(Made),
    /// The folder says something else, which is the desk's.
    Differs(Made),
    LeftOut(String),
    Failed(String),
}

/// Writes what was made of an item.
pub(super) fn write(intake: &Intake<'_>, plan: &Plan, made: Made) -> Outcome {
    let folder = intake.root.join(&plan.path);
    if plan.is_new {
        return match intake
            .dry_run
            .then_some(())
            .map_or_else(|| whole(&folder, &made), Ok)
        {
            Ok(()) => Outcome::Written(made),
            Err(error) => Outcome::Failed(error.to_string()),
        };
    }
    if is_same(&folder, &made) {
        return Outcome::Unchanged(made);
    }
    if !intake.replace {
        return Outcome::Differs(made);
    }
    match intake
        .dry_run
        .then_some(())
        .map_or_else(|| over(&folder, &made), Ok)
    {
        Ok(()) => Outcome::Replaced(made),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn is_same(folder: &Path, made: &Made) -> bool {
    let same = |name: &str, bytes: &[u8]| fs::read(folder.join(name)).is_ok_and(|is| is == bytes);
    same(ARTICLE_FILE, made.text.as_bytes())
        && made
            .photographs
            .iter()
            .all(|(name, bytes)| same(name, bytes))
}

/// A new folder takes its name when all of it is there: who breaks off an import leaves whole articles.
fn whole(folder: &Path, made: &Made) -> io::Result<()> {
    let section = folder.parent().unwrap_or(folder);
    let slug = folder.file_name().unwrap_or_default().to_string_lossy();
    let draft = section.join(format!(".{slug}.new"));
    // Of an import that was broken off.
    match fs::remove_dir_all(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(&draft)?,
    }
    for (name, bytes) in &made.photographs {
        fs::write(draft.join(name), bytes)?;
    }
    fs::write(draft.join(ARTICLE_FILE), &made.text)?;
    fs::rename(&draft, folder)
}

/// Over an article that is there: the photographs first, since the file names them.
fn over(folder: &Path, made: &Made) -> io::Result<()> {
    let article = (ARTICLE_FILE, made.text.as_bytes());
    let photographs = made.photographs.iter();
    let files = photographs.map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in files.chain([article]) {
        let draft = folder.join(format!(".{name}.new"));
        fs::write(&draft, bytes)?;
        fs::rename(&draft, folder.join(name))?;
    }
    Ok(())
}
