//! In which widths a photograph is kept, and how high it is then.

/// The widths in pixels, each where the photograph is wider: a thumbnail, a small screen, a column, a column on a fine
/// screen.
pub const RENDITION_WIDTHS: [u32; 4] = [200, 400, 800, 1600];

/// A size of that width in the shape of `shown`, at least one pixel high.
pub(super) fn sized(width: u32, shown: (u32, u32)) -> (u32, u32) {
    let (wide, high) = (u64::from(shown.0).max(1), u64::from(shown.1));
    let height = (high * u64::from(width) + wide / 2) / wide;
    (width, u32::try_from(height).unwrap_or(u32::MAX).max(1))
}
