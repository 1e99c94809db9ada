//! The stories of the made-up paper, the odd ones by hand and the many by count.

use super::{ACTIVE, Block, Caption, EMBARGOED, PRIVATE, Picture, Story, WITHDRAWN, same, text};

/// This many plain stories: several archive segments, and more than a window holds.
const WIRE_STORIES: u32 = 104;

pub fn stories() -> Vec<Story> {
    let mut stories = vec![
        markup_in_every_line(),
        illegal_characters(),
        hostile_html(),
        section_ends(),
        odd_addresses(),
        two_authors(),
        names_alike(),
        people_with_marks(),
        arabic(),
        hebrew(),
        long_chinese(),
        traditional(),
        mixed_scripts(),
        odd_blanks(),
        only_a_headline(),
        only_captions(),
        old_guid(
            "old-address",
            "https://old.example.org/?p=17&preview=no",
            "An address as guid",
        ),
        old_guid(
            "old-tag",
            "tag:old.example.org,2009:/story/9",
            "A tag as guid",
        ),
        old_guid(
            "old-words",
            "12345 at https://old.example.org",
            "Words as guid",
        ),
        old_guid("old-nothing", "N/A", "A guid that says nothing"),
        corrected_from_the_start(),
        corrected_later(),
        photographs(),
        photographs_in_the_text(),
        the_same_photograph(),
        many_tags(),
        long_text(),
        long_headline(),
        all_of_markdown(),
        withdrawn("gone-plain", None),
        withdrawn("gone-with-guid", Some("https://old.example.org/?p=18")),
        withdrawn("gone-with-words", Some("18 新闻 %zz")),
        put_back(),
        moved(),
        one_caption_less(),
        embargoed(),
    ];
    stories.extend((0..3).map(one_moment));
    stories.extend((0..WIRE_STORIES).map(wire));
    stories
}

fn captioned(mut story: Story, captions: Vec<Caption>) -> Story {
    story.captions = captions;
    story
}

fn markup_in_every_line() -> Story {
    let mut story = Story::new(
        "markup-in-every-line",
        "world",
        same("AT&T says 5 < 6 & 7 > 3, \"quoted\" and 'single'"),
        "2025-08-01T10:00:00+05:45",
    );
    story.kicker = Some(same("R&D <3"));
    story.deck = Some(same("One & two < three; AT&T, R&D and ]]>"));
    story.dateline = Some(same("A & B"));
    story.source = Some(same("Agency <A&B>"));
    story.rights = Some(same("© \"R\" & <Co>"));
    story.authors = vec![same("Smith & Sons <desk>")];
    story.tags = vec![same("R&D"), same("a < b"), same("it's \"so\"")];
    story.note = Some(PRIVATE);
    let mut caption = Caption::new("markup-in-a-caption", same("A & B < C, \"D\" 'E' ]]> && F"));
    caption.picture = Some(Picture::Png);
    caption.alt = Some("Quotes \" and ' and <b> & all");
    caption.credit = Some(same("O'Neil & \"Co\""));
    caption.source = Some(same("<Agency> & Sons"));
    caption.usage_terms = Some(same("Only < 3 times & never \"again\""));
    caption.public_note = Some(same("Correction: it was <D>, not 'E' & F."));
    captioned(
        story.paragraph(text(
            "Fish & chips, 5 &lt; 6, R&amp;D.",
            "Fish & chips, 5 < 6, R&D.",
        )),
        vec![caption],
    )
}

fn illegal_characters() -> Story {
    let mut story = Story::new(
        "illegal-characters",
        "world",
        text(
            "Con\u{0}trol\u{8} \u{b}\u{1f}charac\u{7f}ters\u{fffe} \u{93}quoted\u{94}\u{ffff}",
            "Control characters “quoted”",
        ),
        "2025-08-01T09:00:00Z",
    );
    story.deck = Some(text(
        "Dots\u{85} and a dash \u{97} here\u{1fffe}",
        "Dots… and a dash — here",
    ));
    story.authors = vec![text("Nu\u{0}ll\u{81} By\u{feff}te", "Null Byte")];
    story.tags = vec![text("bel\u{7}l", "bell")];
    let mut caption = Caption::new(
        "illegal-caption",
        text("Es\u{1b}cape \u{80}5\u{fdd0}", "Escape €5"),
    );
    caption.picture = Some(Picture::Png);
    caption.credit = Some(text("For\u{c}m Feed", "For m Feed"));
    captioned(
        story
            .paragraph(text(
                "Before\u{1}\u{2} after \u{91}single\u{92} and \u{fffe}end.",
                "Before after ‘single’ and end.",
            ))
            .paragraph(text(
                "As references: a&#x1F;b&#11;c&#127;d&#xFFFF;e.",
                "As references: a b cde.",
            ))
            .paragraph(text(
                "<p>In HTML: a&#x1F;b&#11;c&#x85;d.</p>",
                "In HTML: a b c…d.",
            ))
            .paragraph(text(
                "<p><a href=\"https://example.org/?a=&#x1F;1\">linked</a></p>",
                "linked",
            )),
        vec![caption],
    )
}

fn hostile_html() -> Story {
    let active = |markup: &str| markup.replace("@@", ACTIVE);
    Story::new("hostile-html", "world", same("Markup that no reader keeps"), "2025-08-01T08:00:00Z")
        .paragraph(text(active("<script>alert('@@')</script>"), ""))
        .paragraph(text(active("<style>p { color: red } /* @@ */</style>"), ""))
        .paragraph(text(active("<iframe src=\"https://example.org/frame\" onload=\"@@()\">@@</iframe>"), "https://example.org/frame"))
        .paragraph(text(
            active("<p onclick=\"@@()\" style=\"position:fixed\" class=\"@@\">A paragraph that was dressed.</p>"),
            "A paragraph that was dressed.",
        ))
        .paragraph(text(
            active("<a href=\"javascript:@@()\">A link that ran</a> and [another](javascript:@@\\(\\)) and <a href=\"data:text/html,@@\">one more</a>."),
            "A link that ran and another and one more.",
        ))
        .paragraph(text(
            active("<p>A picture <img src=\"https://example.org/p.png\" alt=\"of < nothing\" onerror=\"@@()\"> from elsewhere.</p>"),
            "A picture  from elsewhere.",
        ))
        .paragraph(text(active("<svg onload=\"@@()\"><text>Drawn</text></svg>"), "Drawn"))
        .paragraph(text(active("<form action=\"https://example.org/@@\"><button>Send</button></form>"), "Send"))
        .paragraph(text("<div><p>Never closed <em>and <strong>crossed</em> over</strong>", "Never closed and crossed over"))
        .paragraph(text("</b></p></div> Ends of nothing. </section>", "Ends of nothing."))
        .paragraph(text(
            "<p><a href=\"https://example.org/1\">One <a href=\"https://example.org/2\">within another</a></a></p>",
            "One within another",
        ))
        .paragraph(text(active("A comment<!-- @@ --> unseen, and a <!DOCTYPE html> too."), "A comment unseen, and a  too."))
        .paragraph(text("<table><tr><td>A cell</td><td colspan=\"2\">Two", "A cellTwo"))
        .paragraph(text(
            "Names such as &nbsp;&eacute;&hellip; and &bogus; and a bare & and AT&T;.",
            "Names such as \u{a0}é… and &bogus; and a bare & and AT&T;.",
        ))
}

fn section_ends() -> Story {
    let mut story = Story::new(
        "section-ends",
        "world",
        same("The end ]]> of CDATA"),
        "2025-08-01T07:00:00Z",
    );
    story.deck = Some(same("<![CDATA[ that ]]> never was"));
    story
        .paragraph(text(
            "A text with ]]> and ]]]]> and <![CDATA[this]]> within.",
            "A text with ]]> and ]]]]> and  within.",
        ))
        .paragraph(same("<?xml version=\"1.0\"?>").shown_as(""))
        .paragraph(same("`<![CDATA[ code ]]>` stays.").shown_as("<![CDATA[ code ]]> stays."))
}

trait ShownAs {
    fn shown_as(self, shown: &str) -> Self;
}

impl ShownAs for super::Text {
    fn shown_as(mut self, shown: &str) -> Self {
        shown.clone_into(&mut self.shown);
        self
    }
}

fn odd_addresses() -> Story {
    Story::new(
        "odd-addresses",
        "world",
        same("Addresses of every kind"),
        "2025-08-01T06:00:00Z",
    )
    .paragraph(text(
        "[A query](https://example.org/?a=1&b=2&amp;c=3#d).",
        "A query.",
    ))
    .paragraph(text(
        "[Another script](https://例え.example/記事?題=あ).",
        "Another script.",
    ))
    .paragraph(text(
        "[Relative](/articles/x?a=1&b=2), [nearby](other), [below](#fn1).",
        "Relative, nearby, below.",
    ))
    .paragraph(text(
        "<a href=\"//example.org/x\">No scheme</a>.",
        "No scheme.",
    ))
    .paragraph(text("[Mail](mailto:desk@example.org).", "Mail."))
    .paragraph(text(
        "[Blanks](<https://example.org/a b c>) and [brackets](https://example.org/a_\\(b\\)).",
        "Blanks and brackets.",
    ))
    .paragraph(text(
        "<https://example.org/~bare?x=<y>",
        "<https://example.org/~bare?x=",
    ))
}

fn two_authors() -> Story {
    let mut story = Story::new(
        "two-authors",
        "city",
        same("Two wrote this"),
        "2025-07-31T10:00:00Z",
    );
    story.authors = vec![same("Maya Deshmukh"), same("孙杰")];
    story.tags = vec![same("Trams")];
    let mut caption = Caption::new(
        "two-authors-photograph",
        same("One of the two also took the photograph."),
    );
    caption.picture = Some(Picture::Png);
    caption.credit = Some(same("孙杰"));
    captioned(
        story.paragraph(same("Both names stand above it.")),
        vec![caption],
    )
}

fn names_alike() -> Story {
    let mut story = Story::new(
        "names-alike",
        "city",
        same("Four people of two names"),
        "2025-07-31T09:00:00Z",
    );
    story.authors = vec![
        same("孙洁"),
        same("Anna Lee"),
        same("Anna-Lee"),
        same("anna lee"),
    ];
    story.tags = vec![same("trams"), same("tram's")];
    story.paragraph(same("Each has a feed of their own."))
}

fn people_with_marks() -> Story {
    let mut story = Story::new(
        "people-with-marks",
        "city",
        same("Names that files spell in two ways"),
        "2025-07-31T08:00:00Z",
    );
    story.authors = vec![
        same("Zoe\u{308} O’Brien-Łukasz"),
        same("Nguyễn Thị Ánh"),
        same("李·阿卜杜勒"),
        same("D. \"Ace\" d'Angelo, Jr."),
    ];
    story.paragraph(same("Marks, dots, quotes and a comma."))
}

fn arabic() -> Story {
    let mut story = Story::new(
        "arabic",
        "letters",
        same("الميناء يعود إلى العمل بعد ٣ أيام"),
        "2025-07-30T10:00:00+03:00",
    );
    story.language = Some("ar");
    story.kicker = Some(same("ميناء"));
    story.deck = Some(same("قال 25% من السكان (في 2025) \"نعم\""));
    story.dateline = Some(same("القاهرة"));
    story.authors = vec![same("ليلى حداد")];
    story.tags = vec![same("اقتصاد"), same("R&D")];
    let mut caption = Caption::new("arabic-caption", same("قوارب في الميناء، صباح الثلاثاء."));
    caption.picture = Some(Picture::Jpeg);
    caption.credit = Some(same("يوسف (AFP)"));
    captioned(
        story
            .paragraph(same(
                "عادت السفن إلى الميناء يوم الثلاثاء — وقالت الهيئة: \"لا خطر\".",
            ))
            .paragraph(text("## ماذا بعد؟", "ماذا بعد؟"))
            .paragraph(same("تُفتح السوق في الساعة 07:30."))
            .paragraph(text(
                "<p dir=\"ltr\">A line that runs the other way.</p>",
                "A line that runs the other way.",
            )),
        vec![caption],
    )
}

fn hebrew() -> Story {
    let mut story = Story::new(
        "hebrew-and-marks",
        "letters",
        same("\u{202b}שלום\u{202c} world \u{2067}עולם\u{2069}\u{200f}"),
        "2025-07-30T09:00:00+03:00",
    );
    story.language = Some("he");
    story.authors = vec![same("רות כהן")];
    story.paragraph(same(
        "סימנים \u{200e}(LRM) ו\u{200d}־\u{200c} בתוך טקסט \u{202e}הפוך\u{202c}.",
    ))
}

fn long_chinese() -> Story {
    let mut story = Story::new(
        "long-chinese",
        "zh",
        same("全力打好冬季保供攻坚战：一份很长很长的报告"),
        "2025-07-29T10:00:00+08:00",
    );
    story.language = Some("zh-Hans");
    story.kicker = Some(same("牢记嘱托 提振信心"));
    story.deck = Some(same("从供热到供水，全城动员"));
    story.dateline = Some(same("本报长春讯"));
    story.authors = vec![same("孙杰"), same("孙洁")];
    story.tags = vec![same("供热"), same("长春")];
    story.source = Some(same("本报综合"));
    let sentence =
        "初冬的清晨，调度大厅里灯火通明，二十四名值班员盯着屏幕，把每一条街道的温度报给下一班。";
    for part in 1..=6 {
        let heading = format!("第{part}部分：街道与管网");
        story = story.paragraph(text(format!("## {heading}"), heading));
        for _ in 0..6 {
            story = story.paragraph(same(sentence.repeat(6)));
        }
    }
    let mut caption = Caption::new(
        "long-chinese-caption",
        same("供热调度大厅。本版图片均资料来源"),
    );
    caption.picture = Some(Picture::Webp);
    caption.alt = Some("一间大厅，墙上是屏幕。");
    caption.credit = Some(same("孙杰"));
    caption.source = Some(same("资料图片"));
    captioned(story, vec![caption])
}

fn traditional() -> Story {
    let mut story = Story::new(
        "traditional",
        "zh",
        same("「港灣」重開，居民說：『好』"),
        "2025-07-29T09:00:00+08:00",
    );
    story.language = Some("zh-Hant-TW");
    story.authors = vec![same("陳美玲")];
    story
        .paragraph(same("渡輪於週二恢復行駛。𠮷野家的燈也亮了。"))
        .paragraph(text("**强调**之后，*再*强调。", "强调之后，再强调。"))
}

fn mixed_scripts() -> Story {
    let mut story = Story::new(
        "mixed-scripts",
        "letters",
        same("Ελλάδα, Россия, ไทย, हिन्दी, 한국어, 👩‍👩‍👧 and 🇨🇳 in one line"),
        "2025-07-28T10:00:00Z",
    );
    story.authors = vec![same("Ólafur 한 Ω")];
    story.tags = vec![same("👩‍👩‍👧"), same("हिन्दी"), same("한국어")];
    story
        .paragraph(same(
            "e\u{301} and é are one letter; 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 is not; ﷽ is one character.",
        ))
        .paragraph(same("الأولى ثم second ثم 第三 ثم четвёртый."))
}

fn odd_blanks() -> Story {
    let mut story = Story::new(
        "odd-blanks",
        "letters",
        text(
            "  Blanks\tand\nlines\u{a0}of\u{3000}every\u{2009}kind\u{2028}here  ",
            "Blanks and lines\u{a0}of\u{3000}every\u{2009}kind here",
        ),
        "2025-07-28T09:00:00Z",
    );
    story.authors = vec![text("\u{3000}张　三 ", "张　三")];
    story
        .paragraph(text(
            "A\u{a0}hard blank, a zero\u{200b}width one, a soft\u{ad}hyphen and a line\u{2028}separator.",
            "A\u{a0}hard blank, a zero\u{200b}width one, a soft\u{ad}hyphen and a line separator.",
        ))
        .paragraph(text("A break  \nwithin\\\na paragraph.", "A break within a paragraph."))
}

fn only_a_headline() -> Story {
    Story::new(
        "only-a-headline",
        "city",
        same("Breaking: more to follow"),
        "2025-07-27T10:00:00Z",
    )
}

fn only_captions() -> Story {
    let story = Story::new(
        "only-captions",
        "city",
        same("The day in pictures"),
        "2025-07-27T09:00:00Z",
    );
    let captions = (1..=3)
        .map(|number| {
            let mut caption = Caption::new(
                format!("day-{number}"),
                same(format!("Picture {number} of the day.")),
            );
            caption.picture = Some(Picture::Png);
            caption.credit = Some(same("Ines Duarte"));
            caption
        })
        .collect();
    captioned(story, captions)
}

fn old_guid(slug: &str, guid: &'static str, headline: &str) -> Story {
    let mut story = Story::new(slug, "city", same(headline), "2025-07-26T10:00:00Z");
    story.guid = Some(guid);
    story.paragraph(same("Readers know it by what an older feed called it."))
}

fn corrected_from_the_start() -> Story {
    let mut story = Story::new(
        "corrected",
        "city",
        same("The bridge opened on Monday"),
        "2025-07-25T10:00:00Z",
    );
    story.updated = Some("2025-08-02T11:30:00Z".to_owned());
    story.public_note = Some(same(
        "Correction, 2 August: the bridge opened on Monday, not on Sunday & <at noon>.",
    ));
    story.paragraph(same("It opened at noon."))
}

fn corrected_later() -> Story {
    let mut story = Story::new(
        "corrected-later",
        "city",
        same("The council voted"),
        "2025-07-25T09:00:00Z",
    );
    let note = same("Correction: the vote was seven to two.");
    story.corrected_in = Some((2, note, "2025-09-01T08:00:00Z"));
    story.paragraph(same("The vote was close."))
}

fn photographs() -> Story {
    let mut story = Story::new(
        "photographs",
        "world",
        same("Photographs of every kind"),
        "2025-07-24T10:00:00Z",
    );
    story.authors = vec![same("Ines Duarte")];
    let shown = |name: &str, picture, role, credit: Option<&str>, source: Option<&str>| {
        let mut caption = Caption::new(name, same(format!("The caption of {name}.")));
        caption.picture = picture;
        caption.role = role;
        caption.credit = credit.map(same);
        caption.source = source.map(same);
        caption.alt = Some("What it shows.");
        caption
    };
    let mut captions = vec![
        shown(
            "photo-jpeg",
            Some(Picture::Jpeg),
            Some("photographer"),
            Some("Ines Duarte"),
            Some("Reuters"),
        ),
        shown(
            "photo-webp",
            Some(Picture::Webp),
            Some("illustrator"),
            Some("Tomás Breen"),
            None,
        ),
        shown(
            "photo-gif",
            Some(Picture::Gif),
            Some("graphic designer"),
            None,
            Some("Harbour Board"),
        ),
        shown("photo-png", Some(Picture::Png), None, None, None),
        shown(
            "photo-none",
            None,
            None,
            Some("Nobody & Co"),
            Some("Archive"),
        ),
        shown(
            "photo-same-again",
            Some(Picture::Jpeg),
            None,
            Some("Ines Duarte"),
            None,
        ),
    ];
    captions[0].usage_terms = Some(same("For use with this article only"));
    captions[1].public_note = Some(same("An earlier caption named another pier."));
    let long = "A caption of many words, which goes on and on about who stands where. ".repeat(12);
    captions.push(Caption::new("photo-long", same(long.trim())));
    captioned(
        story.paragraph(same("Four kinds, one twice, two captions without any.")),
        captions,
    )
}

fn photographs_in_the_text() -> Story {
    let mut story = Story::new(
        "photographs-in-the-text",
        "world",
        same("Photographs where they belong"),
        "2025-07-24T09:00:00Z",
    );
    let captions = ["inline-one", "inline-two", "left-over"].map(|name| {
        let mut caption = Caption::new(name, same(format!("The words below {name}.")));
        caption.picture = Some(Picture::Png);
        caption.credit = Some(same("Ines Duarte"));
        caption
    });
    story = story.paragraph(same("The first stands below."));
    story.body.push(Block::Shows(1));
    story = story
        .paragraph(text("## A part", "A part"))
        .paragraph(same("The next as well."));
    story.body.push(Block::Shows(0));
    captioned(story, captions.to_vec())
}

fn the_same_photograph() -> Story {
    let story = Story::new(
        "the-same-photograph",
        "city",
        same("A photograph that another story has"),
        "2025-07-24T08:00:00Z",
    );
    let mut caption = Caption::new("photo-elsewhere", same("The tram again, with other words."));
    caption.picture = Some(Picture::Jpeg);
    caption.source = Some(same("Reuters"));
    captioned(
        story.paragraph(same("One file, two captions.")),
        vec![caption],
    )
}

fn many_tags() -> Story {
    let mut story = Story::new(
        "many-tags",
        "city",
        same("Tags that look alike"),
        "2025-07-23T10:00:00Z",
    );
    story.kicker = Some(same("Trams"));
    story.tags = [
        "Trams", "trams", "TRAMS!", "tram's", "City <3", "C++", "C#", "C", ".", "新闻", "新聞",
        "xin wen",
    ]
    .map(same)
    .to_vec();
    story.paragraph(same("Twelve of them."))
}

fn long_text() -> Story {
    let mut story = Story::new(
        "long-text",
        "world",
        same("A very long read"),
        "2025-07-22T10:00:00Z",
    );
    let sentence =
        "The harbour board met again and said what it had said before, with fewer words left out. ";
    for part in 1..=12 {
        story = story.paragraph(text(
            format!("## Chapter {part}"),
            format!("Chapter {part}"),
        ));
        for _ in 0..8 {
            story = story.paragraph(same(sentence.repeat(12).trim()));
        }
    }
    story
}

fn long_headline() -> Story {
    let mut story = Story::new(
        "long-headline",
        "letters",
        same(format!(
            "{} {}",
            "Donaudampfschifffahrtsgesellschaft".repeat(6),
            "and more words".repeat(12)
        )),
        "2025-07-21T10:00:00Z",
    );
    story.deck = Some(same("长".repeat(400)));
    story.paragraph(same("x".repeat(3000)))
}

fn all_of_markdown() -> Story {
    Story::new(
        "all-of-markdown",
        "letters",
        same("All that Markdown has"),
        "2025-07-20T10:00:00Z",
    )
    .paragraph(text("# A first heading", "A first heading"))
    .paragraph(text(
        "With **bold**, *italics*, `code & <b>`, a [link](https://example.org/).",
        "With bold, italics, code & <b>, a link.",
    ))
    .paragraph(text(
        "- one\n- two\n    1. deep\n    2. deeper",
        "onetwodeepdeeper",
    ))
    .paragraph(text("### A lower heading", "A lower heading"))
    .paragraph(text(
        "> Quoted & said.\n>\n> > Twice.",
        "Quoted & said.Twice.",
    ))
    .paragraph(text("| a | b |\n|---|---|\n| 1 & 2 | <3 |", "ab1 & 2<3"))
    .paragraph(text(
        "```html\n<script>shown & not run</script>\n```",
        "<script>shown & not run</script>",
    ))
    .paragraph(text("One\n***\nTwo", "OneTwo"))
    .paragraph(text("## A second part", "A second part"))
    .paragraph(same("Its end."))
}

fn withdrawn(slug: &str, guid: Option<&'static str>) -> Story {
    let mut story = Story::new(
        slug,
        "world",
        same(format!("{WITHDRAWN} of {slug}")),
        "2025-07-19T10:00:00Z",
    );
    story.guid = guid;
    story.gone = Some((2, u32::MAX));
    story.authors = vec![same("Maya Deshmukh")];
    story.tags = vec![same("Trams")];
    let mut caption = Caption::new(
        format!("{slug}-caption"),
        same(format!("{WITHDRAWN} below")),
    );
    caption.picture = Some(Picture::Png);
    caption.credit = Some(same("Maya Deshmukh"));
    captioned(
        story
            .paragraph(same(format!("{WITHDRAWN} in the text.")))
            .paragraph(text("## A part", "A part"))
            .paragraph(same(format!("{WITHDRAWN} in a part."))),
        vec![caption],
    )
}

fn put_back() -> Story {
    let mut story = Story::new(
        "put-back",
        "world",
        same("Withdrawn, and put back"),
        "2025-07-18T10:00:00Z",
    );
    story.gone = Some((2, 3));
    captioned(
        story.paragraph(same("It was right after all.")),
        vec![Caption::new(
            "put-back-caption",
            same("And so was its caption."),
        )],
    )
}

fn moved() -> Story {
    let mut story = Story::new("moved", "world", same("Filed anew"), "2025-07-17T10:00:00Z");
    story.moves_in = Some((2, "city"));
    story.paragraph(same("It belongs to the city."))
}

fn one_caption_less() -> Story {
    let story = Story::new(
        "one-caption-less",
        "city",
        same("A photograph that had to go"),
        "2025-07-16T10:00:00Z",
    );
    let mut stays = Caption::new("stays", same("The photograph that stays."));
    stays.picture = Some(Picture::Png);
    let mut goes = Caption::new(
        "goes",
        same(format!("{WITHDRAWN}: a photograph that goes.")),
    );
    goes.picture = Some(Picture::Gif);
    goes.credit = Some(same("Ines Duarte"));
    goes.gone_in = Some(2);
    captioned(story.paragraph(same("There were two.")), vec![goes, stays])
}

fn embargoed() -> Story {
    let mut story = Story::new(
        "embargoed",
        "world",
        same(EMBARGOED),
        "2999-01-01T00:00:00Z",
    );
    story.embargoed = true;
    story.authors = vec![same("Maya Deshmukh")];
    captioned(
        story.paragraph(same(EMBARGOED)),
        vec![Caption::new("embargoed-caption", same(EMBARGOED))],
    )
}

/// Three that came out in one second, each with a date of its own in Atom.
fn one_moment(number: u32) -> Story {
    let mut story = Story::new(
        format!("one-moment-{number}"),
        "wire",
        same(format!("Flash {number}")),
        "2025-07-15T10:00:00Z",
    );
    story.updated = Some("2025-07-15T10:00:01Z".to_owned());
    story.paragraph(same(format!(
        "Flash {number}, at the same moment as the others."
    )))
}

fn wire(number: u32) -> Story {
    let published = format!(
        "2025-{:02}-{:02}T{:02}:{:02}:00Z",
        1 + number / 20,
        1 + number % 20,
        number % 24,
        number % 60
    );
    let mut story = Story::new(
        format!("wire-{number:03}"),
        "wire",
        same(format!(
            "Wire story {number}: prices {} again",
            if number.is_multiple_of(2) {
                "rise"
            } else {
                "fall"
            }
        )),
        published,
    );
    story.authors = vec![same(format!("Correspondent {}", number % 4))];
    story.tags = vec![same(if number.is_multiple_of(2) {
        "Prices"
    } else {
        "Markets"
    })];
    story = story
        .paragraph(same(format!(
            "Story {number} begins with a paragraph about prices."
        )))
        .paragraph(same(
            "It ends with another that says when they will be looked at again.",
        ));
    if number.is_multiple_of(5) {
        let mut caption = Caption::new(
            format!("wire-{number:03}-caption"),
            same(format!("Caption {number}: a market hall.")),
        );
        caption.picture = number.is_multiple_of(10).then_some(Picture::Png);
        caption.credit = Some(same(format!("Photographer {}", number % 3)));
        story.captions.push(caption);
    }
    story
}
