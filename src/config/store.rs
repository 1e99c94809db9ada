//! `[store]`: the database server that has the store; without it the store is a file in the folder of data.

use crate::item::{Complaint, Draft, Reader};
use crate::store::{AddressError, DEFAULT_SCHEMA, DatabaseServer};

/// The settings of the store. They are taken apart together, since an address may also be given to a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// Where the database is; it may have a password, so that it is shown nowhere.
    url: Option<Address>,
    schema: Option<String>,
    /// Maximum number of connections to the server.
    connections: Option<usize>,
}

/// The address of a database with its password.
#[derive(Clone, PartialEq, Eq)]
struct Address(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("postgres://…")
    }
}

impl StoreSettings {
    /// The server that these settings name, or that `url` of the command line names, which outranks them; `None` where neither
    /// names one.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn server(&self, url: Option<&str>) -> Result<Option<DatabaseServer>, AddressError> {
        let own = self.url.as_ref().map(|address| &*address.0);
        let Some(url) = url.or(own) else {
            return Ok(None);
        };
        let schema = self.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
        let server = DatabaseServer::parse(url, schema)?;
        Ok(Some(match self.connections {
            Some(count) => server.with_connections(count),
            None => server,
        }))
    }
}

pub(super) fn read(draft: Draft, complaints: &mut Vec<Complaint>) -> StoreSettings {
    let mut reader = Reader::new(draft, complaints);
    let connections = reader.number("connections", 2..=1000);
    let url = reader.text("url").map(|text| Address(text.to_string()));
    let schema = reader.text("schema").map(|text| text.to_string());
    let settings = StoreSettings {
        url,
        schema,
        connections: connections.and_then(|count| usize::try_from(count).ok()),
    };
    // The schema by itself first, so that each complaint is of one key. What stands in the address is not shown.
    let of_schema = settings.server(Some("postgres://user@localhost/database"));
    let of_url = settings.server(None);
    let wrong = of_schema.map_err(|error| ("schema", error));
    if let Err((key, AddressError { expected, found })) =
        wrong.and_then(|_| of_url.map_err(|error| ("url", error)))
    {
        let line = reader.line_of(key);
        reader.complain(Complaint::refused(
            line,
            format!("{key}: {expected}"),
            found,
            "correct the value",
        ));
    }
    reader.finish();
    settings
}
