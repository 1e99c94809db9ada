//! A person's input that is not checked yet, as keys with values and the lines they stand on.
//!
//! Item files, `publication.toml` and the configuration are read through the same [`Reader`], so that all of them
//! complain alike and name every fault, not the first.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{DateTime, FixedOffset};
use serde_json::{Map, Value as Json};
use toml_edit::{Document, Item, TableLike, Value};

use super::complaint::{Bounded, beginning};
use super::{Complaint, Id, Line, Moment, legal, limits};

/// Keys and values in the order they were written.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    fields: Vec<Field>,
    line: Option<usize>,
}

#[derive(Clone, Debug)]
struct Field {
    key: String,
    line: Option<usize>,
    value: DraftValue,
}

#[derive(Clone, Debug)]
enum DraftValue {
    Text(String),
    Moment(Moment),
    Flag(bool),
    /// A date or time without offset, kept as it was spelled for the complaint.
    Zoneless(String),
    List(Vec<DraftValue>),
    Tables(Vec<Draft>),
    Table(Draft),
    Number(String),
}

impl DraftValue {
    fn kind(&self) -> String {
        match self {
            Self::Text(text) => format!("the text {:?}", beginning(text)),
            Self::Moment(moment) => format!("the date {}", moment.to_rfc3339()),
            Self::Flag(flag) => format!("{flag}"),
            Self::Zoneless(text) => format!("{text} without a zone"),
            Self::List(_) => "a list".to_owned(),
            Self::Tables(_) => "a list of tables".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Number(number) => format!("the number {number}"),
        }
    }
}

impl Draft {
    /// Reads TOML; `first_line` is the line of the file on which `text` begins.
    ///
    /// # Errors
    /// One complaint where the TOML does not parse.
    pub fn from_toml(text: &str, first_line: usize) -> Result<Self, Complaint> {
        let lines = Lines::of(text, first_line);
        let document = Document::parse(text).map_err(|error| {
            let line = error.span().map(|span| lines.at(span.start));
            Complaint::refused(
                line,
                "TOML (https://toml.io)",
                error.message().trim().replace('\n', " "),
                "mend the line; text stands in double quotes",
            )
        })?;
        Ok(draft_of(document.as_table(), &lines, Some(first_line)))
    }
}

/// A JSON object, in which fields are numbered in the order of reading in place of lines; what is null is left out.
pub(super) fn draft_of_json(object: &Map<String, Json>, places: &mut Pointers<'_>) -> Draft {
    let line = places.note("");
    let mut fields = Vec::new();
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let line = Some(places.note(key));
        let value = value_of_json(value, &mut places.within(key));
        fields.push(Field {
            key: key.clone(),
            line,
            value,
        });
    }
    Draft {
        fields,
        line: Some(line),
    }
}

fn value_of_json(value: &Json, places: &mut Pointers<'_>) -> DraftValue {
    match value {
        Json::String(text) => DraftValue::Text(text.clone()),
        Json::Bool(flag) => DraftValue::Flag(*flag),
        Json::Number(number) => DraftValue::Number(number.to_string()),
        Json::Null => DraftValue::List(Vec::new()),
        Json::Array(values) => DraftValue::List(
            values
                .iter()
                .enumerate()
                .map(|(place, value)| value_of_json(value, &mut places.within(&place.to_string())))
                .collect(),
        ),
        Json::Object(object) => DraftValue::Table(draft_of_json(object, places)),
    }
}

/// The JSON pointers (RFC 6901) of the fields that were read.
pub(super) struct Pointers<'p> {
    noted: &'p mut Vec<String>,
    path: String,
}

impl<'p> Pointers<'p> {
    pub(super) fn new(noted: &'p mut Vec<String>) -> Self {
        Self {
            noted,
            path: String::new(),
        }
    }

    fn pointer(&self, key: &str) -> String {
        match key {
            "" => self.path.clone(),
            key => format!(
                "{}/{}",
                self.path,
                beginning(key).replace('~', "~0").replace('/', "~1")
            ),
        }
    }

    fn note(&mut self, key: &str) -> usize {
        self.noted.push(self.pointer(key));
        self.noted.len() - 1
    }

    fn within(&mut self, key: &str) -> Pointers<'_> {
        Pointers {
            path: self.pointer(key),
            noted: self.noted,
        }
    }
}

struct Lines {
    /// The offsets of line ends, found once: a paper with ten thousand sections asks for the lines of forty thousand
    /// things.
    ends: Vec<usize>,
    first_line: usize,
}

impl Lines {
    fn of(text: &str, first_line: usize) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Self { ends, first_line }
    }

    fn at(&self, offset: usize) -> usize {
        self.first_line + self.ends.partition_point(|end| *end < offset)
    }
}

fn draft_of(table: &dyn TableLike, lines: &Lines, line: Option<usize>) -> Draft {
    let fields = table
        .iter()
        .map(|(key, item)| {
            let span = table
                .get_key_value(key)
                .and_then(|(key, _)| key.span())
                .or_else(|| item.span());
            Field {
                key: key.to_owned(),
                line: span.map(|span| lines.at(span.start)),
                value: value_of_item(item, lines),
            }
        })
        .collect();
    Draft { fields, line }
}

fn value_of_item(item: &Item, lines: &Lines) -> DraftValue {
    let line = |span: Option<std::ops::Range<usize>>| span.map(|span| lines.at(span.start));
    match item {
        Item::Value(value) => value_of(value, lines),
        Item::Table(table) => DraftValue::Table(draft_of(table, lines, line(table.span()))),
        Item::ArrayOfTables(tables) => DraftValue::Tables(
            tables
                .iter()
                .map(|table| draft_of(table, lines, line(table.span())))
                .collect(),
        ),
        Item::None => DraftValue::List(Vec::new()),
    }
}

fn value_of(value: &Value, lines: &Lines) -> DraftValue {
    match value {
        Value::String(text) => DraftValue::Text(text.value().clone()),
        Value::Boolean(flag) => DraftValue::Flag(*flag.value()),
        Value::Integer(number) => DraftValue::Number(number.value().to_string()),
        Value::Float(number) => DraftValue::Number(number.value().to_string()),
        Value::Datetime(datetime) => {
            let text = datetime.value().to_string();
            match DateTime::parse_from_rfc3339(&text) {
                Ok(moment) => DraftValue::Moment(moment),
                Err(_) => DraftValue::Zoneless(text),
            }
        }
        Value::Array(array) => {
            DraftValue::List(array.iter().map(|value| value_of(value, lines)).collect())
        }
        Value::InlineTable(table) => DraftValue::Table(draft_of(table, lines, None)),
    }
}

/// Takes values out of a [`Draft`] and gathers complaints; a key that nobody took is a complaint too.
pub struct Reader<'c> {
    draft: Draft,
    known_keys: Vec<&'static str>,
    complaints: &'c mut Vec<Complaint>,
}

const A_MOMENT: &str = "a date with time and zone, such as 2025-02-28T09:00:00+08:00";

impl<'c> Reader<'c> {
    pub fn new(draft: Draft, complaints: &'c mut Vec<Complaint>) -> Self {
        Self {
            draft,
            known_keys: Vec::new(),
            complaints,
        }
    }

    /// The line on which the thing being read begins.
    pub fn line(&self) -> Option<usize> {
        self.draft.line
    }

    /// The line on which `key` stands.
    pub fn line_of(&self, key: &str) -> Option<usize> {
        let field = self.draft.fields.iter().find(|field| field.key == key);
        field.and_then(|field| field.line)
    }

    pub fn complain(&mut self, complaint: Complaint) {
        self.complaints.push(complaint);
    }

    fn take(&mut self, key: &'static str) -> Option<(DraftValue, Option<usize>)> {
        if !self.known_keys.contains(&key) {
            self.known_keys.push(key);
        }
        let field = self.draft.fields.iter().find(|field| field.key == key)?;
        Some((field.value.clone(), field.line))
    }

    fn wrong(&mut self, line: Option<usize>, key: &str, expected: &str, found: &DraftValue) {
        self.complaints.push(Complaint::refused(
            line,
            format!("{key} to be {expected}"),
            found.kind(),
            "correct the value",
        ));
    }

    /// Text on one line.
    pub fn text(&mut self, key: &'static str) -> Option<Line> {
        let (value, line) = self.take(key)?;
        match value {
            DraftValue::Text(text) => self.legal_line(key, line, &text),
            other => {
                self.wrong(line, key, "text in double quotes", &other);
                None
            }
        }
    }

    /// Text on one line that has to be there.
    pub fn required_text(&mut self, key: &'static str, advice: &str) -> Option<Line> {
        let before = self.complaints.len();
        let text = self.text(key);
        if text.is_none() && self.complaints.len() == before {
            let line = self.draft.line;
            self.complaints.push(Complaint::refused(
                line,
                format!("the key {key}"),
                "none",
                advice,
            ));
        }
        text
    }

    fn legal_line(&mut self, key: &str, line: Option<usize>, text: &str) -> Option<Line> {
        if self.is_too_long(key, line, text, limits::of_text(key)) {
            return None;
        }
        self.note_illegal(key, line, text);
        let parsed = Line::parse(text);
        if parsed.is_none() {
            self.complaints.push(Complaint::refused(
                line,
                format!("text in {key}"),
                "nothing but blanks",
                format!("write {key}, or leave the key out where it is not needed"),
            ));
        }
        parsed
    }

    /// Complains of a text that has more bytes than its key may have.
    fn is_too_long(&mut self, key: &str, line: Option<usize>, text: &str, most: usize) -> bool {
        let is_too_long = text.len() > most;
        if is_too_long {
            self.complaints.push(Complaint::refused(
                line,
                format!("at most {most} bytes of text in {key}"),
                format!("{} bytes, which begin {:?}", text.len(), beginning(text)),
                "shorten it; what is to be read in full belongs into the text",
            ));
        }
        is_too_long
    }

    /// Complains of a list that has more members than its key may have.
    fn is_too_many(&mut self, key: &str, line: Option<usize>, found: usize, most: usize) -> bool {
        let is_too_many = found > most;
        if is_too_many {
            self.complaints.push(Complaint::refused(
                line,
                format!("at most {most} {key}"),
                format!("{found}"),
                "leave out what readers can do without",
            ));
        }
        is_too_many
    }

    /// Complains of characters that are dropped because no feed can carry them.
    pub fn note_illegal(&mut self, key: &str, line: Option<usize>, text: &str) {
        if let Some(c) = legal::first_illegal(text) {
            self.complaints.push(Complaint::mended(
                line,
                format!("characters that XML allows in {key}"),
                format!("U+{:04X}", c as u32),
                "it was dropped, or a blank or the character of Windows-1252 stands for it; take it out of the file",
            ));
        }
    }

    /// Text of several lines.
    pub fn long_text(&mut self, key: &'static str) -> Option<super::Markdown> {
        let (value, line) = self.take(key)?;
        match value {
            DraftValue::Text(text) => {
                if self.is_too_long(key, line, &text, limits::MAX_NOTE_BYTES) {
                    return None;
                }
                self.note_illegal(key, line, &text);
                Some(super::Markdown::parse(&text))
            }
            other => {
                self.wrong(line, key, "text in double quotes", &other);
                None
            }
        }
    }

    /// A list of texts; one text alone is a list of one.
    pub fn texts(&mut self, key: &'static str) -> Vec<Line> {
        self.texts_up_to(key, limits::MAX_LISTED)
    }

    /// The texts of a list of at most `most`; a longer one draws a complaint, and none is taken. A repeated text is
    /// taken once.
    pub fn texts_up_to(&mut self, key: &'static str, most: usize) -> Vec<Line> {
        let mut seen = HashSet::new();
        let mut texts = self.all_texts(key, most);
        texts.retain(|text| seen.insert(text.clone()));
        texts
    }

    /// The texts of a list of at most `most` in their order, with repeated ones.
    pub(super) fn all_texts(&mut self, key: &'static str, most: usize) -> Vec<Line> {
        let Some((value, line)) = self.take(key) else {
            return Vec::new();
        };
        let values = match value {
            DraftValue::List(values) => values,
            one => vec![one],
        };
        if self.is_too_many(key, line, values.len(), most) {
            return Vec::new();
        }
        let mut texts = Vec::new();
        for value in values {
            match value {
                DraftValue::Text(text) => {
                    texts.extend(self.legal_line(key, line, &text));
                }
                other => self.wrong(line, key, "a list of texts in double quotes", &other),
            }
        }
        texts
    }

    /// A boolean; any other value draws a complaint.
    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let (value, line) = self.take(key)?;
        match value {
            DraftValue::Flag(flag) => Some(flag),
            other => {
                self.wrong(line, key, "true or false", &other);
                None
            }
        }
    }

    /// A moment with its zone, as TOML date or as text (RFC 3339).
    pub fn moment(&mut self, key: &'static str) -> Option<Moment> {
        let (value, line) = self.take(key)?;
        let moment: Option<DateTime<FixedOffset>> = match &value {
            DraftValue::Moment(moment) => Some(*moment),
            DraftValue::Text(text) => DateTime::parse_from_rfc3339(text).ok(),
            _ => None,
        };
        if moment.is_none() {
            self.wrong(line, key, A_MOMENT, &value);
        }
        moment
    }

    /// A moment that has to be there.
    pub fn required_moment(&mut self, key: &'static str) -> Option<Moment> {
        let before = self.complaints.len();
        let moment = self.moment(key);
        if moment.is_none() && self.complaints.len() == before {
            let line = self.draft.line;
            self.complaints.push(Complaint::refused(
                line,
                format!("the key {key}: {A_MOMENT}"),
                "none",
                "say when the item was first public",
            ));
        }
        moment
    }

    /// An id, `urn:uuid:…`.
    pub fn id(&mut self, key: &'static str) -> Option<Id> {
        let (value, line) = self.take(key)?;
        if let DraftValue::Text(text) = &value
            && text.starts_with("urn:uuid:")
            && let Some(id) = Id::parse(text)
        {
            return Some(id);
        }
        self.wrong(
            line,
            key,
            "urn:uuid: and a lower-case UUID (an id from an older feed goes into guid)",
            &value,
        );
        None
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &'static str, within: RangeInclusive<u64>) -> Option<u64> {
        let (value, line) = self.take(key)?;
        let number = match &value {
            DraftValue::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| within.contains(number));
        if number.is_none() {
            let expected = format!("a whole number from {} to {}", within.start(), within.end());
            self.wrong(line, key, &expected, &value);
        }
        number
    }

    /// A table, such as `[limits]`.
    pub fn table(&mut self, key: &'static str) -> Option<Draft> {
        let (value, line) = self.take(key)?;
        match value {
            DraftValue::Table(draft) => Some(draft),
            other => {
                self.wrong(line, key, "a table", &other);
                None
            }
        }
    }

    /// The tables of a list; none, and a complaint, where there are more than `most`.
    pub fn tables_up_to(&mut self, key: &'static str, most: usize) -> Vec<Draft> {
        let tables = self.tables(key);
        let line = tables.get(most).and_then(|first| first.line);
        match self.is_too_many(key, line.or(self.line_of(key)), tables.len(), most) {
            true => Vec::new(),
            false => tables,
        }
    }

    /// A list of tables, such as `[[captions]]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Draft> {
        match self.take(key) {
            None => Vec::new(),
            Some((DraftValue::Tables(tables), _)) => tables,
            Some((DraftValue::List(values), line)) => {
                let mut tables = Vec::new();
                for value in values {
                    match value {
                        DraftValue::Table(table) => tables.push(table),
                        other => self.wrong(line, key, "tables headed [[…]]", &other),
                    }
                }
                tables
            }
            Some((other, line)) => {
                self.wrong(line, key, "tables headed [[…]]", &other);
                Vec::new()
            }
        }
    }

    /// Complains of every key that nobody asked for, with the known key that comes nearest.
    pub fn finish(self) {
        /// Longer keys are not compared with the known ones, which are all shorter.
        const MAX_KEY_BYTES: usize = 40;
        let mut unknown = Bounded::default();
        for field in &self.draft.fields {
            if self.known_keys.contains(&field.key.as_str()) {
                continue;
            }
            let comparable = self
                .known_keys
                .iter()
                .filter(|_| field.key.len() <= MAX_KEY_BYTES);
            let nearest = comparable
                .map(|known| (strsim::damerau_levenshtein(known, &field.key), known))
                .min()
                .filter(|(distance, known)| *distance <= known.len().div_ceil(3));
            let advice = match nearest {
                Some((_, known)) => format!("did you mean {known}?"),
                None => "take it out".to_owned(),
            };
            unknown.push(Complaint::refused(
                field.line,
                format!("one of the keys {}", self.known_keys.join(", ")),
                format!("the unknown key {}", beginning(&field.key)),
                advice,
            ));
        }
        self.complaints.extend(unknown.finish());
    }
}
