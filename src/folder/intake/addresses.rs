//! Where the items of an import will stand, known before their texts are read: links from one to another lead there.

use std::collections::HashMap;
use std::sync::Arc;

use crate::item::feed_file::{OlderItem, Survey};

use super::known::Known;
use super::{Intake, IntakeError};

/// The new addresses of the items that were seen.
pub struct Addresses {
    /// What the folder had before any of them.
    pub(super) known: Known,
    /// As above, with the files that were seen: each item is decided upon as it will be when it is brought in.
    seen: Known,
    led: HashMap<String, String>,
}

impl Addresses {
    /// Looks once through the folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(intake: &Intake<'_>) -> Result<Self, IntakeError> {
        let known = Known::of(intake.root, intake.publication)?;
        Ok(Self {
            seen: known.clone(),
            known,
            led: HashMap::new(),
        })
    }

    /// Sees the next item, in the order in which they will be brought in.
    pub fn see(&mut self, intake: &Intake<'_>, item: &OlderItem) {
        let Ok(plan) = self.seen.plan(intake, item, item.place.to_string()) else {
            return;
        };
        // No reader is led to what waits.
        if item.unshown.is_some() {
            return;
        }
        let slug = plan.path.rsplit('/').next().unwrap_or(&plan.path);
        for key in item.link_keys() {
            let now = format!("/articles/{slug}");
            self.led.entry(key).or_insert(now);
        }
    }

    /// Has the links of all texts lead there.
    pub fn lead(&mut self, surveys: &mut [Survey]) {
        let led = Arc::new(std::mem::take(&mut self.led));
        for survey in surveys {
            survey.lead(&led);
        }
    }
}
