//! Which addresses are of a picture, and which of one and the same: systems keep each in many sizes, and say which by the
//! name or by the query.

/// Keys in queries for the size in which a picture is wanted, and for the version of the file.
const OF_SIZE: &[&str] = &[
    "w", "h", "width", "height", "s", "size", "resize", "fit", "crop", "quality", "q", "auto",
    "format", "fm", "dpr", "strip", "ssl", "zoom", "v", "ver", "t", "ts", "itok", "compress", "cs",
    "rect", "mode",
];

/// Beginnings of addresses at services that resize pictures of other sites; the name of the site follows.
const RESIZERS: &[&str] = &["i0.wp.com/", "i1.wp.com/", "i2.wp.com/", "i3.wp.com/"];

/// Whether an address ends as the name of a picture does.
pub(super) fn has_picture_name(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".webp", ".gif"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// A key that the addresses of one picture in all its sizes have in common.
pub fn picture_key(address: &str) -> String {
    let address = address.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let bare = path.split_once("//").map_or(path, |(_, rest)| rest);
    let resized = RESIZERS
        .iter()
        .find_map(|resizer| bare.strip_prefix(resizer));
    let bare = resized.unwrap_or(bare);
    let key = match bare.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{}", of_any_size(name)),
        None => of_any_size(bare),
    };
    if has_picture_name(path) {
        return key;
    }
    // The query may be what names the picture.
    let naming = query
        .split('&')
        .map(|pair| pair.trim_start_matches("amp;"))
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && !OF_SIZE.contains(&name)
        });
    let naming: Vec<&str> = naming.collect();
    match naming.is_empty() {
        true => key,
        false => format!("{key}?{}", naming.join("&")),
    }
}

/// A file's name without the size that WordPress puts behind it (`tram-300x200.jpg`).
pub fn without_size(name: &str) -> String {
    match parted(name) {
        Some((stem, end)) => format!("{stem}.{end}"),
        None => name.to_owned(),
    }
}

/// A file's name without anything that tells its size: `tram-300x200.jpg`, `tram-scaled.jpg`, `tram@2x.jpg`.
fn of_any_size(name: &str) -> String {
    let Some((stem, end)) = parted(name) else {
        return name.to_owned();
    };
    let stem = stem.trim_end_matches("@2x").trim_end_matches("@3x");
    let stem = stem.strip_suffix("-scaled").unwrap_or(stem);
    format!("{stem}.{end}")
}

/// The part of a file's name before the size, and its extension; `None` where it has no extension.
fn parted(name: &str) -> Option<(&str, &str)> {
    let (stem, end) = name.rsplit_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let is_size = |text: &str| {
        text.split_once('x')
            .is_some_and(|(width, height)| is_number(width) && is_number(height))
    };
    let sized = stem.rsplit_once('-').filter(|(_, size)| is_size(size));
    Some((sized.map_or(stem, |(first, _)| first), end))
}

#[cfg(test)]
mod tests {
    use super::picture_key;

    #[test]
    fn sizes_of_one_picture_have_one_key_and_others_have_others() {
        for (one, other, is_same) in [
            (
                "https://a.example/p.jpg?width=140&s=1",
                "https://a.example/p.jpg?width=460&s=2",
                true,
            ),
            (
                "https://a.example/q-300x200.jpg",
                "http://a.example/q-scaled.jpg",
                true,
            ),
            (
                "https://i0.wp.com/a.example/q.jpg?w=300",
                "https://a.example/q.jpg",
                true,
            ),
            (
                "https://a.example/show?id=1&w=300",
                "https://a.example/show?id=1&w=900",
                true,
            ),
            (
                "https://a.example/show?id=1",
                "https://a.example/show?id=2",
                false,
            ),
            (
                "https://a.example/q-1.jpg",
                "https://a.example/q-2.jpg",
                false,
            ),
        ] {
            assert_eq!(
                picture_key(one) == picture_key(other),
                is_same,
                "{one} {other}"
            );
        }
    }
}
