//! The few words of the interface that documents contain, in the publication's language.

use maud::{Markup, html};

use crate::item::{NoteKind, PublicNote};

/// The words in one language; English where there are none. Another language is a table like those below, and its tag in
/// [`Words::of`].
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// Their own language, which may be another than the paper's.
    pub language: &'static str,
    pub photographs: &'static str,
    pub withdrawn: &'static str,
    pub withdrawn_text: &'static str,
    pub retracted: &'static str,
    /// The notice of a retraction for which the desk gives none.
    pub retracted_text: &'static str,
    pub forbidden_text: &'static str,
    pub not_found: &'static str,
    /// Of a section or a selection that the paper has given up, and before the address of what follows it.
    pub ended: &'static str,
    pub successor: &'static str,
    pub sections: &'static str,
    pub feeds: &'static str,
    /// Feeds that the paper put together itself.
    pub more_feeds: &'static str,
    /// Above the feed of an article, on its page.
    pub feed_of_story: &'static str,
    pub photograph_of: &'static str,
    /// Before the address of the page for people.
    pub feed_banner: &'static str,
    pub skip: &'static str,
    pub nothing_yet: &'static str,
    pub subscribe: &'static str,
    pub subscribe_text: &'static str,
    /// An explanation of feeds, for people who do not know them.
    pub feed_is: &'static str,
    /// Above the readers that open a feed, and its other formats.
    pub open_in: &'static str,
    /// Above links to feeds as files.
    pub feed_files: &'static str,
    pub for_all: &'static str,
    pub for_section: &'static str,
    pub for_captions: &'static str,
    pub for_named: &'static str,
    pub opml_text: &'static str,
    pub more_sections: &'static str,
    /// An explanation of how to find the feeds that no page lists.
    pub other_feeds: &'static str,
    pub more_articles: &'static str,
    pub open: &'static str,
    /// Before a note to readers, by its kind.
    pub correction: &'static str,
    pub clarification: &'static str,
    pub update: &'static str,
    pub editors_note: &'static str,
    /// Before the day of it.
    pub corrected: &'static str,
    pub updated: &'static str,
    pub articles_of: &'static str,
    pub days: &'static str,
    pub by_day: &'static str,
    pub earlier: &'static str,
    pub later: &'static str,
    pub terms: &'static str,
    pub embed: &'static str,
    pub embed_text: &'static str,
    pub embed_frame: &'static str,
    pub embed_policy: &'static str,
    pub embed_style: &'static str,
    pub embed_colours: &'static str,
    pub preview: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    /// Before the name of the source of a text or a picture.
    pub source: &'static str,
    /// Before the name of the person who took or drew a picture, or behind it, where that is usual.
    pub photograph_by: &'static str,
    pub photographed: &'static str,
    pub drawing_by: &'static str,
    pub drawn: &'static str,
    /// Before the moments at which something was retracted and was first published.
    pub retracted_at: &'static str,
    pub first_published: &'static str,
    pub all_sections: &'static str,
    pub all_tags: &'static str,
    pub all_authors: &'static str,
    pub older_stories: &'static str,
    pub newer_stories: &'static str,
    pub newest_stories: &'static str,
    pub all_days: &'static str,
    /// Before the name of a section: in the link to the next story and others of the section, and in the heading above
    /// those.
    pub onward: &'static str,
    pub more_from: &'static str,
    /// The heading of stories that share a tag.
    pub related: &'static str,
    pub more_stories: &'static str,
    pub next_story: &'static str,
    pub previous_story: &'static str,
    pub copy_link: &'static str,
    /// The days of the week from Monday on, as a calendar heads them.
    pub weekdays: [&'static str; 7],
}

static ENGLISH: Words = Words {
    language: "en",
    photographs: "Photographs",
    withdrawn: "Withdrawn",
    withdrawn_text: "This item was withdrawn.",
    retracted: "Retracted",
    retracted_text: "This item was retracted.",
    forbidden_text: "This item is not available for legal reasons.",
    not_found: "There is nothing at this address.",
    ended: "What stood here has ended.",
    successor: "It goes on here:",
    sections: "Sections",
    feeds: "Feeds",
    more_feeds: "More feeds",
    feed_of_story: "Follow this story: a feed tells of every change",
    photograph_of: "Belongs to",
    feed_banner: "This is a feed: put its address into a feed reader to follow the paper. The page to read is",
    skip: "Skip to the text",
    nothing_yet: "Nothing yet.",
    subscribe: "Subscribe",
    subscribe_text: "Put an address into a feed reader, and it tells you of everything new, corrected or withdrawn.",
    feed_is: "A feed is an address that an app, a feed reader, looks at for you: new stories come to it by themselves, without an account with us and without e-mail.",
    open_in: "Open in a reader, other formats",
    feed_files: "The feed itself, as a file",
    for_all: "The whole paper.",
    for_section: "All that is filed in this section.",
    for_captions: "Every photograph with its caption and credit.",
    for_named: "A selection that the paper makes.",
    opml_text: "All feeds at once, for readers that take a list.",
    more_sections: "There are more sections than this page lists; the list has them all:",
    other_feeds: "Every tag, every author and every article has feeds, too: put .rss, .atom or .json behind the address of its page.",
    more_articles: "There are more articles than this page lists.",
    open: "Open the list",
    correction: "Correction:",
    clarification: "Clarification:",
    update: "Update:",
    editors_note: "Editor's note:",
    corrected: "Corrected",
    updated: "Updated",
    articles_of: "Articles of",
    days: "Days",
    by_day: "Archive by day:",
    earlier: "Earlier:",
    later: "Later:",
    terms: "Terms of use:",
    embed: "Put this on your site",
    embed_text: "The card follows every correction and withdrawal. Where scripts are allowed:",
    embed_frame: "Where they are not:",
    embed_policy: "What your site's Content-Security-Policy has to allow, if it has one:",
    embed_style: "Where that policy refuses styles in elements, take style=\"…\" out of the code and put this into your style sheet, so that nothing moves when the card comes:",
    embed_colours: "The colours and the width of the card are those that your style sheet gives for news-article; give all of the colours or none, since each has to suit the others:",
    preview: "It looks like this:",
    copy: "Copy",
    copied: "Copied",
    source: "Source:",
    photograph_by: "Photograph:",
    photographed: "",
    drawing_by: "Drawing:",
    drawn: "",
    retracted_at: "Retracted",
    first_published: "First published",
    all_sections: "All sections",
    all_tags: "All tags",
    all_authors: "All authors",
    older_stories: "Older stories",
    newer_stories: "Newer stories",
    newest_stories: "Newest stories",
    all_days: "Archive by day",
    onward: "Next story, and more from",
    more_from: "More from",
    related: "On the same subjects",
    more_stories: "More stories",
    next_story: "Next story",
    previous_story: "Previous story",
    copy_link: "Copy the link",
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

static CHINESE: Words = Words {
    language: "zh-Hans",
    photographs: "图片",
    withdrawn: "已撤回",
    withdrawn_text: "该内容已撤回。",
    retracted: "撤稿",
    retracted_text: "本报已撤回该内容。",
    forbidden_text: "该内容因法律原因无法提供。",
    not_found: "此地址没有内容。",
    ended: "此处的栏目已停办。",
    successor: "后续内容：",
    sections: "版面",
    feeds: "订阅源",
    more_feeds: "更多订阅源",
    feed_of_story: "订阅本报道：每次修改都会通知",
    photograph_of: "所属报道",
    feed_banner: "这是订阅源：把本页地址添加到阅读器即可订阅。网页版：",
    skip: "跳到正文",
    nothing_yet: "暂无内容。",
    subscribe: "订阅",
    subscribe_text: "将地址添加到阅读器，即可收到新报道、更正与撤回的通知。",
    feed_is: "订阅源是一个地址，由阅读器应用替您查看：新报道会自动出现在阅读器里，无须在本站注册，也无须邮箱。",
    open_in: "用阅读器打开、其他格式",
    feed_files: "订阅源文件下载",
    for_all: "全部报道。",
    for_section: "本版面的全部报道。",
    for_captions: "全部图片，附说明与署名。",
    for_named: "编辑部选编。",
    opml_text: "一次导入全部订阅源（供支持列表的阅读器使用）。",
    more_sections: "版面较多，本页未能全部列出；完整列表：",
    other_feeds: "每个标签、每位作者和每篇报道也有订阅源：在其网页地址后加上 .rss、.atom 或 .json 即可。",
    more_articles: "本日报道较多，本页未能全部列出。",
    open: "打开列表",
    correction: "更正：",
    clarification: "澄清：",
    update: "更新：",
    editors_note: "编者按：",
    corrected: "已更正",
    updated: "更新于",
    articles_of: "当日报道",
    days: "日期",
    by_day: "按日期浏览：",
    earlier: "更早：",
    later: "更晚：",
    terms: "使用条款：",
    embed: "嵌入到您的网站",
    embed_text: "卡片会随更正与撤回自动更新。允许使用脚本的网站：",
    embed_frame: "不允许使用脚本的网站：",
    embed_policy: "如贵站设有内容安全策略（CSP），须允许：",
    embed_style: "如该策略不允许元素内的样式，请删去代码中的 style=\"…\"，并把下面一行加入贵站样式表，以免卡片载入时页面跳动：",
    embed_colours: "卡片的颜色与宽度可在贵站样式表中为 news-article 设定；各颜色须相互协调，请一并设定：",
    preview: "效果预览：",
    copy: "复制",
    copied: "已复制",
    source: "来源：",
    photograph_by: "图片：",
    photographed: "摄",
    drawing_by: "绘图：",
    drawn: "绘",
    retracted_at: "撤稿时间：",
    first_published: "首次发表：",
    all_sections: "全部版面",
    all_tags: "全部标签",
    all_authors: "全部作者",
    older_stories: "更早的报道",
    newer_stories: "更新的报道",
    newest_stories: "最新报道",
    all_days: "按日期浏览",
    onward: "下一篇与更多报道：",
    more_from: "更多报道：",
    related: "相关报道",
    more_stories: "更多报道",
    next_story: "下一篇",
    previous_story: "上一篇",
    copy_link: "复制链接",
    weekdays: ["一", "二", "三", "四", "五", "六", "日"],
};

static TRADITIONAL_CHINESE: Words = Words {
    language: "zh-Hant",
    photographs: "圖片",
    withdrawn: "已撤回",
    withdrawn_text: "此內容已撤回。",
    retracted: "撤稿",
    retracted_text: "本報已撤回此內容。",
    forbidden_text: "此內容因法律原因無法提供。",
    not_found: "此網址沒有內容。",
    ended: "此專欄已停止更新。",
    successor: "後續內容：",
    sections: "版面",
    feeds: "訂閱來源",
    more_feeds: "更多訂閱來源",
    feed_of_story: "訂閱本文：每次修改都會通知",
    photograph_of: "所屬文章",
    feed_banner: "這是訂閱來源：將本頁網址加入閱讀器即可訂閱。網頁版：",
    skip: "跳至正文",
    nothing_yet: "暫無內容。",
    subscribe: "訂閱",
    subscribe_text: "將網址加入閱讀器，即可收到新文章、更正與撤回的通知。",
    feed_is: "訂閱來源是一個網址，由閱讀器應用程式替您查看：新文章會自動出現在閱讀器裡，無須在本站註冊，也無須電子郵件。",
    open_in: "以閱讀器開啟、其他格式",
    feed_files: "訂閱來源檔案下載",
    for_all: "全部文章。",
    for_section: "本版面的全部文章。",
    for_captions: "全部圖片，附說明與署名。",
    for_named: "編輯部選編。",
    opml_text: "一次匯入全部訂閱來源（供支援清單的閱讀器使用）。",
    more_sections: "版面較多，本頁未能全部列出；完整清單：",
    other_feeds: "每個標籤、每位作者和每篇文章也有訂閱來源：在其網頁網址後加上 .rss、.atom 或 .json 即可。",
    more_articles: "當日文章較多，本頁未能全部列出。",
    open: "開啟清單",
    correction: "更正：",
    clarification: "澄清：",
    update: "更新：",
    editors_note: "編者按：",
    corrected: "已更正",
    updated: "更新於",
    articles_of: "當日文章",
    days: "日期",
    by_day: "按日期瀏覽：",
    earlier: "更早：",
    later: "更晚：",
    terms: "使用條款：",
    embed: "嵌入您的網站",
    embed_text: "卡片會隨更正與撤回自動更新。允許使用指令碼的網站：",
    embed_frame: "不允許使用指令碼的網站：",
    embed_policy: "如貴站設有內容安全政策（CSP），須允許：",
    embed_style: "如該政策不允許元素內的樣式，請刪去程式碼中的 style=\"…\"，並把以下這行加入貴站樣式表，以免卡片載入時頁面跳動：",
    embed_colours: "卡片的顏色與寬度可在貴站樣式表中為 news-article 設定；各顏色須相互協調，請一併設定：",
    preview: "效果預覽：",
    copy: "複製",
    copied: "已複製",
    source: "來源：",
    photograph_by: "圖片：",
    photographed: "攝",
    drawing_by: "繪圖：",
    drawn: "繪",
    retracted_at: "撤稿時間：",
    first_published: "首次發表：",
    all_sections: "全部版面",
    all_tags: "全部標籤",
    all_authors: "全部作者",
    older_stories: "較早的文章",
    newer_stories: "較新的文章",
    newest_stories: "最新文章",
    all_days: "按日期瀏覽",
    onward: "下一篇與更多文章：",
    more_from: "更多文章：",
    related: "相關文章",
    more_stories: "更多文章",
    next_story: "下一篇",
    previous_story: "上一篇",
    copy_link: "複製連結",
    weekdays: ["一", "二", "三", "四", "五", "六", "日"],
};

impl Words {
    /// The words for a language tag (BCP 47).
    pub fn of(language: &str) -> &'static Self {
        Self::known(language).unwrap_or(&ENGLISH)
    }

    /// The words for a language tag, where there are some.
    pub fn known(language: &str) -> Option<&'static Self> {
        let lower = language.to_ascii_lowercase();
        let mut subtags = lower.split('-');
        match subtags.next() {
            Some("zh") => Some(chinese(subtags)),
            Some("en") => Some(&ENGLISH),
            _ => None,
        }
    }

    /// The words that stand within a text: in the text's own language where there are some, else in the paper's.
    pub fn within(own: Option<&str>, paper: &str) -> &'static Self {
        let own = own.and_then(Self::known);
        own.unwrap_or_else(|| Self::of(paper))
    }

    /// Whether its punctuation is as wide as its letters.
    pub fn is_full_width(&self) -> bool {
        self.language.starts_with("zh")
    }

    /// Words of the table as they stand among others, which may be of another language. A colon at their end belongs to the
    /// line: where that runs from right to left it stands on the left of them, before what they announce.
    pub fn told(&self, text: &str) -> Markup {
        let words = text.trim_end_matches([':', '：']);
        let colon = text.strip_prefix(words).unwrap_or_default();
        html! {
            span lang=(self.language) dir=(direction(self.language)) { (words) }
            (colon)
        }
    }

    /// The name of a kind of note, with its colon.
    pub fn name_of(&self, note: NoteKind) -> &'static str {
        match note {
            NoteKind::Correction => self.correction,
            NoteKind::Clarification => self.clarification,
            NoteKind::Update => self.update,
            NoteKind::EditorsNote => self.editors_note,
        }
    }

    /// A note to readers with its name before it.
    pub fn note(&self, note: PublicNote<'_>) -> Markup {
        let name = self.name_of(note.kind);
        html! { strong { (self.told(name)) } (gap(name)) (&**note.text) }
    }

    /// A note to readers as feeds have it; a correction stands there without its name.
    pub fn note_in_feed(&self, note: PublicNote<'_>) -> Markup {
        html! {
            @if !note.kind.is_default() { (self.note_head(note.kind)) }
            em { (&**note.text) }
        }
    }

    /// The name of a note in a feed, and the blank between it and the note.
    fn note_head(&self, kind: NoteKind) -> Markup {
        let name = self.name_of(kind);
        html! { strong lang=(self.language) dir=(direction(self.language)) { (name) } (gap(name)) }
    }
}

/// The blank between words that end in a colon and the text behind them: none where the colon is full-width, which has
/// its blank within.
pub fn gap(words: &str) -> &'static str {
    match words.ends_with('：') {
        true => "",
        false => " ",
    }
}

/// The script that a tag names, else that of its region (zh-Hant-CN is traditional, zh-TW too).
fn chinese<'t>(mut subtags: impl Iterator<Item = &'t str>) -> &'static Words {
    let characters = |subtag: &str| match subtag {
        "hant" | "tw" | "hk" | "mo" => Some(&TRADITIONAL_CHINESE),
        "hans" | "cn" | "sg" | "my" => Some(&CHINESE),
        _ => None,
    };
    subtags.find_map(characters).unwrap_or(&CHINESE)
}

/// The direction in which a language is written, `ltr` or `rtl`.
pub fn direction(language: &str) -> &'static str {
    const FROM_RIGHT: &[&str] = &[
        "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi",
    ];
    let lower = language.to_ascii_lowercase();
    let mut subtags = lower.split('-');
    let primary = subtags.next().unwrap_or_default();
    match subtags.find(|subtag| subtag.len() == 4) {
        Some("arab" | "hebr" | "syrc" | "thaa" | "nkoo") => "rtl",
        Some(_) => "ltr",
        None if FROM_RIGHT.contains(&primary) => "rtl",
        None => "ltr",
    }
}

#[cfg(test)]
mod tests {
    use super::{Words, direction};

    #[test]
    fn chinese_papers_get_the_characters_that_they_write() {
        for tag in ["zh-Hant", "zh-TW", "zh-HK", "zh-Hant-CN", "zh-yue-Hant"] {
            assert_eq!(Words::of(tag).language, "zh-Hant", "{tag}");
        }
        for tag in ["zh", "zh-CN", "zh-Hans-HK", "ZH-sg"] {
            assert_eq!(Words::of(tag).language, "zh-Hans", "{tag}");
        }
        assert_eq!(Words::of("fr").language, "en");
        // Letters that the two write differently, of those that the tables have.
        let (simplified, traditional) = (
            "图撤内没报订阅读网页这将闻转导标签选编辑须贵样动设协调预览复关",
            "圖內沒報訂閱讀網頁這將聞轉導標籤選編輯須貴樣動設協調預覽複關",
        );
        let words_of = |tag: &str| format!("{:?}", Words::of(tag));
        assert!(!words_of("zh-Hans").contains(|letter| traditional.contains(letter)));
        let only_simplified = |letter| simplified.contains(letter) && letter != '撤';
        assert!(!words_of("zh-Hant").contains(only_simplified));
    }

    #[test]
    fn scripts_that_run_from_right_to_left_are_known() {
        for tag in ["ar", "ar-EG", "fa", "he-IL", "ur", "az-Arab", "pa-Arab-PK"] {
            assert_eq!(direction(tag), "rtl", "{tag}");
        }
        for tag in ["en", "zh-Hans", "fa-Latn", "uz-Cyrl", "de-CH-1901", ""] {
            assert_eq!(direction(tag), "ltr", "{tag}");
        }
    }
}
