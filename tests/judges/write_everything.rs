//! Writes the made-up paper with everything in it, for readers and validators that are not Rust:
//! `cargo run --example everything -- FOLDER EDITION` prints what readers must find of that edition as JSON.

#[path = "../support/everything.rs"]
mod everything;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(edition)) = (arguments.next(), arguments.next()) else {
        return Err("expected a folder and an edition of 1 to 3".into());
    };
    let edition = edition.parse()?;
    if !(1..=everything::LAST_EDITION).contains(&edition) {
        return Err(format!("expected an edition of 1 to 3, found {edition}").into());
    }
    everything::write(Path::new(&folder), edition)?;
    println!("{}", everything::meant(edition));
    Ok(())
}
