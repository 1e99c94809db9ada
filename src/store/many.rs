//! Many rows with few statements: keys that are asked for as a list, and rows that are inserted together.
//!
//! A list is cut into parts whose lengths are few, so that few statements are prepared and kept.

use super::database::{self, Connection, Null, Row, ToSql};

/// Lengths of the lists of keys; what a list has fewer is filled up with null, which no key is.
const KEYS: [usize; 3] = [1, 4, 16];

/// The greatest of these lengths.
const MAX_KEYS: usize = 64;

/// Maximum number of rows that are inserted by one statement. A power of two: the rest is inserted by such parts, too.
const ROWS: usize = 64;

/// The placeholder in a statement for the list of keys.
const LIST: &str = "(keys)";

/// The placeholder in a statement for the list of rows.
const TABLE: &str = "(rows)";

/// The rows that `sql` gives for any of the keys, as `read` makes them; `sql` says `IN (keys)`.
pub(super) fn ask<K: ToSql, T>(
    connection: &Connection,
    sql: &str,
    keys: &[K],
    read: impl FnMut(&Row<'_>) -> database::Result<T>,
) -> database::Result<Vec<T>> {
    ask_with(connection, sql, &[], keys, read)
}

/// The rows that `sql` gives for any of the keys, as `read` makes them; `sql` says `IN (keys)` and has the parameters `others`
/// before the list.
pub(super) fn ask_with<K: ToSql, T>(
    connection: &Connection,
    sql: &str,
    others: &[&dyn ToSql],
    keys: &[K],
    mut read: impl FnMut(&Row<'_>) -> database::Result<T>,
) -> database::Result<Vec<T>> {
    let mut found = Vec::new();
    each_part(sql, others, keys, |sql, values| {
        connection.each(sql, values, |row| {
            found.push(read(row)?);
            Ok(())
        })
    })?;
    Ok(found)
}

/// The rows that `sql` gives for any of the keys of `N` columns, as `read` makes them; `sql` begins `WITH wanted (…) AS (rows)`.
/// Where it joins a table to them, each is looked for by an index of these columns. Of `IN (keys)` beside another column
/// SQLite may use the index of the other column alone, and read all rows that have that.
pub(super) fn ask_rows<const N: usize, T>(
    connection: &Connection,
    sql: &str,
    keys: &[[&dyn ToSql; N]],
    mut read: impl FnMut(&Row<'_>) -> database::Result<T>,
) -> database::Result<Vec<T>> {
    let mut found = Vec::new();
    for some in keys.chunks(MAX_KEYS) {
        let length = padded_length(some.len());
        let rows: Vec<String> = (0..length).map(|row| parameters(row * N + 1, N)).collect();
        let sql = sql.replace(TABLE, &format!("(VALUES {})", rows.join(", ")));
        let present = some.iter().flatten().copied();
        let padded = present.chain(std::iter::repeat(&Null as &dyn ToSql));
        let values: Vec<&dyn ToSql> = padded.take(length * N).collect();
        connection.each(&sql, values, |row| {
            found.push(read(row)?);
            Ok::<_, database::Error>(())
        })?;
    }
    Ok(found)
}

/// Changes what `sql` says of any of the keys.
pub(super) fn change<K: ToSql>(
    connection: &Connection,
    sql: &str,
    others: &[&dyn ToSql],
    keys: &[K],
) -> database::Result<()> {
    each_part(sql, others, keys, |sql, values| {
        connection.run(sql, values)?;
        Ok(())
    })
}

/// The statement for each part of the keys, with its values.
fn each_part<K: ToSql>(
    sql: &str,
    others: &[&dyn ToSql],
    keys: &[K],
    mut run: impl FnMut(&str, &[&dyn ToSql]) -> database::Result<()>,
) -> database::Result<()> {
    for some in keys.chunks(MAX_KEYS) {
        let length = padded_length(some.len());
        let sql = sql.replace(LIST, &parameters(others.len() + 1, length));
        let present = some.iter().map(|key| key as &dyn ToSql);
        let padded = present.chain(std::iter::repeat(&Null as &dyn ToSql));
        let values = others.iter().copied().chain(padded.take(length));
        run(&sql, &values.collect::<Vec<_>>())?;
    }
    Ok(())
}

/// The length to which a list of this number of keys, at most [`MAX_KEYS`], is filled up.
fn padded_length(keys: usize) -> usize {
    let length = KEYS.into_iter().find(|length| *length >= keys);
    length.unwrap_or(MAX_KEYS)
}

/// Inserts rows of `N` columns: `head` is the statement before `VALUES`, `tail` what follows the rows.
pub(super) fn insert<const N: usize>(
    connection: &Connection,
    head: &str,
    rows: &[[&dyn ToSql; N]],
    tail: &str,
) -> database::Result<()> {
    insert_parts(connection, head, parts(rows), tail)
}

/// Inserts rows of `N` columns with a statement for each row. Of what a statement with several rows changes, SQLite keeps a
/// copy, page by page, until it ends; where many pages are changed that takes longer than the statements.
pub(super) fn insert_singly<const N: usize>(
    connection: &Connection,
    head: &str,
    rows: &[[&dyn ToSql; N]],
    tail: &str,
) -> database::Result<()> {
    insert_parts(connection, head, rows.chunks(1), tail)
}

fn insert_parts<'r, 'v: 'r, const N: usize>(
    connection: &Connection,
    head: &str,
    parts: impl Iterator<Item = &'r [[&'v dyn ToSql; N]]>,
    tail: &str,
) -> database::Result<()> {
    for some in parts {
        let values: Vec<String> = (0..some.len())
            .map(|row| parameters(row * N + 1, N))
            .collect();
        let sql = format!("{head} VALUES {} {tail}", values.join(", "));
        connection.run(&sql, some.concat())?;
    }
    Ok(())
}

/// The parts of a list, each as long as a power of two says.
pub(super) fn parts<T>(list: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let length = match rest.len() {
            0 => return None,
            left if left >= ROWS => ROWS,
            left => 1 << left.ilog2(),
        };
        let (part, behind) = rest.split_at(length);
        rest = behind;
        Some(part)
    })
}

/// `count` parameters from the number `first` on, in brackets.
fn parameters(first: usize, count: usize) -> String {
    let numbers = (first..first + count).map(|number| format!("?{number}"));
    format!("({})", numbers.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_and_every_key_is_regarded_once() {
        let connection = rusqlite::Connection::open_in_memory().expect("a database");
        let connection = Connection::from(connection);
        let table = "CREATE TABLE t (name TEXT PRIMARY KEY, number INTEGER)";
        connection.run(table, ()).expect("a table");
        for count in [0, 1, 3, 64, 200] {
            connection.run("DELETE FROM t", ()).expect("a table");
            let all: Vec<(String, usize)> = (0..count)
                .map(|number| (format!("name {number}"), number))
                .collect();
            let rows: Vec<[&dyn ToSql; 2]> = all
                .iter()
                .map(|(name, number)| [name as &dyn ToSql, number])
                .collect();
            insert(&connection, "INSERT INTO t (name, number)", &rows, "").expect("rows");
            let names: Vec<&String> = all.iter().map(|(name, _)| name).collect();
            let sql = "SELECT number FROM t WHERE name IN (keys)";
            let of_list: Vec<usize> =
                ask(&connection, sql, &names, |row| row.get(0)).expect("rows");
            let sql =
                "WITH wanted (name, number) AS (rows) SELECT t.number FROM wanted w CROSS JOIN t
                       WHERE t.name = w.name AND t.number = w.number";
            let of_rows = ask_rows(&connection, sql, &rows, |row| row.get(0)).expect("rows");
            for mut found in [of_list, of_rows] {
                found.sort_unstable();
                assert_eq!(found, (0..count).collect::<Vec<_>>());
            }
        }
    }
}
