//! Stories that take one another's addresses: the order in which each finds its address free, and which go together.

use std::collections::HashMap;

use crate::store::StoreError;
use crate::store::database::Connection;

use crate::store::change::Change;

/// The places of changes, in the order in which they are applied.
pub(super) struct ApplyPlan {
    /// Changes that wait for one another's addresses in a ring, and have to be applied together.
    pub(super) rings: Vec<Vec<usize>>,
    /// All other changes, each after the one that frees its address.
    pub(super) others: Vec<usize>,
}

/// Plans `changes` by the addresses that stories have at present.
pub(super) fn plan(connection: &Connection, changes: &[Change]) -> Result<ApplyPlan, StoreError> {
    let left = left_by(connection, changes)?;
    let awaited: Vec<Option<usize>> = changes
        .iter()
        .map(|change| match change {
            Change::Put(put) => left.get(&put.slug).copied(),
            _ => None,
        })
        .collect();
    Ok(in_order(&awaited))
}

/// Which change leaves which address.
fn left_by(
    connection: &Connection,
    changes: &[Change],
) -> Result<HashMap<String, usize>, StoreError> {
    let sql = "SELECT slug FROM item WHERE id = ?1";
    let mut left = HashMap::new();
    for (place, change) in changes.iter().enumerate() {
        let Change::Put(put) = change else { continue };
        let Some(id) = put.article.id else { continue };
        let slug: Option<Option<String>> =
            connection.row(sql, [id.to_string()], |row| row.get(0))?;
        if let Some(slug) = slug.flatten().filter(|slug| *slug != put.slug) {
            left.entry(slug).or_insert(place);
        }
    }
    Ok(left)
}

/// `awaited` has for each place the one that goes before it.
fn in_order(awaited: &[Option<usize>]) -> ApplyPlan {
    let mut plan = ApplyPlan {
        rings: Vec::new(),
        others: Vec::new(),
    };
    let mut is_seen = vec![false; awaited.len()];
    for first in 0..awaited.len() {
        let (mut path, mut next) = (Vec::new(), Some(first));
        while let Some(place) = next {
            match is_seen.get_mut(place) {
                Some(is_seen) if !*is_seen => *is_seen = true,
                _ => break,
            }
            path.push(place);
            next = awaited.get(place).copied().flatten();
        }
        let ring = next.and_then(|next| path.iter().position(|place| *place == next));
        if let Some(begin) = ring {
            plan.rings.push(path.split_off(begin));
        }
        plan.others.extend(path.into_iter().rev());
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn whoever_leaves_an_address_goes_first_and_rings_go_together() {
        // 0 and 1 stand alone; 2 waits for 3 and 3 for 4; 5 and 6 wait for one another, and 7 for 5.
        let awaited = [
            None,
            None,
            Some(3),
            Some(4),
            None,
            Some(6),
            Some(5),
            Some(5),
        ];
        let plan = in_order(&awaited);
        assert_eq!(plan.rings, [vec![5, 6]]);
        assert_eq!(plan.others, [0, 1, 4, 3, 2, 7]);
    }
}
