//! An XML element that holds text alone, as the sitemap and OPML have them.

use quick_xml::Writer;
use quick_xml::events::BytesText;

pub(super) fn text(writer: &mut Writer<Vec<u8>>, name: &str, value: &str) -> std::io::Result<()> {
    writer
        .create_element(name)
        .write_text_content(BytesText::new(value))?;
    Ok(())
}
