//! What a start tells: the folders and addresses that are used, and settings that name one address twice.

use crate::support::*;

#[test]
fn the_folders_and_addresses_of_a_run_are_told() {
    let paper = Paper::new();
    let server = paper.start();
    let told = server.running.out.lock().unwrap().join("\n");
    let (items, data) = (paper.items(), paper.data());
    for line in [
        format!("  items        {}", text(&items)),
        format!("  data         {}", text(&data)),
        format!("  page         {}/", server.base()),
        format!("  feed         {}/feed.rss", server.base()),
        format!("  write API    {}/api/v1", server.base()),
        format!("  operations   http://{}/", server.operations),
    ] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
}

#[test]
fn an_address_that_two_settings_name_is_refused_with_both() {
    let paper = Paper::new();
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = probe.local_addr().unwrap();
    drop(probe);
    let (code, told) = paper
        .configuring(&format!("api = \"{address}\"\n"))
        .at(address)
        .fail();
    assert_eq!(code, Some(1));
    let expected = format!("--listen and api in the configuration both name {address}");
    assert!(told.contains(&expected), "{told}");
    assert!(
        told.contains("another port, such as --api 127.0.0.1:"),
        "{told}"
    );
    // Nothing was begun.
    assert!(!paper.data().exists());
    // One that another program has is told with its setting.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (code, told) = paper.starting().at(address).fail();
    assert_eq!(code, Some(1));
    assert!(
        told.contains(&format!("{address} cannot be listened on")),
        "{told}"
    );
    assert!(told.contains("--listen HOST:PORT"), "{told}");
}

#[test]
fn a_folder_of_many_stories_is_told_in_one_line_and_later_changes_one_by_one() {
    for format in ["text", "json"] {
        let paper = Paper::new();
        for number in 0..100 {
            paper.article(&format!("city/story-{number}"), "A story", "Text.");
        }
        let server = paper.starting().with(&["--log-format", format]).serve();
        let told = server.running.errors();
        let summary = match format {
            "text" => ": 100 articles published from the folder (courant log shows them)",
            _ => r#""articles":{"published":100}"#,
        };
        let lines: Vec<&str> = told.lines().filter(|line| line.contains(summary)).collect();
        assert_eq!(lines.len(), 1, "{told}");
        let last = paper.last().to_string();
        assert!(lines[0].contains(&last), "{told}");
        assert!(told.lines().count() < 8, "{told}");
        assert!(!told.contains("city/story-7"), "{told}");
        paper.edit("city/story-7/article.md", "Text.", "Other text.");
        server.line(&["minor", "city/story-7"]);
    }
}
