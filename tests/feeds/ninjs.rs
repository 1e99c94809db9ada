//! ninjs (IPTC) in and out: what is given keeps the rules of 3.1, and what is taken comes in any generation.

use serde_json::{Value, json};

use crate::ninjs_rules;
use crate::support::Paper;
use crate::support::pictures;
use crate::support::writer::{Desk, Said, Writer};

const NINJS: &str = "application/vnd.iptc.ninjs+json";

impl Desk {
    fn post_ninjs(&self, query: &str, document: &Value) -> Said {
        let path = format!("/api/v1/articles{query}");
        let body = document.to_string();
        self.writer()
            .send("POST", &path, &[("Content-Type", NINJS)], body.as_bytes())
    }

    /// Uploads a photograph; gives its name.
    fn upload(&self) -> String {
        let kind = [("Content-Type", "image/jpeg")];
        let picture = pictures::jpeg(1000, 600);
        let made = self
            .writer()
            .send("POST", "/api/v1/photographs", &kind, &picture)
            .expect(201);
        made.body["name"].as_str().unwrap().to_owned()
    }
}

/// An answer that is ninjs, and keeps its rules.
#[track_caller]
fn checked(said: Said) -> Value {
    let said = said.expect(200);
    assert_eq!(said.whole.header("content-type"), Some(NINJS));
    assert_eq!(
        ninjs_rules::faults(&said.body),
        Vec::<String>::new(),
        "{:#}",
        said.body
    );
    said.body
}

fn as_ninjs(writer: &Writer<'_>, path: &str) -> Value {
    checked(writer.send("GET", path, &[("Accept", NINJS)], b""))
}

/// The value of that role in a list.
fn of_role<'v>(list: &'v Value, role: &str) -> &'v str {
    let found = list.as_array().unwrap().iter();
    let mut values = found.filter(|said| said["role"] == role);
    values
        .next()
        .map_or("", |said| said["value"].as_str().unwrap())
}

fn story(image: &str) -> Value {
    json!({
        "section": "city",
        "kicker": "Bridges",
        "headline": "The bridge opens & closes",
        "deck": "After nine years",
        "dateline": "HARBOUR TOWN, Feb. 28",
        "published": "2025-02-28T09:00:00+08:00",
        "authors": ["Ada Wells", "Bo Lin"],
        "tags": ["bridges", "公园"],
        "language": "en-GB",
        "source": "Harbour Agency",
        "rights": "© 2025 The Courier",
        "note": "not for readers",
        "body": format!(
            "It opened at *noon*, see [the plan](https://example.org/plan?a=1&b=2).\n\n![A bridge]({image})\n\n## What comes\n\n- ships\n- trains\n\n> Nine years & a day\n\nIt costs 5 \\* 3 coins; `a & b`.\n"
        ),
        "captions": [
            {"text": "The bridge at dawn", "alt": "A bridge", "image": image, "credit": "Lin Mu",
             "source": "Xinhua", "copyright": "© Xinhua", "usage_terms": "No archive", "usage_ends": "2099-01-01T00:00:00Z"},
            {"text": "How it was drawn", "credit": "Ida Orr", "role": "illustrator"},
        ],
    })
}

#[test]
fn an_article_is_given_as_ninjs_with_its_pictures() {
    let desk = Desk::new();
    let image = desk.upload();
    let made = desk
        .writer()
        .post("/api/v1/articles", &story(&image))
        .expect(201);
    let ninjs = as_ninjs(&desk.anybody(), &made.path());
    assert_eq!(ninjs["uri"], made.body["id"]);
    assert_eq!(ninjs["standard"]["version"], "3.1");
    assert_eq!(ninjs["type"], "text");
    assert_eq!(ninjs["pubStatus"], "usable");
    assert_eq!(ninjs["version"], "1");
    assert_eq!(ninjs["firstCreated"], "2025-02-28T01:00:00Z");
    assert_eq!(ninjs["located"], "HARBOUR TOWN, Feb. 28");
    assert_eq!(ninjs["by"], "Ada Wells, Bo Lin");
    assert_eq!(ninjs["people"][0]["rel"], "author");
    assert_eq!(
        of_role(&ninjs["headlines"], "main"),
        "The bridge opens & closes"
    );
    assert_eq!(of_role(&ninjs["headlines"], "kicker"), "Bridges");
    assert_eq!(of_role(&ninjs["headlines"], "deck"), "After nine years");
    assert_eq!(
        of_role(&ninjs["altIds"], "slug"),
        "2025-02-28-the-bridge-opens-closes"
    );
    let page = of_role(&ninjs["altIds"], "url").replace(&desk.server.base(), "");
    assert_eq!(desk.server.get(&page).status, 200);
    for subject in ninjs["subjects"].as_array().unwrap() {
        let page = subject["uri"].as_str().unwrap();
        let page = page.replace(&desk.server.base(), "");
        assert_eq!(desk.server.get(&page).status, 200, "{subject}");
    }
    let body = &ninjs["bodies"][0];
    assert!(of_role(&ninjs["bodies"], "main").contains("<em>noon</em>"));
    assert_eq!(body["wordCount"], 22, "without the words of the caption");
    // What only the desk knows is not told to anybody.
    assert_eq!(ninjs.get("edNote"), None);
    let own = as_ninjs(&desk.writer(), &made.path());
    assert_eq!(own["edNote"], "not for readers");

    let pictures = ninjs["associations"].as_array().unwrap();
    assert_eq!(pictures.len(), 2);
    let [first, second] = pictures.as_slice() else {
        panic!("two pictures");
    };
    assert_eq!(first["type"], "picture");
    assert_eq!(first["by"], "Lin Mu / Xinhua");
    assert_eq!(
        first["people"][0],
        json!({"name": "Lin Mu", "rel": "photographer"})
    );
    assert_eq!(
        of_role(&first["descriptions"], "caption"),
        "The bridge at dawn"
    );
    assert_eq!(of_role(&first["descriptions"], "alt"), "A bridge");
    let renditions = first["renditions"].as_array().unwrap();
    let widths: Vec<_> = renditions.iter().map(|it| it["width"].clone()).collect();
    assert_eq!(widths[0], 1000, "the original first");
    assert!(widths.contains(&json!(400)), "{widths:?}");
    for rendition in renditions {
        let address = rendition["href"].as_str().unwrap();
        let file = desk.server.get(&address.replace(&desk.server.base(), ""));
        assert_eq!(
            file.header("content-type"),
            rendition["contentType"].as_str()
        );
        assert_eq!(file.body.len(), rendition["sizeInBytes"]);
    }
    // One that is only words is a picture without a file.
    assert_eq!(second.get("renditions"), None);
}

#[test]
fn the_rules_find_what_the_schema_forbids() {
    let desk = Desk::new();
    let made = desk
        .writer()
        .post("/api/v1/articles", &story(&desk.upload()))
        .expect(201);
    let good = as_ninjs(&desk.anybody(), &made.path());
    for (parent, key, value) in [
        ("", "uri", Value::Null),
        ("", "uri", json!("post 7")),
        ("", "foo", json!(1)),
        ("", "name", json!("of associated objects alone")),
        ("", "version", json!(1)),
        ("", "pubStatus", json!("draft")),
        ("", "firstCreated", json!("2025-02-28")),
        ("", "representationType", json!("complete")),
        ("/bodies/0", "value", Value::Null),
        ("/bodies/0", "contenttype", json!("text/html")),
        ("/associations/0", "name", Value::Null),
        ("/associations/0", "bar", json!("x")),
        (
            "/associations/0/renditions/0",
            "mimetype",
            json!("image/jpeg"),
        ),
        ("/associations/0/renditions/0", "name", Value::Null),
    ] {
        let mut bad = good.clone();
        let object = bad.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => object.remove(key),
            value => object.insert(key.to_owned(), value),
        };
        assert_ne!(
            ninjs_rules::faults(&bad),
            Vec::<String>::new(),
            "{parent}/{key}"
        );
    }
}

#[test]
fn what_is_liked_best_is_given_and_the_address_decides_before() {
    let desk = Desk::new();
    let made = desk
        .writer()
        .post("/api/v1/articles", &story(&desk.upload()))
        .expect(201);
    let path = made.path();
    let given = |path: &str, accept: Option<&str>| {
        let headers: Vec<(&str, &str)> = accept.iter().map(|it| ("Accept", *it)).collect();
        let said = desk.anybody().send("GET", path, &headers, b"").expect(200);
        let vary = said.whole.header("vary").unwrap_or_default();
        assert!(vary.contains("Accept"), "{vary}");
        said.whole.header("content-type").unwrap().to_owned()
    };
    let by_address = format!("{path}?format=ninjs");
    for (path, accept, kind) in [
        (&path, None, "application/json"),
        (&path, Some("*/*"), "application/json"),
        (
            &path,
            Some("application/json, application/vnd.iptc.ninjs+json"),
            "application/json",
        ),
        (
            &path,
            Some("application/json;q=0.5, application/vnd.iptc.ninjs+json;q=0.4"),
            "application/json",
        ),
        (
            &path,
            Some("application/vnd.iptc.ninjs+json, */*;q=0.1"),
            NINJS,
        ),
        (
            &path,
            Some("application/json;q=0.4, Application/Vnd.iptc.Ninjs+json;q=0.5"),
            NINJS,
        ),
        (&by_address, Some("application/json"), NINJS),
        (
            &format!("{path}?format=json"),
            Some(NINJS),
            "application/json",
        ),
    ] {
        assert_eq!(given(path, accept), kind, "{path} {accept:?}");
    }
    desk.anybody()
        .get(&format!("{path}?format=newsml"))
        .expect(400);

    // Each form has a tag of its own, so that no cache takes one for the other; both name the version.
    let accept = ("Accept", NINJS);
    let ninjs = desk
        .anybody()
        .send("GET", &path, &[accept], b"")
        .expect(200);
    assert_ne!(ninjs.etag(), made.etag());
    let again = ("If-None-Match", ninjs.etag());
    desk.anybody()
        .send("GET", &path, &[accept, again], b"")
        .expect(304);
    desk.anybody().send("GET", &path, &[again], b"").expect(200);
    let patch = json!({"deck": null});
    desk.writer()
        .change("PATCH", &path, ninjs.etag(), &patch)
        .expect(200);
    desk.writer()
        .change("PATCH", &path, ninjs.etag(), &patch)
        .expect(412);
}

#[test]
fn an_article_goes_to_another_paper_and_is_the_same_there() {
    let (ours, theirs) = (Desk::new(), Desk::new());
    let made = ours
        .writer()
        .post("/api/v1/articles", &story(&ours.upload()))
        .expect(201);
    let ninjs = as_ninjs(&ours.anybody(), &made.path());
    let taken = theirs.post_ninjs("", &ninjs).expect(201);
    for key in [
        "id", "section", "slug", "kicker", "headline", "deck", "dateline", "authors", "tags",
        "language", "source", "rights",
    ] {
        assert_eq!(taken.body[key], made.body[key], "{key}");
    }
    assert_eq!(
        taken.body["state"]["published"],
        made.body["state"]["published"]
    );
    assert_eq!(taken.body.get("updated"), None);
    for (place, caption) in made.body["captions"].as_array().unwrap().iter().enumerate() {
        for key in [
            "id",
            "text",
            "alt",
            "credit",
            "role",
            "source",
            "copyright",
            "usage_terms",
            "usage_ends",
        ] {
            assert_eq!(
                taken.body["captions"][place].get(key),
                caption.get(key),
                "{key}"
            );
        }
    }
    // Its picture lies at the other paper.
    assert_eq!(taken.body["captions"][0].get("image"), None);
    let left_out = taken.body["state"]["left_out"].to_string();
    assert!(left_out.contains("not fetched"), "{left_out}");
    // The text reads the same, without the figure.
    let text = |writer: &Writer<'_>, path: &str| {
        let ninjs = as_ninjs(writer, path);
        let html = of_role(&ninjs["bodies"], "main").to_owned();
        match html.split_once("<figure>") {
            Some((before, rest)) => {
                let (_, after) = rest.split_once("</figure>").unwrap();
                format!("{before}{after}")
            }
            None => html,
        }
    };
    let squeezed = |html: String| {
        html.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("> <", "><")
    };
    assert_eq!(
        squeezed(text(&theirs.anybody(), &taken.path())),
        squeezed(text(&ours.anybody(), &made.path()))
    );
    // A second time it is there already.
    let again = theirs.post_ninjs("", &ninjs).expect(200);
    assert_eq!(again.etag, taken.etag);

    // What came back to where it is from keeps its photograph, in its place.
    let position = ours.paper.last();
    let back = ours
        .writer()
        .send(
            "PUT",
            &made.path(),
            &[("Content-Type", NINJS), ("If-Match", made.etag())],
            as_ninjs(&ours.writer(), &made.path())
                .to_string()
                .as_bytes(),
        )
        .expect(200);
    assert_eq!(back.body["captions"], made.body["captions"]);
    assert_eq!(back.body["note"], made.body["note"]);
    assert_eq!(back.body["body"], made.body["body"]);
    assert_eq!(back.etag(), made.etag());
    assert_eq!(ours.paper.last(), position);
}

#[test]
fn a_document_of_the_first_generation_is_taken() {
    let desk = Desk::new();
    let taken = desk
        .post_ninjs(
            "?section=city",
            &json!({
                "uri": "http://wire.example.org/text/2025-02-28/1234",
                "type": "text",
                "version": "3",
                "firstcreated": "2025-02-28T08:00:00+01:00",
                "versioncreated": "2025-02-28T09:30:00+01:00",
                "pubstatus": "usable",
                "urgency": 3,
                "language": "en",
                "byline": "By Ada Wells",
                "headline": "Storm closes the port",
                "slugline": "STORM-PORT",
                "located": "Harbour Town",
                "ednote": "Adds quote",
                "copyrightnotice": "© Wire",
                "usageterms": "No resale",
                "subject": [
                    {"name": "weather", "rel": "about", "scheme": "http://cv.example.org/", "code": "17000000"},
                    {"name": "harbours"},
                ],
                "infosource": [{"name": "Wire Agency"}],
                "body_xhtml": "<p>Waves of <b>nine</b> metres.</p><p>The port is shut &amp; dark.</p>",
                "body_text": "Waves of nine metres.",
                "associations": {
                    "featureimage": {
                        "uri": "http://wire.example.org/picture/77",
                        "type": "picture",
                        "byline": "Lin Mu",
                        "copyrightholder": "Wire Pictures",
                        "description_text": "Waves at the mole",
                        "renditions": {"thumbnail": {"href": "http://wire.example.org/77.jpg", "mimetype": "image/jpeg", "width": 100, "height": 70}},
                    },
                    "clip": {"uri": "http://wire.example.org/video/1", "type": "video"},
                    "none": null,
                },
                "x_provider": {"desk": 4},
            }),
        )
        .expect(201);
    let body = &taken.body;
    assert_eq!(body["guid"], "http://wire.example.org/text/2025-02-28/1234");
    assert_eq!(body["slug"], "storm-port");
    assert_eq!(body["section"], "city");
    assert_eq!(body["headline"], "Storm closes the port");
    assert_eq!(body["authors"], json!(["Ada Wells"]));
    assert_eq!(body["tags"], json!(["weather", "harbours"]));
    assert_eq!(body["dateline"], "Harbour Town");
    assert_eq!(body["source"], "Wire Agency");
    assert_eq!(body["rights"], "© Wire");
    assert_eq!(body["note"], "Adds quote");
    assert_eq!(body["published"], "2025-02-28T08:00:00+01:00");
    assert_eq!(body["updated"], "2025-02-28T09:30:00+01:00");
    assert_eq!(
        body["body"],
        "Waves of **nine** metres.\n\nThe port is shut & dark.\n"
    );
    let caption = &body["captions"][0];
    assert_eq!(caption["text"], "Waves at the mole");
    assert_eq!(caption["credit"], "Lin Mu");
    assert_eq!(caption["source"], "Wire Pictures");
    assert_eq!(body["captions"].as_array().unwrap().len(), 1);
    let left_out = body["state"]["left_out"].to_string();
    for told in [
        "clip",
        "usageterms: No resale",
        "urgency: 3",
        "x_provider: 4",
    ] {
        assert!(left_out.contains(told), "{told}: {left_out}");
    }

    // Its own name comes back with it.
    let ninjs = as_ninjs(&desk.anybody(), &taken.path());
    assert_eq!(ninjs["uri"], body["guid"]);
    assert_eq!(of_role(&ninjs["altIds"], "id"), taken.id());
    assert_eq!(ninjs["versionCreated"], "2025-02-28T08:30:00Z");
}

#[test]
fn a_document_of_the_second_generation_is_taken() {
    let desk = Desk::new();
    let image = desk.upload();
    let taken = desk
        .post_ninjs(
            "",
            &json!({
                "uri": "tag:wire.example.org,2025:9",
                "type": "text",
                "standard": {"name": "ninjs", "version": "2.1"},
                "contentcreated": "2025-02-27T08:00:00Z",
                "versioncreated": "2025-02-28T08:00:00Z",
                "embargoed": "2025-02-28T10:00:00Z",
                "by": "ignored where people are named",
                "people": [
                    {"name": "Ada Wells", "rel": "author"},
                    {"name": "A Minister", "rel": "about"},
                ],
                "headlines": [
                    {"role": "overline", "value": "Storm"},
                    {"value": "Port <em>shut</em>", "contenttype": "text/html"},
                    {"role": "subheadline", "value": "Until Monday"},
                ],
                "bodies": [
                    {"role": "teaser", "contenttype": "text/plain", "value": "Teaser"},
                    {"role": "main", "contenttype": "text/plain", "value": "One *line*.\n\nTwo & <three>."},
                ],
                "subjects": [{"name": "Harbour", "rel": "category"}, {"name": "weather"}],
                "infosources": [{"name": "Wire"}],
                "rightsinfo": {"linkedrights": "https://wire.example.org/rights"},
                "associations": [
                    {"name": image, "uri": "tag:wire.example.org,2025:10", "type": "picture",
                     "descriptions": [{"role": "caption", "contenttype": "text/html", "value": "<p>Waves <b>high</b></p>"},
                                      {"role": "alttext", "value": "A wave"},
                                      {"role": "correction", "value": "It was another storm."}],
                     "people": [{"name": "Ida Orr", "rel": "illustrator"}],
                     "usageterms": "Once", "copyrightnotice": "© Wire Pictures", "expires": "2098-01-01T00:00:00Z",
                     "rightsinfo": {"encodedrights": "{\"permission\":[{\"constraint\":[{\"leftOperand\":\"dateTime\",\
                         \"operator\":\"lt\",\"rightOperand\":{\"@value\":\"2099-01-01T00:00:00Z\"}}]}]}"}},
                    {"name": "old", "uri": "tag:wire.example.org,2025:11", "type": "picture", "pubstatus": "canceled"},
                ],
            }),
        )
        .expect(201);
    let body = &taken.body;
    assert_eq!(body["guid"], "tag:wire.example.org,2025:9");
    assert_eq!(body["section"], "harbour");
    assert_eq!(body["tags"], json!(["weather"]));
    assert_eq!(body["kicker"], "Storm");
    assert_eq!(body["headline"], "Port shut");
    assert_eq!(body["deck"], "Until Monday");
    assert_eq!(body["authors"], json!(["Ada Wells"]));
    assert_eq!(body["rights"], "https://wire.example.org/rights");
    assert_eq!(body["embargo_until"], "2025-02-28T10:00:00Z");
    // Signs that Markdown would read otherwise are escaped, so that readers see what was sent.
    let ninjs = as_ninjs(&desk.anybody(), &taken.path());
    let html = of_role(&ninjs["bodies"], "main");
    assert!(html.contains("One *line*."), "{html}");
    assert!(html.contains("Two &amp; &lt;three&gt;."), "{html}");
    let captions = body["captions"].as_array().unwrap();
    assert_eq!(captions.len(), 1);
    assert_eq!(captions[0]["text"], "Waves high");
    assert_eq!(captions[0]["alt"], "A wave");
    assert_eq!(captions[0]["role"], "illustrator");
    assert_eq!(captions[0]["public_note"], "It was another storm.");
    let given = &ninjs["associations"][0]["descriptions"];
    assert_eq!(of_role(given, "correction"), "It was another storm.");
    assert_eq!(captions[0]["image"], image.as_str());
    assert_eq!(captions[0]["usage_ends"], "2099-01-01T00:00:00Z");
    assert_eq!(captions[0]["usage_terms"], "Once");
    assert_eq!(captions[0]["copyright"], "© Wire Pictures");
    let left_out = body["state"]["left_out"].to_string();
    for told in [
        "A Minister",
        "ignored where people are named",
        "Teaser",
        "expires: 2098-01-01",
    ] {
        assert!(left_out.contains(told), "{told}: {left_out}");
    }
}

#[test]
fn a_note_keeps_its_kind_on_its_way_through_ninjs() {
    let desk = Desk::new();
    for (place, kind) in ["correction", "clarification", "update", "editors-note"]
        .into_iter()
        .enumerate()
    {
        let document = json!({
            "uri": format!("https://wire.example.org/noted/{place}"),
            "type": "text",
            "versioncreated": "2025-02-28T08:00:00Z",
            "headlines": [{"value": "Port shut"}],
            "subjects": [{"name": "City", "rel": "section", "literal": "city"}],
            "bodies": [{"value": "<p>Until Monday.</p>", "contentType": "text/html"}],
            "descriptions": [{"role": kind, "value": "It is Monday."}],
        });
        let taken = desk.post_ninjs("", &document).expect(201);
        assert_eq!(taken.body["public_note"], "It is Monday.");
        let stored = taken.body.get("public_note_kind");
        match kind {
            "correction" => assert_eq!(stored, None),
            kind => assert_eq!(stored, Some(&json!(kind))),
        }
        let given = as_ninjs(&desk.anybody(), &taken.path());
        assert_eq!(given["edNote"], "It is Monday.");
        assert_eq!(of_role(&given["descriptions"], kind), "It is Monday.");
    }
}

#[test]
fn a_document_of_the_third_generation_is_taken_and_complaints_name_its_own_fields() {
    let desk = Desk::new();
    let document = json!({
        "uri": "https://wire.example.org/9",
        "type": "text",
        "versionCreated": "2025-02-28T08:00:00Z",
        "pubStatus": "usable",
        "headlines": [{"value": "Port shut"}],
        "subjects": [{"name": "City", "rel": "section", "literal": "city"}],
        "bodies": [{"value": "<p>Until <a href=\"https://example.org/\">Monday</a>.</p>", "contentType": "text/html"}],
        "descriptions": [{"role": "correction", "value": "The day was wrong."}],
        "edNote": "The day was wrong.",
    });
    let taken = desk.post_ninjs("", &document).expect(201);
    assert_eq!(
        taken.body["body"],
        "Until [Monday](https://example.org/).\n"
    );
    assert_eq!(taken.body["public_note"], "The day was wrong.");
    assert_eq!(taken.body.get("note"), None);
    let given = as_ninjs(&desk.anybody(), &taken.path());
    assert_eq!(given["edNote"], "The day was wrong.");

    for (key, value, pointer, words) in [
        ("pubStatus", json!("canceled"), "/pubStatus", "/retract"),
        ("pubStatus", json!("withheld"), "/pubStatus", "/withhold"),
        ("type", json!("video"), "/type", "text"),
        (
            "versionCreated",
            json!("2025-02-28"),
            "/versionCreated",
            "zone",
        ),
        ("language", json!("english!"), "/language", "BCP 47"),
        (
            "headlines",
            json!([{"value": 7}]),
            "/headlines/0/value",
            "text",
        ),
        ("headlines", json!("Port shut"), "/headlines", "list"),
        ("bodies", json!([{"value": []}]), "/bodies/0/value", "text"),
        ("uri", json!(null), "/uri", "uri"),
        ("subjects", json!([{"name": "elsewhere"}]), "", "section"),
        ("associations", json!([4]), "/associations/0", "object"),
    ] {
        let mut document = document.clone();
        // One that is there keeps its section.
        document["uri"] = json!("https://wire.example.org/other");
        document[key] = value.clone();
        let refused = desk.post_ninjs("", &document).expect(422);
        let errors = refused.body["errors"].as_array().unwrap().clone();
        let named = errors
            .iter()
            .any(|error| error["pointer"] == pointer && error.to_string().contains(words));
        assert!(named, "{key} {value}: {errors:#?}");
    }
    // All at once.
    let mut document = document.clone();
    document["pubStatus"] = json!("canceled");
    document["language"] = json!("english!");
    let refused = desk.post_ninjs("", &document).expect(422);
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 2);
    desk.anybody()
        .send(
            "POST",
            "/api/v1/articles",
            &[("Content-Type", NINJS)],
            b"{}",
        )
        .expect(401);
    desk.writer()
        .send(
            "POST",
            "/api/v1/articles",
            &[("Content-Type", NINJS)],
            b"[]",
        )
        .expect(422);
    desk.writer()
        .send("POST", "/api/v1/articles", &[("Content-Type", NINJS)], b"{")
        .expect(400);
    desk.writer()
        .send(
            "POST",
            "/api/v1/articles",
            &[("Content-Type", "text/xml")],
            b"<a/>",
        )
        .expect(415);
}

#[test]
fn a_list_is_a_composite_that_leads_on() {
    let desk = Desk::new();
    for number in 1..=3 {
        let story = json!({
            "section": "city",
            "headline": format!("Story {number}"),
            "published": format!("2025-02-0{number}T09:00:00Z"),
        });
        desk.writer().post("/api/v1/articles", &story).expect(201);
    }
    let mut seen = Vec::new();
    let mut next = Some("/api/v1/articles?section=city&limit=2&format=ninjs".to_owned());
    while let Some(path) = next {
        let said = desk.anybody().get(&path);
        next = said.whole.header("link").map(|link| {
            let address = link.split(['<', '>']).nth(1).unwrap();
            assert!(link.ends_with("rel=\"next\""), "{link}");
            address.replace(&desk.server.base(), "")
        });
        let list = checked(said);
        assert_eq!(list["type"], "composite");
        for item in list["associations"].as_array().unwrap() {
            seen.push(item["name"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(seen, ["Story 3", "Story 2", "Story 1"]);
}

#[test]
fn the_public_sees_nothing_of_what_is_not_public_and_writers_are_told_how_it_stands() {
    let desk = Desk::new();
    let writer = desk.writer();
    let mut draft = story(&desk.upload());
    draft["draft"] = json!(true);
    let made = writer.post("/api/v1/articles", &draft).expect(201);
    let path = made.path();
    let accept = [("Accept", NINJS)];
    desk.anybody().send("GET", &path, &accept, b"").expect(404);
    let ninjs = as_ninjs(&writer, &path);
    assert_eq!(ninjs["pubStatus"], "withheld");
    draft["draft"] = json!(false);
    draft["embargo_until"] = json!("2098-01-01T00:00:00Z");
    let made = writer.change("PUT", &path, made.etag(), &draft).expect(200);
    desk.anybody().send("GET", &path, &accept, b"").expect(404);
    let ninjs = as_ninjs(&writer, &path);
    assert_eq!(ninjs["pubStatus"], "usable");
    assert_eq!(ninjs["embargoedUntil"], "2098-01-01T00:00:00Z");
    let pending = as_ninjs(&writer, "/api/v1/articles?status=pending");
    assert_eq!(pending["associations"][0]["uri"], made.body["id"]);

    draft["embargo_until"] = json!(null);
    let public = writer.change("PUT", &path, made.etag(), &draft).expect(200);
    let withheld = writer
        .change(
            "POST",
            &format!("{path}/withhold"),
            public.etag(),
            &json!({}),
        )
        .expect(200);
    desk.anybody().send("GET", &path, &accept, b"").expect(404);
    let ninjs = as_ninjs(&writer, &path);
    assert_eq!(ninjs["pubStatus"], "withheld");
    assert_eq!(ninjs.get("headlines"), None);
    let released = writer
        .change(
            "POST",
            &format!("{path}/release"),
            withheld.etag(),
            &json!({}),
        )
        .expect(200);
    let note = json!({"public_note": "It was made up."});
    writer
        .change("POST", &format!("{path}/retract"), released.etag(), &note)
        .expect(200);
    desk.anybody().send("GET", &path, &accept, b"").expect(410);
    let ninjs = as_ninjs(&writer, &path);
    assert_eq!(ninjs["pubStatus"], "canceled");
    assert_eq!(ninjs["edNote"], "It was made up.");
    for key in ["headlines", "bodies", "associations", "by", "subjects"] {
        assert_eq!(ninjs.get(key), None, "{key}");
    }
    writer
        .json("POST", &format!("{path}/kill"), &[], &json!({}))
        .expect(200);
    desk.anybody().send("GET", &path, &accept, b"").expect(410);
    assert_eq!(as_ninjs(&writer, &path)["pubStatus"], "canceled");
}

#[test]
fn a_guid_that_is_no_uri_stands_among_the_other_ids() {
    let desk = Desk::new();
    for (guid, is_uri) in [
        ("https://example.org/?p=7", true),
        ("?p=7", false),
        ("https://例え.example.org/1", false),
        ("post 7", false),
        ("tag:example.org,2020:a#b#c", false),
    ] {
        let mut story = story(&desk.upload());
        story["guid"] = json!(guid);
        let made = desk.writer().post("/api/v1/articles", &story).expect(201);
        let ninjs = as_ninjs(&desk.anybody(), &made.path());
        let (uri, role, other) = match is_uri {
            true => (json!(guid), "id", made.id()),
            false => (made.body["id"].clone(), "guid", guid.to_owned()),
        };
        assert_eq!(ninjs["uri"], uri);
        assert_eq!(of_role(&ninjs["altIds"], role), other);
    }
}

#[test]
fn articles_of_every_kind_keep_the_rules() {
    let paper = Paper::new();
    for (name, keys, body) in [
        ("a-headline-alone", "", ""),
        (
            "a-correction",
            "public_note = \"It was Monday.\"\n",
            "It was Monday.\n",
        ),
        ("a-guid-of-before", "guid = \"old 7\"\n", "Text.\n"),
        (
            "ein-bild-ohne-datei",
            "language = \"de\"\n[[captions]]\ntext = \"Die Brücke\"\n",
            "Ein *Satz*.\n",
        ),
        (
            "公园",
            "authors = [\"孙杰\", \"李 明\"]\ntags = [\"公园\"]\n",
            "公园今天开放。\n\n## 交通\n\n坐电车。\n",
        ),
        (
            "a-table",
            "",
            "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode & <tag>\n```\n\n<p dir=\"rtl\">raw</p>\n",
        ),
    ] {
        let at = format!("city/{}/article.md", name.replace("公园", "gongyuan"));
        let head = format!("headline = \"{name}\"\npublished = 2026-01-02T03:04:05Z\n{keys}");
        paper.write(&at, format!("+++\n{head}+++\n{body}"));
    }
    let server = paper.start();
    let list = as_ninjs(&Writer::anybody(&server), "/api/v1/articles?limit=100");
    let articles = list["associations"].as_array().unwrap();
    assert_eq!(articles.len(), 6);
    for article in articles {
        let id = match article["uri"].as_str().unwrap() {
            own if own.starts_with("urn:uuid:") => own,
            _ => of_role(&article["altIds"], "id"),
        };
        let alone = as_ninjs(&Writer::anybody(&server), &format!("/api/v1/articles/{id}"));
        assert_eq!(alone.get("bodies"), article.get("bodies"));
        let name = of_role(&article["headlines"], "main");
        let has_body = article.get("bodies").is_some();
        assert_eq!(has_body, name != "a-headline-alone", "{name}");
    }
}

#[test]
fn scripts_in_a_text_reach_no_reader() {
    let desk = Desk::new();
    let hostile = "<p onclick=\"run()\">Before<script>alert(1)</script> <a href=\"javascript:run()\">link</a>\
        <img src=x onerror=run()><svg onload=run()></svg><iframe src=\"https://example.org/frame\"></iframe>\
        <object data=\"x\"></object><style>p{}</style> &lt;script&gt;alert(2)&lt;/script&gt; [a](javascript:run())</p>";
    let document = json!({
        "uri": "https://wire.example.org/10",
        "versionCreated": "2025-02-28T08:00:00Z",
        "headlines": [{"value": "<script>alert(3)</script>Storm", "contentType": "text/html"}],
        "bodies": [{"value": hostile, "contentType": "text/html"}],
        "associations": [{"name": "a", "uri": "urn:x:a", "type": "picture",
            "descriptions": [{"value": "<b onclick=run()>A</b>", "contentType": "text/html"}]}],
    });
    let taken = desk.post_ninjs("?section=city", &document).expect(201);
    assert_eq!(taken.body["headline"], "Storm");
    assert_eq!(taken.body["captions"][0]["text"], "A");
    let ninjs = as_ninjs(&desk.anybody(), &taken.path());
    let html = of_role(&ninjs["bodies"], "main");
    for bad in [
        "<script",
        "onclick=",
        "href=\"javascript",
        "onerror",
        "<svg",
        "<iframe",
        "<object",
        "<style",
    ] {
        assert!(!html.contains(bad), "{bad} in {html}");
    }
    assert!(html.contains("Before"), "{html}");
    assert!(
        html.contains("&lt;script&gt;"),
        "what is only written about stays: {html}"
    );

    // Markup that was made to take long is refused at once.
    let mut deep = document.clone();
    deep["bodies"][0]["value"] = json!("<b>".repeat(100_000));
    desk.post_ninjs("?section=city", &deep).expect(422);
    // What stays open is made anew in each paragraph; an end of another name closes nothing.
    let open: String = (0..1000).map(|id| format!("<b id={id}></i>")).collect();
    let open = format!("<p>{open}{}", "<p>x".repeat(100_000));
    deep["bodies"][0]["value"] = json!(open);
    desk.post_ninjs("?section=city", &deep).expect(422);
    // The same in Markdown.
    let mut plain = story(&desk.upload());
    plain["body"] = json!(open);
    desk.writer().post("/api/v1/articles", &plain).expect(422);
    deep["bodies"][0]["value"] = json!(format!("{}x{}", "<div>".repeat(300), "</div>".repeat(300)));
    desk.post_ninjs("?section=city", &deep).expect(422);
}

#[test]
fn no_value_of_any_kind_in_any_field_is_a_fault() {
    let desk = Desk::new();
    let keys = [
        "uri",
        "type",
        "pubStatus",
        "firstCreated",
        "versionCreated",
        "contentCreated",
        "embargoedUntil",
        "embargoed",
        "language",
        "located",
        "edNote",
        "copyrightNotice",
        "usageTerms",
        "copyrightHolder",
        "slugline",
        "title",
        "by",
        "byline",
        "headline",
        "headlines",
        "people",
        "person",
        "subjects",
        "subject",
        "keywords",
        "infoSources",
        "infosource",
        "rightsInfo",
        "descriptions",
        "bodies",
        "body_xhtml",
        "body_html",
        "body_text",
        "altIds",
        "associations",
        "renditions",
        "standard",
        "expires",
    ];
    let item = json!({
        "name": 1, "value": {}, "role": [], "rel": 2, "uri": false, "type": "picture", "contentType": 3,
        "renditions": [{"href": 7}], "descriptions": "x", "people": {"a": {"name": []}}, "expires": 1,
    });
    let values = [
        json!(true),
        json!(-1.5e300),
        json!(""),
        json!(" "),
        json!("\u{0}\u{fffe}"),
        json!("2025-13-45T99:99:99Z"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([1, "a", null]),
        json!({"a": {"b": {}}}),
        json!([item.clone()]),
        json!({ "a": item }),
        json!([{"value": "<"}]),
        json!([{"value": "&#0;", "contentType": "text/html"}]),
    ];
    for key in keys {
        for value in &values {
            let mut document = json!({
                "uri": format!("https://wire.example.org/{key}"),
                "versionCreated": "2025-02-28T08:00:00Z",
                "headlines": [{"value": "Storm"}],
            });
            document[key] = value.clone();
            let said = desk.post_ninjs("?section=city", &document);
            let is_known = [200, 201, 409, 422].contains(&said.status);
            assert!(is_known, "{key} {value}: {}", said.whole.text());
            if said.status == 201 {
                as_ninjs(&desk.anybody(), &said.path());
            }
        }
    }
}

/// What a document of these keys becomes, and what it is told to have left out.
#[track_caller]
fn read(desk: &Desk, number: u32, keys: Value) -> (Value, String) {
    let mut document = json!({
        "uri": format!("http://wire.example.org/kinds/{number}"),
        "type": "text",
        "versioncreated": "2026-11-20T10:00:00Z",
    });
    let object = document.as_object_mut().unwrap();
    object.extend(keys.as_object().unwrap().clone());
    let taken = desk.post_ninjs("?section=city", &document).expect(201);
    let left_out = taken.body["state"]["left_out"].to_string();
    (taken.body, left_out)
}

#[test]
fn a_text_in_descriptions_is_the_text_where_there_is_no_other_and_else_the_deck() {
    let desk = Desk::new();
    let (body, _) = read(
        &desk,
        1,
        json!({"headlines": [{"role": "main", "value": "Firm buys plot"}],
               "descriptions": [{"role": "text", "value": "The firm has bought a plot."}]}),
    );
    assert_eq!(body["body"], "The firm has bought a plot.\n");
    let (body, _) = read(
        &desk,
        2,
        json!({"headline": "Firm sells plot", "description_text": "The firm has sold a plot.",
               "body_text": "It went to a neighbour."}),
    );
    assert_eq!(body["deck"], "The firm has sold a plot.");
    assert_eq!(body["body"], "It went to a neighbour.\n");
    // Said twice it is said once, and what has no place is told.
    let (body, left_out) = read(
        &desk,
        3,
        json!({"headline": "Firm builds", "description_text": "It builds.", "body_text": "It builds.\n\nSoon.",
               "descriptions": [{"role": "social", "value": "Wow, a plot!"}, {"role": "seo", "value": "Plot, firm"}]}),
    );
    assert_eq!(body["body"], "It builds.\n\nSoon.\n");
    assert_eq!(body["deck"], "Wow, a plot!");
    assert!(left_out.contains("Plot, firm"), "{left_out}");
}

#[test]
fn bodies_by_role_are_all_in_the_text_and_of_two_formats_the_richer_is_taken() {
    let desk = Desk::new();
    let (body, left_out) = read(
        &desk,
        1,
        json!({"headlines": [{"value": "Ship docks"}],
        "bodies": [
            {"role": "text", "contenttype": "text/plain", "value": "Ship docks\n\nIt docked at six."},
            {"role": "html5", "contenttype": "text/html", "value": "<html><head><title>Ship docks</title></head><body><h1>Ship docks</h1><p>It docked at <b>six</b>.</p></body></html>"},
            {"role": "factbox", "contenttype": "text/html", "value": "<h3>The ship</h3><p>Built in 1931.</p>"},
            {"role": "lead", "value": "After nine days at sea:"},
            {"role": "ttnitf", "contenttype": "application/xml", "value": "<x/>"},
        ]}),
    );
    assert_eq!(
        body["body"],
        "After nine days at sea:\n\nIt docked at **six**.\n\n### The ship\n\nBuilt in 1931.\n"
    );
    assert!(left_out.contains("application/xml"), "{left_out}");
    let (body, _) = read(
        &desk,
        2,
        json!({"headline_main": "Ship leaves", "byline": "Ann Lind", "body_main": "It left.", "body_richtext": "<p>It <i>left</i>.</p>"}),
    );
    assert_eq!(body["headline"], "Ship leaves");
    assert_eq!(body["body"], "It *left*.\n");
}

#[test]
fn headlines_by_role_find_their_place_and_a_slugline_is_none() {
    let desk = Desk::new();
    let (body, left_out) = read(
        &desk,
        1,
        json!({"headline_seo": "Ship, dock, six", "headline_simple": "Ship docks", "slugline": "ship-dock",
               "body_text": "x"}),
    );
    assert_eq!(body["headline"], "Ship docks");
    assert_eq!(body["slug"], "ship-dock");
    assert!(left_out.contains("Ship, dock, six"), "{left_out}");
    let refused = desk
        .post_ninjs(
            "?section=city",
            &json!({"uri": "http://wire.example.org/slug", "type": "text", "slugline": "SECRET-CODE",
                    "versioncreated": "2026-11-20T10:00:00Z", "body_text": "x"}),
        )
        .expect(422);
    assert!(
        refused.body.to_string().contains("headline"),
        "{}",
        refused.body
    );
}

#[test]
fn a_byline_is_people_and_what_has_no_place_is_told_with_its_words() {
    let desk = Desk::new();
    let (body, left_out) = read(
        &desk,
        1,
        json!({"headline": "Two", "by": "Von Anna Lind und Bo Ek, dpa", "body_text": "x", "urgency": 4,
               "places": [{"name": "Telemark"}, {"name": "Skien"}], "people": [{"name": "A Minister"}],
               "genres": [{"name": "Feature"}], "expires": "2027-01-01T00:00:00Z", "copyrightholder": "dpa",
               "usageterms": "Not in Norway", "organisations": [{"name": "Harbour Board"}]}),
    );
    assert_eq!(body["authors"], json!(["Anna Lind", "Bo Ek"]));
    assert_eq!(body["source"], "dpa");
    for told in [
        "Telemark, Skien",
        "A Minister",
        "Feature",
        "expires: 2027-01-01",
        "urgency: 4",
        "Not in Norway",
        "Harbour Board",
    ] {
        assert!(left_out.contains(told), "{told}: {left_out}");
    }
}

#[test]
fn a_pictures_credit_line_its_notice_and_its_terms_go_where_iptc_means_them() {
    let desk = Desk::new();
    let (body, left_out) = read(
        &desk,
        1,
        json!({"headline": "Pictured", "body_text": "x", "associations": [
            {"name": "a", "uri": "http://wire.example.org/a", "type": "picture", "by": "Karl Mel/TT",
             "headlines": [{"value": "A quay"}],
             "descriptions": [{"role": "creditline", "value": "WIRE"}, {"value": "The quay at six."}],
             "copyrightnotice": "© TT", "usageterms": "Once", "expires": "2027-01-01T00:00:00Z"},
            {"name": "b", "uri": "http://wire.example.org/b", "type": "picture",
             "descriptions": [{"role": "creditline", "value": "WIRE"}, {"role": "caption", "value": "The mole."}]},
        ]}),
    );
    let first = &body["captions"][0];
    assert_eq!(first["text"], "The quay at six.");
    assert_eq!(first["credit"], "Karl Mel");
    assert_eq!(first["source"], "WIRE");
    assert_eq!(first["copyright"], "© TT");
    assert_eq!(first["usage_terms"], "Once");
    assert_eq!(first["usage_ends"], Value::Null);
    assert_eq!(body["captions"][1]["source"], "WIRE");
    for told in ["expires: 2027-01-01", "A quay"] {
        assert!(left_out.contains(told), "{told}: {left_out}");
    }
}
