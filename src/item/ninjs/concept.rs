//! The people, subjects and rights of an article.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::node::{DocumentNotes, Node};
use super::{ParsedNinjs, Surroundings};
use crate::item::byline;

/// Values of `rel` that mark a person as an author of the text.
const AUTHORS: &[&str] = &["author", "creator"];

/// Authors: the people who are marked as such, else those whom the byline names. Its other parts, such as an agency,
/// are reported.
pub(super) fn people(node: &Node<'_>, notes: &mut DocumentNotes, read: &mut ParsedNinjs) {
    let mut authors: Vec<String> = Vec::new();
    let mut origin = None;
    let mut people = node.nodes("people", notes);
    people.extend(node.nodes("person", notes));
    for (_, person) in people {
        let rel = person.text("rel", notes);
        let is_author = rel.is_some_and(|(rel, _)| AUTHORS.contains(&rel.as_str()));
        let Some((name, at)) = person.text("name", notes) else {
            continue;
        };
        if !is_author {
            notes.leave_out("the person", &name);
        } else if !authors.contains(&name) {
            authors.push(name);
            origin.get_or_insert(at);
        }
    }
    if let Some((by, at)) = byline(node, notes) {
        let byline = byline::split(&by);
        let is_told = |name: &String| authors.contains(name);
        if authors.is_empty() {
            authors = byline.names;
            origin = Some(at);
        } else if !byline.names.iter().all(is_told) {
            notes.leave_out("the byline", &by);
        }
        for other in byline.others {
            notes.leave_out("in the byline", &other);
        }
    }
    read.take("authors", origin.map(|origin| (json!(authors), origin)));
}

/// The byline, with its place in the document.
pub(super) fn byline(node: &Node<'_>, notes: &mut DocumentNotes) -> Option<(String, String)> {
    match node.text("by", notes) {
        Some(by) => Some(by),
        None => node.text("byline", notes),
    }
}

/// The first subject with the name of a section is the article's section; the others are its tags.
pub(super) fn subjects(
    node: &Node<'_>,
    around: &Surroundings<'_>,
    notes: &mut DocumentNotes,
    read: &mut ParsedNinjs,
) {
    let mut tags: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut origin = None;
    let mut section = None;
    let mut subjects = node.nodes("subjects", notes);
    subjects.extend(node.nodes("subject", notes));
    for (_, subject) in subjects {
        let mut text = |name: &str| subject.text(name, notes).map(|(text, _)| text);
        let (name, rel) = (text("name"), text("rel"));
        let codes = [text("literal"), text("code")];
        let is_tag = rel.as_deref() == Some("tag");
        if section.is_none() && !is_tag {
            let candidates = codes.iter().flatten().chain(&name);
            section = candidates
                .into_iter()
                .find_map(|candidate| (around.section)(candidate))
                .map(|slug| (json!(slug), subject.at().to_owned()));
            if section.is_some() {
                continue;
            }
        }
        // A section of another paper is none of this one.
        if rel.as_deref() == Some("section") {
            if let Some(name) = name {
                notes.leave_out("the section", &name);
            }
            continue;
        }
        let [literal, code] = codes;
        if let Some(tag) = name.or(literal).or(code)
            && seen.insert(tag.clone())
        {
            tags.push(tag);
            origin.get_or_insert(subject.at().to_owned());
        }
    }
    if let Some((Value::Array(keywords), at)) = node.field("keywords") {
        for keyword in keywords.iter().filter_map(Value::as_str).map(str::trim) {
            if !keyword.is_empty() && seen.insert(keyword.to_owned()) {
                tags.push(keyword.to_owned());
                origin.get_or_insert_with(|| at.clone());
            }
        }
    }
    read.take("section", section);
    read.take("tags", origin.map(|origin| (json!(tags), origin)));
}

/// The notice of copyright, and the source; terms of use, which an article has no place for, are reported.
pub(super) fn rights(node: &Node<'_>, notes: &mut DocumentNotes, read: &mut ParsedNinjs) {
    let notice = node.text("copyrightnotice", notes);
    let terms = node.text("usageterms", notes);
    let linked = linked_rights(node);
    let found = match (notice, linked) {
        (Some((notice, at)), linked) => {
            if let Some((Value::String(link), _)) = linked {
                notes.leave_out("rightsinfo", &link);
            }
            Some((json!(notice), at))
        }
        (None, linked) => linked,
    };
    if let Some((terms, _)) = terms {
        notes.leave_out("usageterms", &terms);
    }
    read.take("rights", found);
    let source = source(node, notes).map(|(source, at)| (json!(source), at));
    read.take("source", source);
}

fn linked_rights(node: &Node<'_>) -> Option<(Value, String)> {
    let (Value::Object(rights), at) = node.field("rightsinfo")? else {
        return None;
    };
    let (link, below) = Node::top(rights).field("linkedrights")?;
    Some((link.clone(), format!("{at}{below}")))
}

/// The source that provided it: the first source of information with a name, else the holder of the copyright.
pub(super) fn source(node: &Node<'_>, notes: &mut DocumentNotes) -> Option<(String, String)> {
    let mut sources = node.nodes("infosources", notes);
    sources.extend(node.nodes("infosource", notes));
    let named = sources
        .iter()
        .find_map(|(_, source)| source.text("name", notes));
    match named {
        Some(named) => Some(named),
        None => node
            .text("source", notes)
            .or_else(|| node.text("copyrightholder", notes)),
    }
}
