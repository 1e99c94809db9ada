//! Header fields: those of a request, however they were read, and one field as HTTP/1.1 writes it.

use http::HeaderMap;

/// Header fields by name. A value that is not text counts as empty: no header that is read here may be anything else.
pub trait Fields {
    /// The values of all fields of that name, which is in lower case, in their order.
    fn texts(&self, name: &str) -> impl Iterator<Item = &str>;

    fn has(&self, name: &str) -> bool {
        self.texts(name).next().is_some()
    }
}

impl Fields for HeaderMap {
    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.get_all(name).iter();
        fields.map(|value| value.to_str().unwrap_or_default())
    }
}

impl Fields for [httparse::Header<'_>] {
    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        fields.map(|field| match field.value.is_ascii() {
            true => str::from_utf8(field.value).unwrap_or_default(),
            false => "",
        })
    }
}

/// Appends one field to `head`.
pub fn write_field(name: &str, value: &[u8], head: &mut Vec<u8>) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}
