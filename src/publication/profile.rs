//! The profiles of a paper's authors, for their pages: a picture, a few lines, addresses.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::item::{Complaint, Draft, Image, Line, Reader, file, html::Url};

use super::picture::picture_beside;

/// A person who writes for the paper or photographs, as `[[authors]]` describes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The name as bylines and credits spell it.
    pub name: Line,
    /// A picture beside `publication.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Image>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Line>,
    /// Addresses of pages and of mailboxes, ASCII as links spell them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Line>,
}

/// Maximum number of profiles. All of them stand in the settings, which every change writes anew.
pub const MAX_PROFILES: usize = 2_000;

/// Maximum number of links of a profile.
const MAX_LINKS: usize = 20;

/// Maximum length of a profile's description in bytes.
const MAX_DESCRIPTION_BYTES: usize = 2_000;

/// Maximum length of a name in bytes, the same as of an item's author.
const MAX_NAME_BYTES: usize = 500;

/// Reads the tables `[[authors]]`.
pub(super) fn profiles_of(
    drafts: Vec<Draft>,
    photographs: &file::FindPhotograph<'_>,
    complaints: &mut Vec<Complaint>,
) -> Vec<Profile> {
    let mut profiles = Vec::new();
    let mut seen: HashSet<Line> = HashSet::new();
    for draft in drafts {
        let mut reader = Reader::new(draft, complaints);
        let name = name(&mut reader, &mut seen);
        let picture = picture_beside(&mut reader, "picture", photographs);
        let description = reader.text("description");
        if let Some(description) = &description {
            bound(
                &mut reader,
                "description",
                description,
                MAX_DESCRIPTION_BYTES,
            );
        }
        let links = links(&mut reader);
        reader.finish();
        profiles.extend(name.map(|name| Profile {
            name,
            picture,
            description,
            links,
        }));
    }
    profiles
}

fn name(reader: &mut Reader<'_>, seen: &mut HashSet<Line>) -> Option<Line> {
    let name = reader.required_text("name", "write the name as it stands in bylines")?;
    bound(reader, "name", &name, MAX_NAME_BYTES);
    if !seen.insert(name.clone()) {
        let line = reader.line_of("name");
        reader.complain(Complaint::refused(
            line,
            "a name that no other of the [[authors]] has",
            format!("{:?}", &*name),
            "say in one table all that is to be said of a person",
        ));
    }
    Some(name)
}

fn links(reader: &mut Reader<'_>) -> Vec<Line> {
    let mut links = Vec::new();
    for link in reader.texts_up_to("links", MAX_LINKS) {
        match address(&link) {
            Some(address) => links.push(address),
            None => {
                let line = reader.line_of("links");
                reader.complain(Complaint::refused(
                    line,
                    "links to be whole addresses, such as https://paper.example/ann or mailto:ann@paper.example",
                    format!("{:?}", &*link),
                    "correct the address, or leave it out",
                ));
            }
        }
    }
    links
}

/// The address of a page or of a mailbox; a link to anything else may run or open what a reader does not expect.
fn address(text: &str) -> Option<Line> {
    let url = Url::parse(text).ok()?;
    let is_known = match url.scheme() {
        "http" | "https" => url.host_str().is_some(),
        "mailto" => {
            let mailbox = url.path().split_once('@');
            mailbox.is_some_and(|(person, host)| !person.is_empty() && !host.is_empty())
        }
        _ => false,
    };
    is_known.then(|| Line::parse(url.as_str()))?
}

fn bound(reader: &mut Reader<'_>, key: &str, text: &str, most: usize) {
    if text.len() > most {
        let line = reader.line_of(key);
        reader.complain(Complaint::refused(
            line,
            format!("at most {most} bytes of text in {key}"),
            format!("{} bytes", text.len()),
            "shorten it",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::item::{Photograph, PhotographType, file};
    use crate::publication::{ParsedPublication, Profile, parse};

    fn photograph() -> Photograph {
        Photograph {
            hash: "0123456789abcdef0123456789abcdef".to_owned(),
            kind: PhotographType::Jpeg,
            width: 400,
            height: 400,
            bytes: 1000,
            renditions: Vec::new(),
        }
    }

    fn read(tables: &str) -> ParsedPublication {
        let text = format!("title = \"Courier\"\nlanguage = \"en\"\n{tables}");
        let photographs: &file::FindPhotograph<'_> = &|_| Ok(photograph());
        parse(text.as_bytes(), photographs)
    }

    fn profiles(tables: &str) -> Vec<Profile> {
        let read = read(tables);
        assert!(read.complaints.is_empty(), "{:?}", read.complaints);
        read.publication.expect("a publication").profiles
    }

    #[test]
    fn what_is_said_of_authors_is_read_and_kept() {
        let found = profiles(
            "[[authors]]\nname = \"Ann Lind\"\npicture = \"ann.jpg\"\ndescription = \"Writes of trams.\"\n\
             links = [\"https://elsewhere.example/@änn\", \"mailto:ann@paper.example\"]\n\
             [[authors]]\nname = \"孙杰\"\n",
        );
        let [ann, sun] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(&*ann.name, "Ann Lind");
        assert_eq!(ann.description.as_deref(), Some("Writes of trams."));
        // Characters that turn the direction of letters stay, as they do in headlines: both stand in separate blocks,
        // at whose end their effect ends.
        let turning = "Writes \u{202e}backwards.";
        let turned = profiles(&format!(
            "[[authors]]\nname = \"Ann\"\ndescription = \"{turning}\""
        ));
        let headline = crate::item::Line::parse(turning);
        assert_eq!(
            turned.first().map(|one| one.description.clone()),
            Some(headline)
        );
        let picture = ann.picture.as_ref().expect("a picture");
        assert_eq!(
            (&*picture.name, &picture.photograph),
            ("ann.jpg", &photograph())
        );
        let links: Vec<&str> = ann.links.iter().map(|link| &**link).collect();
        let expected = [
            "https://elsewhere.example/@%C3%A4nn",
            "mailto:ann@paper.example",
        ];
        assert_eq!(links, expected);
        assert_eq!(
            (&*sun.name, &sun.picture, sun.links.len()),
            ("孙杰", &None, 0)
        );
        // As settings are stored.
        let json = serde_json::to_string(&found).expect("JSON");
        let parsed: Vec<Profile> = serde_json::from_str(&json).expect("profiles");
        assert_eq!(parsed, found);
    }

    #[test]
    fn what_cannot_be_said_of_an_author_is_refused_with_its_line() {
        let long = "x".repeat(2001);
        for (table, line, expected) in [
            ("picture = \"a.jpg\"", 3, "the key name"),
            ("name = \" \"", 4, "text in name"),
            (
                "name = \"A\"\nimage = \"a.jpg\"",
                5,
                "one of the keys name, picture, description, links",
            ),
            (
                "name = \"A\"\n[[authors]]\nname = \"A\"",
                6,
                "a name that no other of the [[authors]] has",
            ),
            (
                "name = \"A\"\nlinks = [\"ftp://a.example/\"]",
                5,
                "links to be whole addresses",
            ),
            (
                "name = \"A\"\nlinks = \"javascript:alert(1)\"",
                5,
                "links to be whole addresses",
            ),
            (
                "name = \"A\"\nlinks = \"a.example\"",
                5,
                "links to be whole addresses",
            ),
            (
                "name = \"A\"\nlinks = \"mailto:a\"",
                5,
                "links to be whole addresses",
            ),
            (
                &format!("name = \"A\"\ndescription = \"{long}\""),
                5,
                "at most 2000 bytes of text in description",
            ),
            (
                &format!("name = \"{}\"", &long[..501]),
                4,
                "at most 500 bytes of text in name",
            ),
        ] {
            let read = read(&format!("[[authors]]\n{table}\n"));
            assert!(read.publication.is_none(), "{table}");
            let [complaint] = read.complaints.as_slice() else {
                panic!("{table}: {:?}", read.complaints);
            };
            let message = complaint.to_string();
            assert!(message.contains(expected), "{table}: {message}");
            assert_eq!(complaint.line, Some(line), "{table}: {message}");
        }
        let many: String = (0..2001)
            .map(|n| format!("[[authors]]\nname = \"{n}\"\n"))
            .collect();
        let complaints = read(&many).complaints;
        assert!(
            format!("{complaints:?}").contains("at most 2000 authors"),
            "{complaints:?}"
        );
        let links = format!("links = [{}]", "\"https://a.example/\",".repeat(21));
        let complaints = read(&format!("[[authors]]\nname = \"A\"\n{links}\n")).complaints;
        assert!(
            format!("{complaints:?}").contains("at most 20 links"),
            "{complaints:?}"
        );
    }
}
