//! The few words that documents say of themselves, in the publication's language.

/// The words in one language; English where there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    pub photographs: &'static str,
    pub withdrawn: &'static str,
    pub withdrawn_text: &'static str,
    pub retracted: &'static str,
    /// Where the desk gives no notice of its own.
    pub retracted_text: &'static str,
    pub forbidden_text: &'static str,
    pub sections: &'static str,
    pub feeds: &'static str,
    /// Feeds that the paper put together itself.
    pub more_feeds: &'static str,
    pub photograph_of: &'static str,
    pub not_found: &'static str,
    pub newest: &'static str,
    /// Before the address of the page for people.
    pub feed_banner: &'static str,
}

const ENGLISH: Words = Words {
    photographs: "Photographs",
    withdrawn: "Withdrawn",
    withdrawn_text: "This item was withdrawn.",
    retracted: "Retracted",
    retracted_text: "This article was retracted.",
    forbidden_text: "This item is not available for legal reasons.",
    sections: "Sections",
    feeds: "Feeds",
    more_feeds: "More feeds",
    photograph_of: "Belongs to",
    not_found: "There is nothing at this address.",
    newest: "Newest",
    feed_banner: "This is a feed: put its address into a feed reader to follow the paper. The page to read is",
};

const CHINESE: Words = Words {
    photographs: "图片",
    withdrawn: "已撤回",
    withdrawn_text: "该内容已撤回。",
    retracted: "撤稿",
    retracted_text: "本报已撤回该报道。",
    forbidden_text: "该内容因法律原因无法提供。",
    sections: "版面",
    feeds: "订阅",
    more_feeds: "更多订阅",
    photograph_of: "所属报道",
    not_found: "此地址没有内容。",
    newest: "最新",
    feed_banner: "这是订阅源：把本页地址添加到阅读器即可订阅。网页版：",
};

impl Words {
    /// The words for a language tag (BCP 47).
    pub fn of(language: &str) -> Self {
        match language.split('-').next() {
            Some("zh") => CHINESE,
            _ => ENGLISH,
        }
    }
}
