//! The raised and lowered signs that Unicode has (`km²`, `CO₂`), and the plain ones that they stand for.

/// The digits and signs that Unicode also has as superscripts and subscripts, and these in the same order.
const SHIFTED: &str = "0123456789+-=()−–n";
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾⁻⁻ⁿ";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎₋₋ₙ";

/// The raised or lowered sign that Unicode has for `c`.
pub(crate) fn sign(c: char, is_raised: bool) -> Option<char> {
    let signs = if is_raised { RAISED } else { LOWERED };
    let place = SHIFTED.chars().position(|plain| plain == c)?;
    signs.chars().nth(place)
}

/// The plain character for a superscript or subscript; any other character is returned as it is.
pub fn unshifted(c: char) -> char {
    // A fast check by block rules out nearly all characters.
    if !matches!(c, '²' | '³' | '¹' | '\u{2070}'..='\u{209f}') {
        return c;
    }
    let signs = [RAISED, LOWERED].into_iter();
    let mut pairs = signs.flat_map(|signs| signs.chars().zip(SHIFTED.chars()));
    pairs
        .find(|(sign, _)| *sign == c)
        .map_or(c, |(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::unshifted;

    #[test]
    fn raised_and_lowered_signs_stand_for_plain_ones() {
        let plain: String = "10⁶ km², CO₂, x⁻ⁿ⁺¹ ½".chars().map(unshifted).collect();
        assert_eq!(plain, "106 km2, CO2, x-n+1 ½");
    }
}
