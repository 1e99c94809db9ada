//! Conditional requests and content codings, case by case, with the clause each comes from.

use chrono::{DateTime, Utc};
use courant::http::{Coding, PreconditionResult, Validators, evaluate, negotiate};
use http::{HeaderMap, HeaderName, HeaderValue};

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// What the case shows, the fields of the request, what becomes of it.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    PreconditionResult,
);

const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

#[test]
fn preconditions_are_evaluated_in_the_order_of_rfc_9110() {
    use PreconditionResult::{Failed, NotModified, Proceed};
    let cases: &[Case] = &[
        ("no condition", &[], Proceed),
        (
            "§13.1.2 the tag",
            &[("if-none-match", "\"abc.gz1\"")],
            NotModified,
        ),
        (
            "§13.1.2 another tag",
            &[("if-none-match", "\"other\"")],
            Proceed,
        ),
        (
            "§13.1.2 weak comparison",
            &[("if-none-match", "W/\"abc.gz1\"")],
            NotModified,
        ),
        (
            "§13.1.2 the tag of another coding is another tag",
            &[("if-none-match", "\"abc\"")],
            Proceed,
        ),
        ("§13.1.2 any", &[("if-none-match", "*")], NotModified),
        (
            "§13.1.2 a list",
            &[("if-none-match", "\"x\", \"abc.gz1\"")],
            NotModified,
        ),
        (
            "§13.1.2 a list over two fields",
            &[("if-none-match", "\"x\""), ("if-none-match", "\"abc.gz1\"")],
            NotModified,
        ),
        (
            "§8.8.3 a comma within a tag",
            &[("if-none-match", "\"x,y\", \"abc.gz1\"")],
            NotModified,
        ),
        (
            "an asterisk in quotes is a tag like others",
            &[("if-none-match", "\"*\"")],
            Proceed,
        ),
        (
            "the empty tag matches nothing",
            &[("if-none-match", "\"\"")],
            Proceed,
        ),
        (
            "readers that lost the quotes",
            &[("if-none-match", "abc.gz1")],
            NotModified,
        ),
        (
            "§13.1.3 the date",
            &[("if-modified-since", CHANGED)],
            NotModified,
        ),
        (
            "§13.1.3 a later date",
            &[("if-modified-since", "Sun, 06 Nov 1994 08:49:40 GMT")],
            NotModified,
        ),
        (
            "§13.1.3 an earlier date",
            &[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")],
            Proceed,
        ),
        (
            "§5.6.7 the form of RFC 850",
            &[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")],
            NotModified,
        ),
        (
            "§5.6.7 the form of asctime",
            &[("if-modified-since", "Sun Nov  6 08:49:37 1994")],
            NotModified,
        ),
        (
            "a date with an offset is none",
            &[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 +0000")],
            Proceed,
        ),
        ("no date", &[("if-modified-since", "yesterday")], Proceed),
        (
            "two dates are none",
            &[
                ("if-modified-since", CHANGED),
                ("if-modified-since", CHANGED),
            ],
            Proceed,
        ),
        (
            "a date in the future was latched from a wrong clock",
            &[("if-modified-since", "Fri, 06 Nov 2099 08:49:37 GMT")],
            Proceed,
        ),
        (
            "§13.1.3 the tag decides alone",
            &[
                ("if-none-match", "\"other\""),
                ("if-modified-since", CHANGED),
            ],
            Proceed,
        ),
        (
            "§13.1.3 the tag decides alone, the other way",
            &[
                ("if-none-match", "\"abc.gz1\""),
                ("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT"),
            ],
            NotModified,
        ),
        (
            "§13.1.1 If-Match with the tag",
            &[("if-match", "\"abc.gz1\"")],
            Proceed,
        ),
        ("§13.1.1 If-Match with any", &[("if-match", "*")], Proceed),
        (
            "§13.1.1 If-Match with another",
            &[("if-match", "\"other\"")],
            Failed,
        ),
        (
            "§13.1.1 a weak tag never matches strongly",
            &[("if-match", "W/\"abc.gz1\"")],
            Failed,
        ),
        (
            "§13.1.1 no leniency for If-Match",
            &[("if-match", "abc.gz1")],
            Failed,
        ),
        (
            "§13.2.2 If-Match before If-None-Match",
            &[("if-match", "\"other\""), ("if-none-match", "\"abc.gz1\"")],
            Failed,
        ),
        (
            "§13.1.4 unmodified since",
            &[("if-unmodified-since", CHANGED)],
            Proceed,
        ),
        (
            "§13.1.4 modified since",
            &[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:36 GMT")],
            Failed,
        ),
    ];
    let validators = Validators {
        etag: "\"abc.gz1\"",
        last_modified: Some(DateTime::parse_from_rfc2822(CHANGED).unwrap().to_utc()),
    };
    let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
    for (case, fields, expected) in cases {
        assert_eq!(
            evaluate(&headers(fields), &validators, now),
            *expected,
            "{case}"
        );
    }
}

#[test]
fn the_coding_is_chosen_by_rfc_9110_12_5_3() {
    use Coding::{Brotli, Gzip, Identity, Zstd};
    let cases: &[(Option<&str>, Option<Coding>)] = &[
        (None, Some(Identity)),
        (Some(""), Some(Identity)),
        (Some("gzip"), Some(Gzip)),
        (Some("GZip"), Some(Gzip)),
        (Some("x-gzip"), Some(Gzip)),
        (Some("gzip, deflate"), Some(Gzip)),
        (Some("gzip, deflate, br"), Some(Brotli)),
        (Some("gzip, deflate, br, zstd"), Some(Brotli)),
        (Some("gzip, zstd"), Some(Zstd)),
        (Some("deflate"), Some(Identity)),
        (Some("gzip;q=0.3"), Some(Gzip)),
        (Some("br;q=0.5, gzip;q=0.8"), Some(Gzip)),
        (Some("gzip ; q=1.000 , br;q=0.999"), Some(Gzip)),
        (Some("*"), Some(Brotli)),
        (Some("*;q=0.5, gzip"), Some(Gzip)),
        (Some("br;q=0, *"), Some(Zstd)),
        (Some("gzip;q=0"), Some(Identity)),
        (Some("gzip;q=banana, br;q=0.1"), Some(Brotli)),
        (Some("gzip;q=1.5"), Some(Identity)),
        (Some("gzip;q=0.1234"), Some(Identity)),
        (Some("identity;q=0.5, gzip;q=0.1"), Some(Identity)),
        (Some("identity;q=0"), None),
        (Some("*;q=0"), None),
        (Some("*;q=0, identity"), Some(Identity)),
        (Some("identity;q=0, gzip"), Some(Gzip)),
    ];
    for (said, expected) in cases {
        let fields: Vec<(&str, &str)> =
            said.iter().map(|said| ("accept-encoding", *said)).collect();
        assert_eq!(negotiate(&headers(&fields)), *expected, "{said:?}");
    }
    let several = headers(&[("accept-encoding", "gzip;q=0.5"), ("accept-encoding", "br")]);
    assert_eq!(
        negotiate(&several),
        Some(Brotli),
        "a list may span several fields"
    );
}
