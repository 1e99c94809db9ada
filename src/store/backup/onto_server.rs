//! A restore whose database comes to lie on a server.

use std::path::Path;

use crate::store::postgres::{self, DatabaseServer};
use crate::store::sqlite::{SCHEMA, read_only, schema_of};
use crate::store::{Store, StoreError};

use super::rows::{self, Content};
use super::{BackupError, BackupStep, TellProgress};

impl Store {
    /// Puts all rows of the database at that path, which is not written to meanwhile, in the place of those on the server, at once. Gives
    /// the name of the schema in which those before are kept, if there were any.
    ///
    /// # Errors
    /// Where the server fails, or does not read back what was written: then nothing was changed there, unless it failed as the
    /// transaction was committed.
    pub(super) fn replace_rows(
        &self,
        server: &DatabaseServer,
        database: &Path,
        time: &str,
        progress: TellProgress<'_>,
    ) -> Result<Option<String>, BackupError> {
        let ready = read_only(database)?;
        let replace = |writer: &mut crate::store::connections::Writer| {
            let transaction = writer.connection.transaction()?;
            let aside = match schema_of(&transaction)? {
                0 => {
                    server.make_schema(&transaction)?;
                    None
                }
                _ => Some(server.put_schema_aside(&transaction, time)?),
            };
            postgres::make_tables(&transaction, SCHEMA)?;
            let copied = rows::copy(&ready, &transaction, &|done, total| {
                progress(BackupStep::Rows, done, total);
            })?;
            postgres::make_node_tables(&transaction)?;
            postgres::reset_sequences_and_analyze(&transaction)?;
            let found = Content::of(&transaction, &|done, total| {
                progress(BackupStep::ComparedRows, done, total);
            })?;
            found.expect(&copied)?;
            transaction.commit()?;
            Ok(aside)
        };
        self.with_writer(replace).map_err(|error| match error {
            BackupError::Store(StoreError::Database(error)) => server.refused(&error).into(),
            error => error,
        })
    }
}
