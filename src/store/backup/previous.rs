//! The store that was in use until a restore.

use std::fs;
use std::path::Path;

use crate::item::Id;
use crate::store::restore_folders::remove_unfinished;
use crate::store::sqlite::{meta, newest, read_only};
use crate::store::store_files::{DATABASE, Lock, refuse_database_file, unwritable};
use crate::store::{Position, Store, StoreError, StorePlace};

use super::replaced::RestoreError;
use super::stage::Stage;

/// Where it is.
pub(super) enum Previous {
    /// None is known.
    None,
    /// At the place that is restored to.
    Here,
    Elsewhere(Box<Elsewhere>),
}

/// A store at another place than the one that is restored to.
pub(super) struct Elsewhere {
    pub(super) place: StorePlace,
    /// Whether it is the database file of the same folder, whose rows come to a server.
    pub(super) is_own_file: bool,
    /// Its folder, held, unless that is the one that is restored to; and a sign in it that a restore is under way.
    _held: Option<(Stage, Lock)>,
}

impl Previous {
    /// Finds it: at that place, or where it is said to be, or in the folder of a database that comes to a server.
    ///
    /// # Errors
    /// Where there is more than one, none where it is said to be, or a server has its folder.
    pub(super) fn find(
        place: &StorePlace,
        named: Option<&StorePlace>,
        is_there: bool,
    ) -> Result<Self, RestoreError> {
        let data = place.folder();
        let two_at = |place: String| Err(RestoreError::TwoStores { place });
        let has_own_file = match place.server() {
            Some(server) if is_there => {
                refuse_database_file(data, server)?;
                false
            }
            Some(_) => has_entries(data),
            None => false,
        };
        let is_of_data = named.is_some_and(|named| is_same_folder(named.folder(), data));
        let named = match named {
            Some(_) if is_there => return two_at(place.to_string()),
            Some(named) if has_own_file && (named.server().is_some() || !is_of_data) => {
                return two_at(data.display().to_string());
            }
            _ if has_own_file => {
                return Ok(Self::Elsewhere(Box::new(Elsewhere {
                    place: StorePlace::in_file(data),
                    is_own_file: true,
                    _held: None,
                })));
            }
            Some(named) => named,
            None if is_there => return Ok(Self::Here),
            None => return Ok(Self::None),
        };
        // Who takes the lock of a folder makes the folder.
        drop(Store::open_beside_at(named)?);
        Ok(Self::Elsewhere(Box::new(Elsewhere {
            place: named.clone(),
            is_own_file: false,
            _held: match is_of_data {
                true => None,
                false => Some(hold(named.folder())?),
            },
        })))
    }

    /// The place of the previous store; that which is restored to, where none is known.
    pub(super) fn place<'p>(&'p self, target: &'p StorePlace) -> &'p StorePlace {
        match self {
            Self::Elsewhere(elsewhere) => &elsewhere.place,
            Self::None | Self::Here => target,
        }
    }

    /// Refuses the folder of another paper, where nothing but its lock tells of that.
    ///
    /// # Errors
    /// Where the lock names another paper than that of the database, or a server that has the store of the folder and may tell
    /// what was taken down.
    pub(super) fn check_folder(
        &self,
        place: &StorePlace,
        lock: &Lock,
        database: &Path,
        accept_lost_takedowns: bool,
    ) -> Result<(), RestoreError> {
        match self {
            Self::Here => return Ok(()),
            Self::Elsewhere(elsewhere) if elsewhere.is_own_file => return Ok(()),
            Self::None | Self::Elsewhere(_) => {}
        }
        // A paper that never had an entry is none yet.
        if place.folder().join(DATABASE).exists() {
            return Ok(());
        }
        let found = read_only(database).and_then(|connection| meta(&connection, "publication"));
        let found = found.map_err(StoreError::from)?;
        let (known, found) = (lock.publication_id(), found.as_deref().and_then(Id::parse));
        match (known, found) {
            (Some(expected), Some(found)) if expected != found => {
                return Err(RestoreError::OtherPaper { expected, found });
            }
            _ => {}
        }
        let is_none = matches!(self, Self::None);
        match lock.server() {
            Some(server) if is_none && place.server().is_none() && !accept_lost_takedowns => {
                let path = place.folder().to_owned();
                Err(StoreError::OnServer { path, server }.into())
            }
            _ => Ok(()),
        }
    }
}

fn hold(folder: &Path) -> Result<(Stage, Lock), StoreError> {
    let lock = Lock::take(folder)?;
    let marked = remove_unfinished(folder).and_then(|()| Stage::make(folder));
    Ok((marked.map_err(|error| unwritable(folder, &error))?, lock))
}

/// Whether there is a store in the folder that has entries, or one that does not read.
pub(super) fn has_entries(folder: &Path) -> bool {
    let path = folder.join(DATABASE);
    let newest = || newest(&read_only(&path)?);
    path.exists() && !matches!(newest(), Ok(Position { seq: 0, .. }))
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
