//! Where items stand at a moment, as far as readers see it.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::TouchKey;

/// The keys of selections with those of a family's items that stand in their windows, and of lists and months with those that
/// stand there.
pub(super) type Standings = BTreeMap<TouchKey, BTreeSet<String>>;
