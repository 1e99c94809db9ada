//! Where the store of a paper is: in its folder, or with its database on a server.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use super::postgres::DatabaseServer;

/// The folder of a store, which has its photographs, and the server that has its database where that is no file of the folder.
#[derive(Clone, Debug)]
pub struct StorePlace {
    folder: PathBuf,
    server: Option<DatabaseServer>,
}

impl StorePlace {
    /// All in the folder. Unit tests may have their databases on a server instead.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            #[cfg(test)]
            server: DatabaseServer::of_test(folder),
            #[cfg(not(test))]
            server: None,
        }
    }

    /// All in the folder, whatever unit tests have.
    pub(super) fn in_file(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            server: None,
        }
    }

    pub fn on_server(folder: &Path, server: DatabaseServer) -> Self {
        Self {
            folder: folder.to_owned(),
            server: Some(server),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `None` where the database is in the folder.
    pub fn server(&self) -> Option<&DatabaseServer> {
        self.server.as_ref()
    }
}

impl Display for StorePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Some(server) => server.fmt(formatter),
            None => self.folder.display().fmt(formatter),
        }
    }
}
