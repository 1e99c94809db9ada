//! Many rows with few statements: keys that are asked for as a list, and rows that are inserted together.
//!
//! A list is cut into parts whose lengths are few, so that few statements are prepared and kept.

use rusqlite::types::Null;
use rusqlite::{Connection, Row, ToSql, params_from_iter};

/// Lengths of the lists of keys; what a list has fewer is filled up with null, which no key is.
const KEYS: [usize; 4] = [1, 4, 16, 64];

/// Maximum number of rows that are inserted by one statement. A power of two: the rest is inserted by such parts, too.
const ROWS: usize = 64;

/// What a statement says in place of the list.
const LIST: &str = "(keys)";

/// The rows that `sql` gives for any of the keys, as `read` makes them; `sql` says `IN (keys)`.
pub(super) fn ask<K: ToSql, T>(
    connection: &Connection,
    sql: &str,
    keys: &[K],
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    ask_with(connection, sql, &[], keys, read)
}

/// The rows that `sql` gives for any of the keys, as `read` makes them; `sql` says `IN (keys)` and has the parameters `others`
/// before the list.
pub(super) fn ask_with<K: ToSql, T>(
    connection: &Connection,
    sql: &str,
    others: &[&dyn ToSql],
    keys: &[K],
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut found = Vec::new();
    each_part(sql, others, keys, |sql, values| {
        let mut statement = connection.prepare_cached(sql)?;
        for row in statement.query_map(values, &mut read)? {
            found.push(row?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Changes what `sql` says of any of the keys.
pub(super) fn change<K: ToSql>(
    connection: &Connection,
    sql: &str,
    others: &[&dyn ToSql],
    keys: &[K],
) -> rusqlite::Result<()> {
    each_part(sql, others, keys, |sql, values| {
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    })
}

/// The statement for each part of the keys, with its values.
fn each_part<K: ToSql>(
    sql: &str,
    others: &[&dyn ToSql],
    keys: &[K],
    mut run: impl FnMut(&str, &[&dyn ToSql]) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let most = KEYS.last().copied().unwrap_or(1);
    for some in keys.chunks(most) {
        let length = KEYS.into_iter().find(|length| *length >= some.len());
        let length = length.unwrap_or(most);
        let sql = sql.replace(LIST, &parameters(others.len() + 1, length));
        let given = some.iter().map(|key| key as &dyn ToSql);
        let padded = given.chain(std::iter::repeat(&Null as &dyn ToSql));
        let values = others.iter().copied().chain(padded.take(length));
        run(&sql, &values.collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Inserts rows of `N` columns: `head` is the statement before `VALUES`, `tail` what follows the rows.
pub(super) fn insert<const N: usize>(
    connection: &Connection,
    head: &str,
    rows: &[[&dyn ToSql; N]],
    tail: &str,
) -> rusqlite::Result<()> {
    insert_parts(connection, head, parts(rows), tail)
}

/// As [`insert`], with a statement for each row. Of what a statement with several rows changes, SQLite keeps a copy, page by
/// page, until it ends; where many pages are changed that takes longer than the statements.
pub(super) fn insert_singly<const N: usize>(
    connection: &Connection,
    head: &str,
    rows: &[[&dyn ToSql; N]],
    tail: &str,
) -> rusqlite::Result<()> {
    insert_parts(connection, head, rows.chunks(1), tail)
}

fn insert_parts<'r, 'v: 'r, const N: usize>(
    connection: &Connection,
    head: &str,
    parts: impl Iterator<Item = &'r [[&'v dyn ToSql; N]]>,
    tail: &str,
) -> rusqlite::Result<()> {
    for some in parts {
        let values: Vec<String> = (0..some.len())
            .map(|row| parameters(row * N + 1, N))
            .collect();
        let sql = format!("{head} VALUES {} {tail}", values.join(", "));
        connection
            .prepare_cached(&sql)?
            .execute(params_from_iter(some.iter().flatten()))?;
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
        let connection = Connection::open_in_memory().expect("a database");
        let table = "CREATE TABLE t (name TEXT PRIMARY KEY, number INTEGER)";
        connection.execute(table, []).expect("a table");
        for count in [0, 1, 3, 64, 200] {
            connection.execute("DELETE FROM t", []).expect("a table");
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
            let mut found: Vec<usize> =
                ask(&connection, sql, &names, |row| row.get(0)).expect("rows");
            found.sort_unstable();
            assert_eq!(found, (0..count).collect::<Vec<_>>());
        }
    }
}
