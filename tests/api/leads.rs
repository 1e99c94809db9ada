//! The stories at the head of the front page, put there by a program.

use serde_json::json;

use crate::support::writer::{Desk, Writer, token};
use crate::support::{courant, said, text};

const PATH: &str = "/api/v1/leads";

/// The slugs of the stories on the front page, as they follow one another.
fn front(desk: &Desk) -> Vec<String> {
    let page = desk.server.get("/").text();
    let links = page.split("class=\"u-url\" href=\"/articles/").skip(1);
    links
        .map(|link| link.split('"').next().unwrap().to_owned())
        .collect()
}

fn with_stories() -> Desk {
    let desk = Desk::new();
    for (place, slug) in ["a", "b", "c"].into_iter().enumerate() {
        let published = format!("2025-02-0{}T09:00:00Z", place + 1);
        let story = json!({"section": "city", "slug": slug, "headline": slug, "body": "A text.\n",
            "published": published});
        desk.writer().post("/api/v1/articles", &story).expect(201);
    }
    desk
}

#[test]
fn a_program_orders_the_stories_at_the_head_of_the_front_page() {
    let desk = with_stories();
    let writer = desk.writer();
    assert_eq!(front(&desk), ["c", "b", "a"]);
    let empty = writer.get(PATH).expect(200);
    assert_eq!(empty.body["leads"], json!([]));
    let fed = desk.server.snapshot("/feed.atom");
    let leads = json!({"leads": ["city/b", "nowhere", "a"]});
    writer.json("PUT", PATH, &[], &leads).expect(428);
    let set = writer.change("PUT", PATH, empty.etag(), &leads).expect(200);
    assert_eq!(set.body["leads"], leads["leads"]);
    assert_eq!(set.body["state"]["by"], "api");
    assert_eq!(set.body["state"]["unknown"], json!(["nowhere"]));
    assert_eq!(front(&desk), ["b", "a", "c"]);
    // The feeds are what they were.
    let again = desk.server.snapshot("/feed.atom");
    assert_eq!(
        (again.etag, again.last_modified),
        (fed.etag, fed.last_modified)
    );
    writer.change("PUT", PATH, empty.etag(), &leads).expect(412);
    // What came back is taken as it is, and says nothing new.
    let seq = desk.paper.last();
    writer
        .change("PUT", PATH, set.etag(), &set.body)
        .expect(200);
    assert_eq!(desk.paper.last(), seq);
    for (wrong, pointer) in [
        (json!({"leads": ["A story"]}), "/leads"),
        (json!({"leads": 7}), "/leads"),
        (json!({"lead": ["a"]}), "/lead"),
    ] {
        let refused = writer.change("PUT", PATH, "*", &wrong).expect(422);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{wrong}");
    }
    // It may name what is not public yet.
    Writer::anybody(&desk.server).get(PATH).expect(401);
    let city = token(&desk.paper, "city", "section:city");
    let of_section = Writer::new(&desk.server, &city);
    of_section.get(PATH).expect(403);
    of_section.change("PUT", PATH, "*", &leads).expect(403);
    let exported = desk.paper.path("exported");
    let to = text(&exported);
    let output = courant(&["export", to, "--data", text(&desk.paper.data())]);
    assert!(output.status.success(), "{}", said(&output));
    let settings = std::fs::read_to_string(exported.join("publication.toml")).unwrap();
    assert!(
        settings.contains("leads = [\"city/b\", \"nowhere\", \"a\"]"),
        "{settings}"
    );
}

#[test]
fn a_list_of_the_file_is_changed_there_and_that_of_a_program_stays_beside_it() {
    let desk = with_stories();
    let writer = desk.writer();
    let leads = json!({"leads": ["b"]});
    writer.change("PUT", PATH, "*", &leads).expect(200);
    let known = desk.paper.read("publication.toml");
    let (head, sections) = known.split_once("[[sections]]").unwrap();
    let with = |more: &str| {
        let text = format!("{head}{more}\n[[sections]]{sections}");
        desk.paper.write("publication.toml", text);
    };
    with("leads = [\"a\"]");
    desk.server.until("/", |_| front(&desk) == ["a", "c", "b"]);
    let said = writer.get(PATH).expect(200);
    assert_eq!(said.body["leads"], json!(["a"]));
    assert_eq!(said.body["state"]["by"], "file");
    let refused = writer.change("PUT", PATH, said.etag(), &leads).expect(409);
    assert!(refused.whole.has("publication.toml"));
    // The file says nothing of it any more, and another thing beside.
    with("description = \"News\"");
    desk.server.until("/", |_| front(&desk) == ["b", "c", "a"]);
    writer
        .change("PUT", PATH, "*", &json!({"leads": []}))
        .expect(200);
    assert_eq!(front(&desk), ["c", "b", "a"]);
}
