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
