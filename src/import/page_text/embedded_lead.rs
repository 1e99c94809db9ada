//! Takes dateline and byline off the head of a paragraph, where its text goes on behind them.

use super::{
    byline, dateline, glyph,
    lead::{self, LONGEST_LEAD_COLUMNS, Lead, last_part},
    office, word,
};

/// Takes dateline and byline off the head of a text; answers what follows.
pub(super) fn head(text: &str) -> Option<(Lead, &str)> {
    let (mut lead, mut rest) = bracketed(text)
        .or_else(|| dated(text))
        .or_else(|| unbracketed(text))?;
    if lead.byline.is_none() {
        if let Some((byline, behind)) = byline::leading(rest) {
            (lead.byline, rest) = (Some(byline), behind);
        } else if let Some(byline) = byline::own_line(rest) {
            (lead.byline, rest) = (Some(byline), "");
        }
    }
    Some((lead, rest))
}

fn dated(text: &str) -> Option<(Lead, &str)> {
    let (dateline, rest) = dateline::head(text)?;
    let lead = Lead {
        dateline: Some(dateline),
        byline: None,
    };
    Some((lead, rest))
}

fn bracketed(text: &str) -> Option<(Lead, &str)> {
    let (inner, rest) = glyph::leading_bracket(text)?;
    let rest = word::strip(rest, ":").unwrap_or(rest).trim_start();
    let lead = lead::signed(inner).or_else(|| {
        let byline = byline::byline(inner, false).filter(|b| b.people.has_title)?;
        Some(Lead {
            dateline: None,
            byline: Some(byline),
        })
    })?;
    Some((lead, rest))
}

/// `記者王小明／台北報導` up to white space or the end, or a whole line `ロンドン＝山田太郎`.
fn unbracketed(text: &str) -> Option<(Lead, &str)> {
    if text.is_empty() || !glyph::has_cjk(text) {
        return None;
    }
    let near: usize = text
        .chars()
        .take(LONGEST_LEAD_COLUMNS)
        .map(char::len_utf8)
        .sum();
    let wire = text[..near]
        .char_indices()
        .find(|(at, c)| {
            *at > 0 && c.is_whitespace() && dateline::is_report(last_part(&text[..*at]))
        })
        .map_or(near, |(at, _)| at);
    let (token, rest) = text.split_at(wire);
    let sure = office::find(token).is_some_and(|o| o.before.trim().is_empty()) || rest.is_empty();
    let named =
        word::contains(token, "/") || word::contains(token, "=") || office::find(token).is_some();
    if !sure || !named || (wire == near && near < text.len()) {
        return None;
    }
    let lead = lead::signed(token).filter(|l| l.byline.is_some())?;
    Some((lead, rest.trim_start()))
}
