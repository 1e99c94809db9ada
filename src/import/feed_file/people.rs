//! The authors of an older item: each person by name, however many stood in one text; an address is not a name.

use std::collections::HashSet;

use crate::item::byline;

/// The people of `texts`; texts and parts that name none go to `left_out`.
pub(super) fn named(
    texts: impl IntoIterator<Item = String>,
    left_out: &mut Vec<String>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    for text in texts {
        if text.contains('@') && !text.contains(' ') {
            left_out.push("author given as a mail address only".to_owned());
            continue;
        }
        let byline = byline::split(&text);
        for other in byline.others {
            left_out.push(format!("{other}, which stood among the authors"));
        }
        for name in byline.names {
            if seen.insert(name.clone()) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_login_that_is_an_address_is_no_byline_and_is_told() {
        let mut left_out = Vec::new();
        let texts = [
            "m.roe@old.example",
            "Ann Lind, Bo Ek and Cy Fo, dpa",
            "Bo Ek",
        ];
        let names = named(texts.map(str::to_owned), &mut left_out);
        assert_eq!(names, ["Ann Lind", "Bo Ek", "Cy Fo"]);
        let messages = [
            "author given as a mail address only",
            "dpa, which stood among the authors",
        ];
        assert_eq!(left_out, messages);
    }
}
