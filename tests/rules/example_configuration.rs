//! What `deploy/courant.toml` shows in comments is understood when the comment signs are taken away.

use std::fs;
use std::path::Path;

use courant::config::{Config, Limits};

fn shown(line: &str) -> Option<&str> {
    let text = line.strip_prefix("# ")?;
    let key = text.split(" = ").next()?;
    let is_key = text.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_key || text.starts_with('[')).then_some(text)
}

#[test]
fn the_examples_in_comments_are_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/courant.toml");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| shown(line).unwrap_or(line));
    let config = Config::parse(&lines.collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!(config.cdn.purge.len(), 2);
    assert_eq!(config.cdn.key_headers.len(), 1);
    let limit = config.rate_limit.unwrap();
    assert_eq!((limit.burst.get(), limit.refill.as_secs()), (5, 600));
    assert_eq!(limit.trusted_proxies.len(), 2);
    // Shown as they are if nothing is said.
    assert_eq!(config.limits, Limits::default());
}
