//! The tables of a database in a file: made, and brought up to date.

use super::database::{self, Connection};

/// What each number of the schema added.
const STEPS: [(u32, &str); 11] = [
    (1, include_str!("schema.sql")),
    (2, include_str!("schema_2.sql")),
    (3, include_str!("schema_3.sql")),
    (3, include_str!("schema_3_media.sql")),
    (4, include_str!("schema_4.sql")),
    (5, include_str!("schema_5.sql")),
    (6, include_str!("schema_6.sql")),
    (7, include_str!("schema_7.sql")),
    (8, include_str!("schema_8.sql")),
    (9, include_str!("schema_9.sql")),
    (10, include_str!("schema_10.sql")),
];

/// Makes what a database lacks whose schema has the number `found`; 0 where it has no tables.
pub(super) fn add_tables(connection: &Connection, found: u32) -> database::Result<()> {
    for (number, sql) in STEPS {
        if found < number {
            connection.run_all(sql)?;
        }
    }
    Ok(())
}
