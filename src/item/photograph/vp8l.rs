//! The memory that the code tables of a lossless WebP take (RFC 9649 §3): some kilobytes of file can describe gigabytes
//! of them.
//!
//! The data before the pixels are read as a decoder reads them, but not kept.

use super::anatomy::InvalidPicture;

const SIGNATURE: u32 = 0x2f;

/// The sizes of the five alphabets of a group: green with the lengths of copies, red, blue, opacity, distance.
const ALPHABETS: [usize; 5] = [256 + 24, 256, 256, 256, 40];

/// The first symbol of green that describes a copy, and the first that names a colour of the cache.
const FIRST_LENGTH: usize = 256;
const FIRST_CACHED: usize = 256 + 24;

const MAX_CACHE_BITS: u32 = 11;
const MAX_CODE_BITS: usize = 15;
const ORDER_OF_LENGTHS: [usize; 19] = [
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];

/// A decoder looks codes of up to this many bits up in a table of four bytes each, longer ones in a tree whose nodes have
/// 16 bytes, two for each code.
const TABLE_BITS: usize = 10;
const ENTRY_BYTES: u64 = 4;
const NODE_BYTES: u64 = 2 * 16;

/// Bytes of a group's five codes in a vector that grows, and bytes that an allocator adds to a small block.
const GROUP_BYTES: u64 = 5 * 56 * 3;
const BLOCK_BYTES: u64 = 64;

const DAMAGED: InvalidPicture = InvalidPicture::Malformed("its tables of codes are not whole");

/// An upper bound for the size of a decoder's tables of this picture, in bytes; counting ends once it is above `maximum`.
///
/// The picture begins with its size, unless that is given, as for a channel of opacity.
pub(super) fn table_bytes(
    data: &[u8],
    size: Option<(u32, u32)>,
    maximum: u64,
) -> Result<u64, InvalidPicture> {
    let mut bits = Bits { data, offset: 0 };
    let (width, height) = match size {
        Some(size) => size,
        None => {
            if bits.read(8)? != SIGNATURE {
                return Err(InvalidPicture::Malformed(
                    "it does not begin as a lossless WebP does",
                ));
            }
            let size = (bits.read(14)? + 1, bits.read(14)? + 1);
            // Whether it has opacity, and the version.
            bits.read(4)?;
            size
        }
    };
    let mut walk = Walk {
        bits,
        bytes: 0,
        maximum,
    };
    let width = walk.transforms(width, height)?;
    let cache = walk.cache()?;
    let mut groups = 1;
    if walk.bits.read(1)? == 1 {
        let block = walk.bits.read(3)? + 2;
        groups += walk.image(blocks(width, block), blocks(height, block))?;
    }
    walk.groups(groups, cache)?;
    Ok(walk.bytes)
}

struct Walk<'a> {
    bits: Bits<'a>,
    bytes: u64,
    maximum: u64,
}

impl Walk<'_> {
    /// Passes over the transforms, and returns the width of the picture that is coded behind them.
    fn transforms(&mut self, mut width: u32, height: u32) -> Result<u32, InvalidPicture> {
        let mut seen = [false; 4];
        while self.bits.read(1)? == 1 {
            let kind = self.bits.read(2)?;
            let seen = usize::try_from(kind)
                .ok()
                .and_then(|kind| seen.get_mut(kind));
            if seen.is_none_or(|seen| std::mem::replace(seen, true)) {
                return Err(DAMAGED);
            }
            match kind {
                // The predictor transform and the colour transform, each with a small picture.
                0 | 1 => {
                    let block = self.bits.read(3)? + 2;
                    self.image(blocks(width, block), blocks(height, block))?;
                }
                // The subtract-green transform, without data.
                2 => {}
                // A table of colours.
                _ => {
                    let colours = self.bits.read(8)? + 1;
                    self.image(colours, 1)?;
                    let packed = match colours {
                        0..=2 => 3,
                        3..=4 => 2,
                        5..=16 => 1,
                        _ => 0,
                    };
                    width = blocks(width, packed);
                }
            }
        }
        Ok(width)
    }

    /// The number of colours in the colour cache; 0 where there is none.
    fn cache(&mut self) -> Result<usize, InvalidPicture> {
        if self.bits.read(1)? == 0 {
            return Ok(0);
        }
        match self.bits.read(4)? {
            bits @ 1..=MAX_CACHE_BITS => Ok(1 << bits),
            _ => Err(DAMAGED),
        }
    }

    /// Passes over a small picture within the picture, and returns the largest number that red and green of a pixel
    /// give together. Copied pixels are not looked at: each value stands in full before it is copied.
    fn image(&mut self, width: u32, height: u32) -> Result<u32, InvalidPicture> {
        let cache = self.cache()?;
        let [green, red, blue, opacity, distance] = &self.group(cache)?;
        let pixels = u64::from(width) * u64::from(height);
        let (mut done, mut largest) = (0, 0);
        let bits = &mut self.bits;
        while done < pixels {
            let symbol = green.symbol(bits)?;
            if symbol < FIRST_LENGTH {
                let high = red.symbol(bits)?;
                blue.symbol(bits)?;
                opacity.symbol(bits)?;
                largest = largest.max(high << 8 | symbol);
                done += 1;
            } else if symbol < FIRST_CACHED {
                done += bits.prefixed(symbol - FIRST_LENGTH)?;
                let symbol = distance.symbol(bits)?;
                bits.prefixed(symbol)?;
            } else {
                done += 1;
            }
        }
        u32::try_from(largest).map_err(|_| DAMAGED)
    }

    fn groups(&mut self, count: u32, cache: usize) -> Result<(), InvalidPicture> {
        for _ in 0..count {
            self.group(cache)?;
            if self.bytes > self.maximum {
                break;
            }
        }
        Ok(())
    }

    fn group(&mut self, cache: usize) -> Result<[Code; 5], InvalidPicture> {
        self.bytes += GROUP_BYTES;
        let mut codes: [Code; 5] = Default::default();
        for (place, (code, size)) in codes.iter_mut().zip(ALPHABETS).enumerate() {
            // The first is green, which names colours of the cache too.
            let size = if place == 0 { size + cache } else { size };
            *code = self.code(size)?;
        }
        Ok(codes)
    }

    fn code(&mut self, alphabet: usize) -> Result<Code, InvalidPicture> {
        if self.bits.read(1)? == 1 {
            let has_two = self.bits.read(1)? == 1;
            let wide = self.bits.read(1)? == 1;
            let first = self.bits.read(if wide { 8 } else { 1 })? as usize;
            if !has_two {
                return Ok(Code::One(first));
            }
            self.bytes += 2 * BLOCK_BYTES;
            return Ok(Code::Two([first, self.bits.read(8)? as usize]));
        }
        let mut lengths = [0; ORDER_OF_LENGTHS.len()];
        let count = self.bits.read(4)? as usize + 4;
        for place in ORDER_OF_LENGTHS.iter().take(count) {
            let length = u8::try_from(self.bits.read(3)?).unwrap_or(0);
            if let Some(slot) = lengths.get_mut(*place) {
                *slot = length;
            }
        }
        let code = Code::of(&lengths)?;
        let lengths = self.lengths(&code, alphabet)?;
        let code = Code::of(&lengths)?;
        self.bytes += code.bytes();
        Ok(code)
    }

    /// The length of each symbol's code.
    fn lengths(&mut self, code: &Code, alphabet: usize) -> Result<Vec<u8>, InvalidPicture> {
        let mut most = alphabet;
        if self.bits.read(1)? == 1 {
            let wide = 2 + 2 * self.bits.read(3)?;
            most = self.bits.read(wide)? as usize + 2;
        }
        let mut lengths = Vec::with_capacity(alphabet);
        let mut previous = 8;
        for _ in 0..most {
            if lengths.len() >= alphabet {
                break;
            }
            let (length, times) = match code.symbol(&mut self.bits)? {
                symbol @ 0..=MAX_CODE_BITS => (u8::try_from(symbol).unwrap_or(0), 1),
                16 => (previous, 3 + self.bits.read(2)?),
                17 => (0, 3 + self.bits.read(3)?),
                _ => (0, 11 + self.bits.read(7)?),
            };
            if length != 0 {
                previous = length;
            }
            lengths.extend(std::iter::repeat_n(length, times as usize));
        }
        if lengths.len() > alphabet {
            return Err(DAMAGED);
        }
        Ok(lengths)
    }
}

/// A prefix code.
enum Code {
    One(usize),
    Two([usize; 2]),
    /// The number of codes of each length, and their symbols in order.
    Many {
        counts: [u16; MAX_CODE_BITS + 1],
        symbols: Vec<u16>,
    },
}

impl Default for Code {
    fn default() -> Self {
        Self::One(0)
    }
}

impl Code {
    fn of(lengths: &[u8]) -> Result<Self, InvalidPicture> {
        let mut counts = [0_u16; MAX_CODE_BITS + 1];
        for length in lengths.iter().filter(|length| **length != 0) {
            *counts.get_mut(usize::from(*length)).ok_or(DAMAGED)? += 1;
        }
        let used = (0_u16..).zip(lengths).filter(|(_, length)| **length != 0);
        let mut symbols: Vec<(u8, u16)> = used.map(|(symbol, length)| (*length, symbol)).collect();
        if let [(_, only)] = symbols[..] {
            return Ok(Self::One(usize::from(only)));
        }
        let mut free = 1_i32;
        for count in counts.iter().skip(1) {
            free = 2 * free - i32::from(*count);
            if free < 0 {
                return Err(DAMAGED);
            }
        }
        if free != 0 {
            return Err(DAMAGED);
        }
        symbols.sort_unstable();
        Ok(Self::Many {
            counts,
            symbols: symbols.into_iter().map(|(_, symbol)| symbol).collect(),
        })
    }

    /// The memory that a decoder takes for its tables, in bytes; 0 for a code of one or two symbols.
    fn bytes(&self) -> u64 {
        let Self::Many { counts, .. } = self else {
            return 0;
        };
        let longest = counts.iter().rposition(|count| *count != 0).unwrap_or(0);
        let long: u64 = counts
            .iter()
            .skip(TABLE_BITS + 1)
            .map(|count| u64::from(*count))
            .sum();
        let table = (ENTRY_BYTES << longest.min(TABLE_BITS)) + NODE_BYTES * long;
        table + table / 4 + 2 * BLOCK_BYTES
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize, InvalidPicture> {
        let (counts, symbols) = match self {
            Self::One(symbol) => return Ok(*symbol),
            Self::Two([zero, one]) => return Ok(if bits.read(1)? == 0 { *zero } else { *one }),
            Self::Many { counts, symbols } => (counts, symbols),
        };
        let (mut code, mut first, mut index) = (0_usize, 0_usize, 0_usize);
        for count in counts.iter().skip(1).map(|count| usize::from(*count)) {
            code |= bits.read(1)? as usize;
            if code < first + count {
                let symbol = symbols.get(index + code - first);
                return symbol.map(|symbol| usize::from(*symbol)).ok_or(DAMAGED);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(DAMAGED)
    }
}

/// Bits, the lowest of each byte first.
struct Bits<'a> {
    data: &'a [u8],
    offset: usize,
}

impl Bits<'_> {
    /// The next `count` bits, at most 24.
    fn read(&mut self, count: u32) -> Result<u32, InvalidPicture> {
        let (byte, shift) = (self.offset / 8, self.offset % 8);
        let end = self.offset + count as usize;
        if end > self.data.len() * 8 {
            return Err(InvalidPicture::Truncated);
        }
        self.offset = end;
        let rest = self.data.get(byte..).unwrap_or_default();
        let joined = match rest.first_chunk() {
            Some(next) => u32::from_le_bytes(*next),
            // Fewer than four bytes at the end are the lowest ones.
            None => rest
                .iter()
                .rev()
                .fold(0, |joined, byte| joined << 8 | u32::from(*byte)),
        };
        Ok((joined >> shift) & ((1 << count) - 1))
    }

    /// A number that is given by a prefix and bits behind it.
    fn prefixed(&mut self, symbol: usize) -> Result<u64, InvalidPicture> {
        if symbol < 4 {
            return Ok(symbol as u64 + 1);
        }
        let extra = u32::try_from((symbol - 2) >> 1).map_err(|_| DAMAGED)?;
        let offset = (2 + (symbol as u64 & 1)) << extra;
        Ok(offset + u64::from(self.read(extra)?) + 1)
    }
}

/// The number of blocks of 2^`bits` pixels that a side of that many pixels has, rounded up.
fn blocks(side: u32, bits: u32) -> u32 {
    (side + (1 << bits) - 1) >> bits
}
