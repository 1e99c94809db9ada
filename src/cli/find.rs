//! The item that a person at a terminal means: by its id, an address as a browser shows it, where it is or was filed, or its slug.

use std::collections::BTreeSet;

use crate::folder::ARTICLE_FILE;
use crate::item::html::Url;
use crate::item::{FormerPath, Id, slug, visible};
use crate::resource::{Resource, Subject};
use crate::store::{AddressTarget, EditableArticle, Store};

use super::Failure;
use super::near::near;

/// The names of an item that are understood, for the error message about any other text.
const EXPECTED: &str = "expected an id, section/slug or slug, also a former one, or the address of a page of an article or a caption";

/// Number of the newest articles whose headlines are compared with a name that was not found.
const HEADLINES: usize = 2000;

/// The endings that earlier systems add to the address of a story for its own feed.
const FEEDS_OF_STORIES: [&str; 4] = ["/feed/rss2", "/feed/atom", "/feed", "/rss"];

/// The item that `text` names, and the article that it belongs to.
pub(super) fn find(store: &Store, text: &str) -> Result<(Id, EditableArticle), Failure> {
    let text = text.trim();
    // As complaints and lists name it.
    let text = text
        .strip_suffix(ARTICLE_FILE)
        .and_then(|folder| folder.strip_suffix('/'))
        .unwrap_or(text);
    let found = named(store, text)?;
    let mut known = Vec::new();
    for id in found {
        let owner = store.owner_of_any_caption(id)?.unwrap_or(id);
        known.extend(store.editable_article(owner)?.map(|article| (id, article)));
    }
    if known.len() > 1 {
        return Err(several(text, &known).into());
    }
    match known.pop() {
        Some(known) => Ok(known),
        None => Err(nothing(store, text)?.into()),
    }
}

/// All items that have that name.
fn named(store: &Store, text: &str) -> Result<BTreeSet<Id>, Failure> {
    if let Some(id) = Id::parse(text) {
        return Ok(BTreeSet::from([id]));
    }
    if let Some(url) = address(text) {
        refuse_other_site(store, &url)?;
        return at_path(store, url.path(), url.query());
    }
    if text.starts_with('/') {
        let bare = text.split('#').next().unwrap_or_default();
        return match bare.split_once('?') {
            Some((path, query)) => at_path(store, path, Some(query)),
            None => at_path(store, bare, None),
        };
    }
    if text.contains('/') {
        let filed = store.filed_as(text.trim_end_matches('/'))?;
        return match filed.is_empty() {
            true => at_path(store, &format!("/{text}"), None),
            false => Ok(filed),
        };
    }
    // An article that had the slug before another got it is meant as well as that one: what is taken away is not guessed.
    let mut found = store.filed_under(text)?;
    found.extend(of_slug(store, text)?);
    match found.is_empty() {
        true => Ok(store.holders_of_former_name(text)?),
        false => Ok(found),
    }
}

/// The address that `text` is; browsers leave out the scheme.
fn address(text: &str) -> Option<Url> {
    if text.contains("://") {
        // An address with another scheme is refused later, with its host.
        return Url::parse(text).ok();
    }
    let (host, _) = text.split_once('/')?;
    let is_host = !slug::is_slug(host) && host.contains(['.', ':']);
    is_host
        .then(|| Url::parse(&format!("https://{text}")).ok())
        .flatten()
}

/// A story of another paper may have the same path.
fn refuse_other_site(store: &Store, url: &Url) -> Result<(), Failure> {
    let settings = store.settings()?;
    let base = settings.and_then(|settings| Url::parse(&settings.base_url).ok());
    let Some(base) = base else { return Ok(()) };
    let host = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_owned();
        host.strip_prefix("www.")
            .map_or(host.clone(), str::to_owned)
    };
    let found_host = host(url);
    // Behind a proxy the paper has another address on its own machine, which is not known here; without one it has this port.
    let is_local = |host: &str| ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let is_other_port = url.port_or_known_default() != base.port_or_known_default();
    let is_beside = is_local(&found_host) && is_local(&host(&base)) && is_other_port;
    match (found_host == host(&base) || is_local(&found_host)) && !is_beside {
        true => Ok(()),
        false => Err(format!(
            "expected an address of this paper, which is at {base}; found one at {found_host}; give its path alone, {}, if an \
             article had it before",
            url.path()
        )
        .into()),
    }
}

/// The items that the page, feed, card or file at a path shows.
fn at_path(store: &Store, path: &str, query: Option<&str>) -> Result<BTreeSet<Id>, Failure> {
    let one = |id: Option<Id>| id.into_iter().collect::<BTreeSet<Id>>();
    let bare = match path.trim_end_matches('/') {
        "" => "/",
        bare => bare,
    };
    match Resource::parse(bare) {
        Some(
            Resource::Page(Subject::Article(slug))
            | Resource::Feed(Subject::Article(slug), _)
            | Resource::Onward(slug)
            | Resource::CardOfArticle(slug),
        ) => return Ok(one(of_slug(store, &slug)?)),
        Some(
            Resource::CaptionPage(id)
            | Resource::CaptionCard(id)
            | Resource::Item(id)
            | Resource::ArticleCard(id),
        ) => return Ok(one(Some(id))),
        Some(Resource::Media { hash, .. }) => return Ok(store.items_with_file(&hash)?),
        Some(other) if !FormerPath::is_asked(path, query) => {
            return Err(format!("{EXPECTED}; {other} is the address of none of these").into());
        }
        _ => {}
    }
    if let Some((_, id)) = bare
        .strip_prefix("/api/v1/")
        .and_then(|rest| rest.split_once('/'))
    {
        return Ok(one(Id::parse(id)));
    }
    let stories = FEEDS_OF_STORIES
        .iter()
        .filter_map(|end| bare.strip_suffix(end));
    for story in [bare].into_iter().chain(stories) {
        if let Some(former) = FormerPath::of(story, query)
            && let Some(id) = store.holder_of_former(&former)?
        {
            return Ok(one(Some(id)));
        }
    }
    Ok(BTreeSet::new())
}

/// The article that has the slug, or had it.
fn of_slug(store: &Store, slug: &str) -> Result<Option<Id>, Failure> {
    Ok(match store.find_article(slug)? {
        AddressTarget::Here(id) => Some(id),
        AddressTarget::Moved(now) => store.id_of_slug(&now)?,
        // It may wait for its time.
        AddressTarget::Nowhere => store.id_of_slug(slug)?,
    })
}

fn several(text: &str, known: &[(Id, EditableArticle)]) -> String {
    let mut message = format!("{text} may be any of these; say which by its id:");
    for (id, article) in known {
        let what = match article
            .article
            .captions
            .iter()
            .find(|it| it.id == Some(*id))
        {
            Some(caption) => format!("a caption of it: {}", &*caption.text),
            None => article.article.headline.to_string(),
        };
        message += &format!("\n  {id}  {}/{}  {what}", article.section, article.slug);
    }
    message
}

/// That nothing has the name, and what is near it.
fn nothing(store: &Store, text: &str) -> Result<String, Failure> {
    let name = text.trim_end_matches('/');
    let name = name.rsplit('/').next().unwrap_or(name);
    let waiting = store.waiting_files()?;
    let waiting = waiting
        .iter()
        .find(|path| path.rsplit('/').next() == Some(name));
    if let Some(path) = waiting {
        return Ok(format!(
            "{path} has not been public: its file waits for its time; change that there, or take its folder away"
        ));
    }
    let articles = store.named_articles(HEADLINES)?;
    let near = near(text, &articles);
    let mut message = format!("there is no {}: {EXPECTED}", visible(text));
    if !near.is_empty() {
        message += "\nnear it are:";
    }
    for article in near {
        let headline = article.headline.as_deref().unwrap_or_default();
        message += &format!("\n  {}/{}  {headline}", article.section, article.slug);
    }
    Ok(message)
}
