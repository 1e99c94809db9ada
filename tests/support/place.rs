//! Where the stores of tests are: in their folders, or, where `COURANT_POSTGRES` names a PostgreSQL server, in a schema of it
//! for each folder. The tests are the same.
#![allow(dead_code)]

use std::path::Path;

use chrono::{DateTime, Utc};
use courant::store::{DEFAULT_SCHEMA, DatabaseServer, Store, StoreError, StorePlace};
use sha2::{Digest, Sha256};

/// Where the store of that folder is.
pub fn store_place(data: &Path) -> StorePlace {
    match store_address(data) {
        Some(address) => {
            let server = DatabaseServer::parse(&address, DEFAULT_SCHEMA);
            let server = server.expect("COURANT_POSTGRES is an address");
            // Tests have clocks of their own.
            StorePlace::on_server(data, server.dated_by_writers())
        }
        None => StorePlace::in_folder(data),
    }
}

/// Opens it for a server of this process.
///
/// # Errors
/// As [`Store::open_at`].
pub fn open_store(data: &Path, now: DateTime<Utc>) -> Result<Store, StoreError> {
    Store::open_at(&store_place(data), now)
}

fn store_address(data: &Path) -> Option<String> {
    let server = std::env::var("COURANT_POSTGRES").ok()?;
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let schema = &hex::encode(digest)[..16];
    Some(format!("{server}?schema=test_{schema}"))
}

/// The same for a command.
pub fn store_arguments(data: &Path) -> Vec<String> {
    let address = store_address(data);
    address.map_or_else(Vec::new, |address| vec!["--store".to_owned(), address])
}
