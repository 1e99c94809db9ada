//! Writing an item's folder: whole or not at all, and never where nothing changes.

use std::io;
use std::path::Path;

use crate::folder::{ARTICLE_FILE, Files};

use super::FeedImport;
use super::article::{ItemFolder, ItemPlan};

/// The result of writing an item.
pub(super) enum WriteOutcome {
    Written(ItemFolder),
    Replaced(ItemFolder),
    /// The folder has the same content already.
    Unchanged(ItemFolder),
    /// The folder has other content, which is the desk's.
    Differs(ItemFolder),
    LeftOut(String),
    Failed(String),
}

/// Writes the folder that was made of an item.
pub(super) fn write(
    import: &FeedImport<'_>,
    files: &Files,
    plan: &ItemPlan,
    made: ItemFolder,
) -> WriteOutcome {
    let folder = Path::new(&plan.path);
    if plan.is_new {
        return match import
            .dry_run
            .then_some(())
            .map_or_else(|| whole(files, folder, &made), Ok)
        {
            Ok(()) => WriteOutcome::Written(made),
            Err(error) => WriteOutcome::Failed(error.to_string()),
        };
    }
    if is_same(files, folder, &made) {
        return WriteOutcome::Unchanged(made);
    }
    if !import.replace {
        return WriteOutcome::Differs(made);
    }
    match import
        .dry_run
        .then_some(())
        .map_or_else(|| over(files, folder, &made), Ok)
    {
        Ok(()) => WriteOutcome::Replaced(made),
        Err(error) => WriteOutcome::Failed(error.to_string()),
    }
}

fn is_same(files: &Files, folder: &Path, made: &ItemFolder) -> bool {
    let same = |name: &str, bytes: &[u8]| {
        let most = bytes.len() as u64;
        files
            .read(folder.join(name), most)
            .is_ok_and(|is| is == bytes)
    };
    same(ARTICLE_FILE, made.text.as_bytes())
        && made
            .photographs
            .iter()
            .all(|(name, bytes)| same(name, bytes))
}

/// A new folder takes its name when all of it is there: who breaks off an import leaves whole articles.
fn whole(files: &Files, folder: &Path, made: &ItemFolder) -> io::Result<()> {
    let slug = folder.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.with_file_name(format!(".{slug}.new"));
    if files.make_new_folder(&draft).is_err() {
        // One is there of an import that was broken off, or the section has no folder yet.
        files.remove_folder(&draft)?;
        files.make_folder(&draft)?;
    }
    for (name, bytes) in &made.photographs {
        files.write_new(&draft.join(name), bytes.as_slice())?;
    }
    files.write_new(&draft.join(ARTICLE_FILE), made.text.as_bytes())?;
    files.rename(&draft, folder)
}

/// Over an article that is there: the photographs first, since the file names them.
fn over(files: &Files, folder: &Path, made: &ItemFolder) -> io::Result<()> {
    for (name, bytes) in &made.photographs {
        files.write(folder.join(name), bytes.as_slice())?;
    }
    files.write(folder.join(ARTICLE_FILE), made.text.as_bytes())
}
