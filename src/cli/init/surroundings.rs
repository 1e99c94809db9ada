//! The language and the time zone of this machine: the defaults of a new paper.

use std::env;
use std::fs;
use std::path::Path;

use chrono_tz::Tz;

use crate::item::file::is_language;

/// Where systems keep which time zone is theirs.
const LOCALTIME: &str = "/etc/localtime";

/// The language by `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set; English where none says one.
pub(super) fn language() -> String {
    let variables = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
    let locale = variables
        .filter_map(|name| env::var(name).ok())
        .find(|locale| !locale.is_empty());
    let tag = locale.and_then(|locale| language_of(&locale));
    tag.unwrap_or_else(|| "en".to_owned())
}

/// The language tag (BCP 47) of a locale such as `de_AT.UTF-8`.
fn language_of(locale: &str) -> Option<String> {
    let name = locale.split(['.', '@']).next()?;
    // Of Chinese the script is what matters to readers.
    let tag = match name {
        "zh" | "zh_CN" | "zh_SG" => "zh-Hans".to_owned(),
        "zh_TW" | "zh_HK" | "zh_MO" => "zh-Hant".to_owned(),
        other => other.replace('_', "-"),
    };
    (!matches!(&*tag, "C" | "POSIX") && is_language(&tag)).then_some(tag)
}

/// The time zone by `TZ`, else by the system's own; UTC where neither names one.
pub(super) fn timezone() -> Tz {
    let variable = env::var("TZ").ok();
    let named = variable.as_deref().and_then(zone_of);
    match named.or_else(system_zone) {
        None | Some(Tz::Etc__UTC) => Tz::UTC,
        Some(zone) => zone,
    }
}

/// The zone that a value of `TZ` or the target of a link names, such as `:Europe/Dublin` or `/usr/share/zoneinfo/Europe/Dublin`.
fn zone_of(text: &str) -> Option<Tz> {
    let bare = text.trim_start_matches(':');
    let name = bare.rsplit_once("zoneinfo/").map_or(bare, |(_, name)| name);
    name.parse().ok()
}

fn system_zone() -> Option<Tz> {
    let link = fs::read_link(LOCALTIME)
        .ok()
        .or_else(|| fs::canonicalize(Path::new(LOCALTIME)).ok());
    let linked = link.and_then(|target| zone_of(target.to_str()?));
    // Debian's containers have a copy there, and the name in a file of its own.
    linked.or_else(|| zone_of(fs::read_to_string("/etc/timezone").ok()?.trim()))
}

#[cfg(test)]
mod tests {
    use super::{language_of, zone_of};

    #[test]
    fn locales_and_zones_are_read_as_systems_write_them() {
        for (locale, tag) in [
            ("en_IE.UTF-8", Some("en-IE")),
            ("de_DE@euro", Some("de-DE")),
            ("zh_CN.UTF-8", Some("zh-Hans")),
            ("zh_TW", Some("zh-Hant")),
            ("fr", Some("fr")),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("", None),
        ] {
            assert_eq!(language_of(locale).as_deref(), tag, "{locale}");
        }
        for (text, zone) in [
            ("Europe/Dublin", Some(chrono_tz::Europe::Dublin)),
            (":Asia/Shanghai", Some(chrono_tz::Asia::Shanghai)),
            (
                "/usr/share/zoneinfo/Asia/Shanghai",
                Some(chrono_tz::Asia::Shanghai),
            ),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", None),
        ] {
            assert_eq!(zone_of(text), zone, "{text}");
        }
    }
}
