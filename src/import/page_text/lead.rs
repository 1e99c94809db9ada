//! Lines and brackets that give the dateline and the byline of a text: `本报长春2月28日电`, `〔記者王小明／台北報導〕`,
//! `【ロンドン＝山田太郎】`.

use super::{
    agency,
    dateline::{self, Dateline},
    glyph, office,
    people::{self, Byline},
    place, word,
};

/// Maximum width of a line or bracket that gives a dateline and a byline.
pub(super) const LONGEST_LEAD_COLUMNS: usize = 72;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lead {
    pub dateline: Option<Dateline>,
    pub byline: Option<Byline>,
}

pub(super) fn last_part(text: &str) -> &str {
    text.rsplit(['／', '/', ' ', '\u{3000}'])
        .next()
        .unwrap_or(text)
}

/// The dateline and byline of a bracket or line that contains nothing else; `None` if it contains anything else.
pub(super) fn signed(text: &str) -> Option<Lead> {
    let text = text.trim();
    if text.is_empty() || glyph::width(text) > LONGEST_LEAD_COLUMNS {
        return None;
    }
    if let Some((dateline, "")) = dateline::han(text) {
        return Some(Lead {
            dateline: Some(dateline),
            byline: None,
        });
    }
    parted_by_slash(text)
        .or_else(|| place_and_name(text))
        .or_else(|| run_together(text))
        .or_else(|| place_and_agency(text))
}

/// `記者王小明／台北報導`, `中央社／巴黎24日綜合外電報導`, `國際新聞中心／綜合報導`.
fn parted_by_slash(text: &str) -> Option<Lead> {
    let (at, mark) = text
        .char_indices()
        .rev()
        .find(|(_, c)| word::simplified(*c) == '/')?;
    let (left, right) = (text[..at].trim(), text[at + mark.len_utf8()..].trim());
    if !dateline::is_report(right) {
        return None;
    }
    if let Some(name) = agency::whole(left) {
        return Some(Lead {
            dateline: Some(Dateline::new(right, Some(name))),
            byline: None,
        });
    }
    let byline = if office::is_desk(left) {
        Byline::signature(left)
    } else {
        let people = people::parse(left)?;
        let sure = people.has_title || people.names.iter().all(|n| people::starts_with_surname(n));
        sure.then(|| Byline::of(people))?
    };
    if word::is_any(right, &["专访", "报导", "报道"]) {
        let mut byline = byline;
        byline.people.other_words.push(right.to_owned());
        return Some(Lead {
            dateline: None,
            byline: Some(byline),
        });
    }
    Some(Lead {
        dateline: Some(Dateline::new(right, None)),
        byline: Some(byline),
    })
}

/// `ロンドン＝山田太郎`, `北京＝新華社`, `서울=연합뉴스`.
fn place_and_name(text: &str) -> Option<Lead> {
    let (place, name) = word::split_at_mark(text, &['='])?;
    let (place, name) = (place.trim(), name.trim());
    let fits = (1..=14).contains(&place.chars().count())
        && place
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, 'ー' | '・' | '、'));
    if !fits || name.is_empty() {
        return None;
    }
    if let Some(agency) = agency::whole(name) {
        return Some(Lead {
            dateline: Some(Dateline::new(place, Some(agency))),
            byline: None,
        });
    }
    let people = people::parse(name)?;
    let names = glyph::has_cjk(name) || people.has_title;
    names.then(|| Lead {
        dateline: Some(Dateline::new(place, people.agency.as_deref())),
        byline: Some(Byline::of(people)),
    })
}

/// `中央社記者王小明台北24日電`, `記者 李四 北京報道`, `本報記者陳大文報道`.
fn run_together(text: &str) -> Option<Lead> {
    let found = office::find(text).filter(|o| o.before.trim().is_empty())?;
    if !dateline::is_report(last_part(text))
        && !word::starts_with_any(last_part(text), &["报道", "报导"])
    {
        return None;
    }
    let behind = found.following.trim_start_matches(office::is_separator);
    let (others, last) = match behind
        .char_indices()
        .rev()
        .find(|(_, c)| office::is_separator(*c))
    {
        Some((at, c)) => behind.split_at(at + c.len_utf8()),
        None => ("", behind),
    };
    let (name, place) =
        if dateline::is_report(last) && !others.is_empty() && !others.trim_end().ends_with('、') {
            ("", last)
        } else {
            name_before_place(last)?
        };
    let names = &text[..text.len() - last.len() + name.len()];
    let mut people = people::parse(names)?;
    let bare = word::is_any(place, &["报道", "报导"]);
    if bare {
        people.has_title = true;
    }
    let agency = people.agency.clone();
    Some(Lead {
        dateline: (!bare).then(|| Dateline::new(place, agency.as_deref())),
        byline: Some(Byline::of(people)),
    })
}

/// Divides a text into a name and the place behind it: a name of three characters, unless a known place begins before
/// or behind that; compound surnames have four.
fn name_before_place(text: &str) -> Option<(&str, &str)> {
    let ways = [2, 3, 4].into_iter().filter_map(|n| {
        let at = text.char_indices().nth(n)?.0;
        let (name, place) = text.split_at(at);
        let bare = word::is_any(place, &["报道", "报导"]);
        let named = place.chars().take_while(|c| glyph::is_han(*c)).count() >= 2;
        let fits = name.chars().all(glyph::is_han) && dateline::is_report(place) && (bare || named);
        fits.then_some((name, place))
    });
    let ways: Vec<(&str, &str)> = ways.collect();
    let is_known = |w: &&(&str, &str)| place::begins(w.1) || word::is_any(w.1, &["报道", "报导"]);
    let by_length = |w: &&(&str, &str)| w.0.chars().count() == 3;
    ways.iter()
        .find(is_known)
        .or_else(|| ways.iter().find(by_length))
        .or_else(|| ways.first())
        .copied()
}

/// `ロンドン共同`, `ワシントン時事`.
fn place_and_agency(text: &str) -> Option<Lead> {
    if text.chars().count() > 20 || !glyph::has_cjk(text) {
        return None;
    }
    let (place, agency) = agency::behind_place(text)?;
    let letters = place
        .chars()
        .all(|c| glyph::is_han(c) || glyph::is_kana(c) || word::simplified(c) == '·');
    letters.then(|| Lead {
        dateline: Some(Dateline::new(text, Some(agency))),
        byline: None,
    })
}

/// The place with an author or agency in a line right under the headline: `London: Jane Doe`, `القاهرة: محمد أحمد`,
/// `AFP, Paris`.
pub(super) fn pair(text: &str) -> Option<Lead> {
    if glyph::width(text) > LONGEST_LEAD_COLUMNS {
        return None;
    }
    [",", "،", ":", "：", " - ", " – ", " — ", "/", "／"]
        .iter()
        .filter_map(|mark| text.split_once(mark))
        .find_map(|(left, right)| two_parts(left.trim(), right.trim(), text))
}

fn two_parts(left: &str, right: &str, text: &str) -> Option<Lead> {
    if let Some(name) = agency::whole(left).filter(|_| is_short_place(right)) {
        return Some(Lead {
            dateline: Some(Dateline::new(text, Some(name))),
            byline: None,
        });
    }
    if let Some(name) = agency::whole(right).filter(|_| is_short_place(left)) {
        return Some(Lead {
            dateline: Some(Dateline::new(text, Some(name))),
            byline: None,
        });
    }
    let arabic = text.contains(" - ")
        && left
            .chars()
            .all(|c| c == ' ' || ('\u{600}'..='\u{6FF}').contains(&c));
    let colon = arabic || text.len() == left.len() + right.len() + 1 || text.contains([':', '：']);
    if !colon || !(arabic || text.contains([':', '：'])) || !is_short_place(left) {
        return None;
    }
    let people = people::parse(right)?;
    let whole = |n: &String| people::is_bare_name(n) || (2..=4).contains(&n.split(' ').count());
    people.names.iter().all(whole).then(|| Lead {
        dateline: Some(Dateline::new(left, people.agency.as_deref())),
        byline: Some(Byline::of(people)),
    })
}

/// Whether a text can be a place of one to three words.
fn is_short_place(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let named = |w: &&str| {
        !w.starts_with(|c: char| c.is_lowercase())
            && w.chars()
                .all(|c| c.is_alphabetic() || matches!(c, '-' | '.' | '\''))
    };
    (1..=3).contains(&words.len()) && words.iter().all(named) && glyph::width(text) <= 24
}
