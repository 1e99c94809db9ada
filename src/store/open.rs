//! Opening a store: its files are taken, its schema is brought up to date, and what a start takes up again is.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::item::Id;

use super::database::{self, Connection, Hold};
use super::place::StorePlace;
use super::postgres::DatabaseServer;
use super::restore_folders::{self, Move};
use super::sqlite::{
    APPLICATION_ID, HEAD_BYTES, SCHEMA, application_of, foreign, newest, open_or_make, opening,
    read_only, schema_in, schema_of, set_application, set_schema, settle_writer,
};
use super::store_files::{self, DATABASE, Lock, MEDIA, StoreFiles, unwritable};
use super::tables::add_tables;
use super::{Store, StoreError, bulk, erase, killed};

/// The schema of the store in a folder, where a start will bring it up to date; `None` for anything else, which the start
/// reports.
pub fn older_schema(folder: &Path) -> Option<u32> {
    // By the file's own head: to open a database may change what lies beside it.
    let mut file = File::open(folder.join(DATABASE)).ok()?;
    let mut head = [0; HEAD_BYTES];
    file.read_exact(&mut head).ok()?;
    let found = schema_in(&head)?;
    (1..SCHEMA).contains(&found).then_some(found)
}

impl Store {
    /// Opens the store in `folder` for the one server, making it if there is none.
    ///
    /// # Errors
    /// If another server has it, if it is damaged or newer, or if the folder cannot be written.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        Self::open_at(&StorePlace::in_folder(folder), now)
    }

    /// Opens the store at that place for the one server, making it if there is none.
    ///
    /// # Errors
    /// As [`Store::open`], and where the database's server cannot be reached or refuses.
    pub fn open_at(place: &StorePlace, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let folder = place.folder();
        let lock = Lock::take(folder)?;
        restore_folders::remove_unfinished(folder).map_err(|error| unwritable(folder, &error))?;
        Self::open_locked(place, lock, now)
    }

    /// Opens the store; the caller has the lock.
    pub(super) fn open_locked(
        place: &StorePlace,
        lock: Lock,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let folder = place.folder();
        restore_folders::finish_restore(folder).map_err(|error| unwritable(folder, &error))?;
        let store = match place.server() {
            Some(server) => {
                let (store, is_there) = Self::on_server_or_empty(place, server)?;
                store.with_writer(|writer| server.hold(&writer.connection, Hold::Shared))?;
                store.end_move(folder, server, is_there)?;
                store_files::refuse_database_file(folder, server)?;
                std::fs::create_dir_all(folder.join(MEDIA))
                    .map_err(|error| unwritable(folder, &error))?;
                let found = store.with_writer(|writer| schema_of(&writer.connection));
                if store.check_schema(found)? == 0 {
                    lock.expect_no_paper(server)?;
                }
                let is_new_node = lock.publication_id().is_none();
                let mut store = store.holding(None, lock.clone());
                store.is_new_node = is_new_node;
                store
            }
            None => {
                let path = folder.join(DATABASE);
                let moving = Move::pending(folder).map_err(|error| unwritable(folder, &error))?;
                if let Some(moving) = moving {
                    let (path, server) = (folder.to_owned(), moving.server().to_owned());
                    return Err(StoreError::Moving { path, server });
                }
                store_files::expect_publication(folder, &lock)?;
                let files = StoreFiles::hold(folder)?;
                let connection = open_or_make(&path).map_err(|error| opening(&path, &error))?;
                check_application(&path, &connection)?;
                let store = Self::assemble(place, path, connection)?;
                store.holding(Some(files), lock.clone())
            }
        };
        store.prepare(now)?;
        let id = store.reading(|connection| store.minted_id(connection))?;
        if let Some(server) = place.server() {
            lock.expect_paper(id, server)?;
        }
        let held = store.place.as_ref().map_or(Ok(()), StoreFiles::remember);
        held.and_then(|()| lock.name(id, place.server()))
            .map_err(|error| unwritable(folder, &error))?;
        store.photographs().forget_drafts();
        store.remove_unused_files()?;
        store.note_unfinished_erasing()?;
        let newest = store.refresh()?;
        let is_on_server = store.with_writer(|writer| store.begin_to_know(writer))?;
        if newest.seq > 0 && !(is_on_server && store.is_dated_by_server()) {
            // The Last-Modified dates that the previous server sent are unknown: at most the second after its last entry.
            store.promise(newest.time.timestamp() + 1);
        }
        Ok(store)
    }

    /// Opens the store beside a server that may be running, to read only.
    ///
    /// # Errors
    /// If there is none, or it is damaged or newer.
    pub fn open_beside(folder: &Path) -> Result<Self, StoreError> {
        Self::open_beside_at(&StorePlace::in_folder(folder))
    }

    /// Opens the store at that place beside a server that may be running, to read only.
    ///
    /// # Errors
    /// As [`Store::open_beside`], and where the database's server cannot be reached or refuses.
    pub fn open_beside_at(place: &StorePlace) -> Result<Self, StoreError> {
        let folder = place.folder();
        if let Some(server) = place.server() {
            let store = Self::on_server(place, server)?;
            let schema = store.with_writer(|writer| schema_of(&writer.connection));
            if store.check_schema(schema)? == 0 {
                let path = store.path;
                return Err(StoreError::Absent { path });
            }
            store.refresh()?;
            return Ok(store);
        }
        let path = folder.join(DATABASE);
        match std::fs::metadata(&path) {
            Ok(found) if found.len() > 0 => {}
            Ok(_) => {
                let reason = "it is empty".to_owned();
                return Err(StoreError::Damaged { path, reason });
            }
            Err(_) => {
                let path = folder.to_owned();
                return Err(match store_files::server_of(folder) {
                    Some(server) => StoreError::OnServer { path, server },
                    None => StoreError::Absent { path },
                });
            }
        }
        let connection = read_only(&path)?;
        check_application(&path, &connection)?;
        let store = Self::assemble(place, path, connection)?;
        let schema = store.with_writer(|writer| schema_of(&writer.connection));
        let found = store.check_schema(schema)?;
        if found < SCHEMA {
            return Err(StoreError::Older {
                path: store.path,
                found,
                known: SCHEMA,
            });
        }
        store.refresh()?;
        Ok(store)
    }

    /// Opens what is on a server; whether a store is there that has entries.
    ///
    /// # Errors
    /// Where the server cannot be reached or refuses, or has a newer store.
    pub(super) fn on_server_or_empty(
        place: &StorePlace,
        server: &DatabaseServer,
    ) -> Result<(Self, bool), StoreError> {
        let store = Self::on_server(place, server)?;
        let found = store.with_writer(|writer| schema_of(&writer.connection));
        let is_there = match store.check_schema(found)? {
            0 => false,
            _ => {
                let newest = store.with_writer(|writer| newest(&writer.connection));
                newest.map_err(|error| store.opening(&error))?.seq > 0
            }
        };
        Ok((store, is_there))
    }

    fn on_server(place: &StorePlace, server: &DatabaseServer) -> Result<Self, StoreError> {
        let path = PathBuf::from(server.to_string());
        let connection = server.connect().map_err(|error| server.refused(&error))?;
        server.check(&connection)?;
        Self::assemble(place, path, connection)
    }

    /// Finishes the move of the database in the folder to this store, which is held on a server, or forgets it where it was not
    /// done. A move to another server stands. The caller has the lock of the folder.
    ///
    /// # Errors
    /// Where the database or the disk fails.
    pub(super) fn end_move(
        &self,
        folder: &Path,
        server: &DatabaseServer,
        is_there: bool,
    ) -> Result<(), StoreError> {
        let unwritable = |error: std::io::Error| unwritable(folder, &error);
        let Some(moving) = Move::pending(folder).map_err(unwritable)? else {
            return Ok(());
        };
        if moving.server() != server.to_string() {
            return Ok(());
        }
        let is_done =
            is_there && moving.is_of(self.reading(|connection| self.minted_id(connection))?);
        let ended = match is_done {
            true => moving.finish(folder),
            false => moving.cancel(),
        };
        ended.map_err(unwritable)
    }

    /// Refuses a folder of items of another paper than the store on a server has, where this folder of data is used with that store
    /// for the first time.
    ///
    /// # Errors
    /// If it is of another, or the database fails.
    pub fn expect_paper(&self, items: &Path, id: Option<Id>) -> Result<(), StoreError> {
        let (Some(server), Some(id)) = (&self.server, id) else {
            return Ok(());
        };
        let own = self.publication()?.id();
        if !self.is_new_node || own == id || self.settings()?.is_none() {
            return Ok(());
        }
        // The next start finds the folder of data as this one did.
        self.lock.iter().for_each(Lock::forget);
        Err(server.unusable(format!(
            "it has the paper {own}, and {} is of the paper {id}; name another schema with [store] schema, or the right folder \
             with --items",
            items.display()
        )))
    }

    /// The schemas of a server's database in which restores have kept the stores of before.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn schemas_aside(&self) -> Result<Vec<String>, StoreError> {
        self.server.as_ref().map_or(Ok(Vec::new()), |server| {
            self.reading(|connection| Ok(server.schemas_aside(connection)?))
        })
    }

    fn prepare(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        if self.server.is_some() {
            return self.prepare_on_server(now);
        }
        let found = self.with_writer(|writer| {
            let connection = &writer.connection;
            settle_writer(connection)?;
            schema_of(connection)
        });
        self.check_schema(found)?;
        self.with_writer(|writer| {
            let transaction = writer.connection.transaction()?;
            let found = schema_of(&transaction)?;
            add_tables(&transaction, found)?;
            if found == 0 {
                let id = Id::mint(now).to_string();
                let sql = "INSERT INTO meta (key, value) VALUES ('publication', ?1)";
                transaction.run(sql, [id])?;
            }
            if found < 5 {
                let seq = newest(&transaction)?.seq;
                killed::forget_older(&transaction, seq)?;
                if found > 0 {
                    erase::ask_all(&transaction)?;
                }
            }
            if found != SCHEMA {
                set_schema(&transaction)?;
            }
            if application_of(&transaction)? != APPLICATION_ID {
                set_application(&transaction)?;
            }
            // Else what is full was closed by the entry that filled it.
            if found < 2 || bulk::is_under_way(&transaction)? {
                bulk::end_bulk(&transaction)?;
            }
            transaction.commit()
        })
        .map_err(|error| self.opening(&error))
    }

    fn prepare_on_server(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(server) = &self.server else {
            return Ok(());
        };
        self.with_writer(|writer| {
            // Of nodes that begin at once one does this, and the others find it done.
            let transaction = writer.connection.prepare()?;
            let found = self.check_schema(schema_of(&transaction))?;
            if found != 0 && found != SCHEMA {
                return Err(StoreError::Older {
                    path: self.path.clone(),
                    found,
                    known: SCHEMA,
                });
            }
            let refused = |error: database::Error| self.opening(&error);
            if found == 0 {
                let make = || {
                    server.make_schema(&transaction)?;
                    super::postgres::make_tables(&transaction, SCHEMA)?;
                    let sql = "INSERT INTO meta (key, value) VALUES ('publication', ?1)";
                    transaction.run(sql, [Id::mint(now).to_string()])
                };
                make().map_err(refused)?;
            }
            super::postgres::make_node_tables(&transaction).map_err(refused)?;
            if bulk::is_under_way(&transaction).map_err(refused)? {
                // No other node is at it: that one would have the schema alone.
                bulk::end_bulk(&transaction).map_err(refused)?;
            }
            transaction.commit().map_err(refused)
        })
    }

    fn check_schema(&self, found: database::Result<u32>) -> Result<u32, StoreError> {
        let found = found.map_err(|error| self.opening(&error))?;
        if found > SCHEMA {
            return Err(StoreError::Newer {
                path: self.path.clone(),
                found,
                known: SCHEMA,
            });
        }
        Ok(found)
    }
}

/// Refuses the database of another program, before anything is changed in it.
fn check_application(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let found = foreign(connection).map_err(|error| opening(path, &error))?;
    found.map_or(Ok(()), |found| {
        Err(StoreError::Foreign {
            path: path.to_owned(),
            found,
        })
    })
}
