//! Pages of the database as SQLite's file format has them (<https://sqlite.org/fileformat2.html> §1.5 and §1.6): finds their
//! bytes that belong to nothing any more, and may still be of killed content.
//!
//! `PRAGMA secure_delete` overwrites deleted content in its place. But where rows move within a page that is rebuilt, the
//! bytes of their old places stay between the pointers to the rows and the first row.

/// With fewer pages than that no page of a text that goes over several begins like a page of rows: the first byte of the
/// number of the page that follows is zero.
pub(super) const MAX_PAGES: u32 = 1 << 24;

/// The header of the file stands before that of the first page.
const FILE_HEADER_BYTES: usize = 100;

/// Number of bytes before the content of an overflow page, which continues a text: they hold the number of the next page.
const NEXT_BYTES: usize = 4;

/// The sizes of the pages of a database file.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageLayout {
    /// Number of bytes of a page that SQLite uses; the rest is reserved.
    usable: usize,
}

/// A page with its number.
pub(super) type NumberedPage = (u32, Vec<u8>);

/// Reads the page of a number.
pub(super) type ReadPage<'r> = &'r dyn Fn(u32) -> crate::store::database::Result<Option<Vec<u8>>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum PageType {
    IndexInterior,
    TableInterior,
    IndexLeaf,
    TableLeaf,
}

impl PageType {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            2 => Some(Self::IndexInterior),
            5 => Some(Self::TableInterior),
            10 => Some(Self::IndexLeaf),
            13 => Some(Self::TableLeaf),
            _ => None,
        }
    }

    fn header_bytes(self) -> usize {
        match self {
            Self::IndexInterior | Self::TableInterior => 12,
            Self::IndexLeaf | Self::TableLeaf => 8,
        }
    }
}

impl PageLayout {
    /// Reads the layout from the first page of a database; `None` where it is no database.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        let reserved = usize::from(*first.get(20)?);
        let usable = first.len().checked_sub(reserved)?;
        (first.starts_with(b"SQLite format 3\0") && usable >= 480).then_some(Self { usable })
    }

    /// The pages that are to be written where page `number` is to keep nothing that belongs to nothing: itself, and the
    /// last one of each text that goes on behind it. What is no page of rows has none.
    pub(super) fn cleaned(
        self,
        number: u32,
        page: &[u8],
        read: ReadPage<'_>,
    ) -> crate::store::database::Result<Vec<NumberedPage>> {
        let mut found = Vec::new();
        let Some(rows) = Rows::of(self, number, page) else {
            return Ok(found);
        };
        let clean = rows.without_rest();
        if clean.as_deref().is_some_and(|clean| clean != page) {
            found.extend(clean.map(|clean| (number, clean)));
        }
        for (first, bytes) in rows.long() {
            found.extend(self.clean_end(first, bytes, read)?);
        }
        Ok(found)
    }

    /// The last page of a text that goes over pages from `first` on with this many bytes, where there is something behind
    /// its end.
    fn clean_end(
        self,
        first: u32,
        mut bytes: usize,
        read: ReadPage<'_>,
    ) -> crate::store::database::Result<Option<NumberedPage>> {
        let holds = self.usable - NEXT_BYTES;
        let mut number = first;
        loop {
            let Some(mut page) = read(number)? else {
                return Ok(None);
            };
            let next = number_at(&page, 0).unwrap_or(0);
            if bytes > holds {
                bytes -= holds;
                number = next;
                continue;
            }
            let rest = page.get_mut(NEXT_BYTES + bytes..self.usable);
            let Some(rest) = rest.filter(|rest| next == 0 && rest.iter().any(|byte| *byte != 0))
            else {
                return Ok(None);
            };
            rest.fill(0);
            return Ok(Some((number, page)));
        }
    }
}

/// A page of rows.
struct Rows<'p> {
    form: PageLayout,
    page: &'p [u8],
    kind: PageType,
    header: usize,
    /// Where the pointers to the rows begin and end.
    pointers: std::ops::Range<usize>,
    /// Where the first of the rows lies.
    content: usize,
}

impl<'p> Rows<'p> {
    fn of(form: PageLayout, number: u32, page: &'p [u8]) -> Option<Self> {
        let header = if number == 1 { FILE_HEADER_BYTES } else { 0 };
        let kind = PageType::of(*page.get(header)?)?;
        let begin = header + kind.header_bytes();
        let pointers = begin..begin + 2 * short_at(page, header + 3)?;
        let content = match short_at(page, header + 5)? {
            0 => 65_536,
            content => content,
        };
        let is_whole =
            pointers.end <= content && content <= form.usable && form.usable <= page.len();
        is_whole.then_some(Self {
            form,
            page,
            kind,
            header,
            pointers,
            content,
        })
    }

    /// The page with zeros where no row is; none where it is not as it should be.
    fn without_rest(&self) -> Option<Vec<u8>> {
        let mut clean = self.page.to_vec();
        clean.get_mut(self.pointers.end..self.content)?.fill(0);
        let mut block = short_at(self.page, self.header + 1)?;
        while block != 0 {
            let (next, bytes) = (short_at(self.page, block)?, short_at(self.page, block + 2)?);
            let is_whole = block >= self.content && block + bytes <= self.form.usable && bytes >= 4;
            if !is_whole || (next != 0 && next <= block) {
                return None;
            }
            clean.get_mut(block + 4..block + bytes)?.fill(0);
            block = next;
        }
        Some(clean)
    }

    /// The rows that go on elsewhere: on which page, and with how many bytes.
    fn long(&self) -> impl Iterator<Item = (u32, usize)> {
        let pointers = self.pointers.clone().step_by(2);
        pointers.filter_map(|pointer| {
            let row = short_at(self.page, pointer).filter(|row| *row >= self.content)?;
            self.goes_on(row)
        })
    }

    fn goes_on(&self, row: usize) -> Option<(u32, usize)> {
        let usable = self.form.usable;
        let in_index = (usable - 12) * 64 / 255 - 23;
        let (begin, most) = match self.kind {
            PageType::TableInterior => return None,
            PageType::IndexInterior => (row + 4, in_index),
            PageType::IndexLeaf => (row, in_index),
            PageType::TableLeaf => (row, usable - 35),
        };
        let (payload, mut at) = varint(self.page, begin)?;
        if self.kind == PageType::TableLeaf {
            (_, at) = varint(self.page, at)?;
        }
        let payload = usize::try_from(payload).ok()?;
        if payload <= most {
            return None;
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let wished = least + (payload - least) % (usable - NEXT_BYTES);
        let here = if wished <= most { wished } else { least };
        let next = number_at(self.page, at + here).filter(|next| *next != 0)?;
        Some((next, payload - here))
    }
}

fn short_at(page: &[u8], at: usize) -> Option<usize> {
    let bytes = page.get(at..)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*bytes)))
}

fn number_at(page: &[u8], at: usize) -> Option<u32> {
    let bytes = page.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

/// A number of one to nine bytes, and where the next thing begins.
fn varint(page: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for place in 0..8 {
        let byte = *page.get(at + place)?;
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at + place + 1));
        }
    }
    let last = *page.get(at + 8)?;
    Some(((value << 8) | u64::from(last), at + 9))
}
