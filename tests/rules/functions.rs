//! The functions of a file as it is formatted, each with its length, whoever may call it.

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// From its head to its closing brace.
    pub lines: usize,
}

/// What may stand before `fn`, besides who may call it.
const QUALIFIERS: &[&str] = &["default ", "const ", "async ", "unsafe ", "extern "];

/// All functions with a body, those within others too.
pub fn of(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let heads = lines.iter().enumerate();
    let found = heads.filter_map(|(at, line)| {
        let name = name(line.trim_start())?;
        Some(Function {
            name: name.to_owned(),
            lines: length(&lines[at..])?,
        })
    });
    found.collect()
}

/// The name of the function that a line is the head of.
fn name(line: &str) -> Option<&str> {
    let mut rest = line;
    if let Some(seen) = rest.strip_prefix("pub") {
        rest = match seen.strip_prefix('(') {
            Some(whom) => whom.split_once(')')?.1,
            None => seen,
        };
        rest = rest.strip_prefix(' ')?;
    }
    while let Some(shorter) = QUALIFIERS.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
        // The name of another language's calls.
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted.split_once("\" ")?.1;
        }
    }
    let rest = rest.strip_prefix("fn ")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(&rest[..end])
}

/// How many lines a function has whose head is the first of them; nothing if it has no body.
fn length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let closing = format!("{indent}}}");
    let mut opened = false;
    for (at, line) in lines.iter().enumerate() {
        let line = line.trim_end();
        if !opened {
            match line {
                _ if line.ends_with('{') => opened = true,
                _ if line.ends_with('}') => return Some(at + 1),
                _ if line.ends_with(';') => return None,
                _ => {}
            }
        } else if line == closing {
            return Some(at + 1);
        }
    }
    None
}

mod tests {
    use super::{Function, of};

    fn of_length(head: &str, indent: &str, lines: usize) -> String {
        let body = format!("{indent}    work();\n").repeat(lines - 2);
        format!("{indent}{head} {{\n{body}{indent}}}\n")
    }

    #[test]
    fn a_function_is_measured_whoever_may_call_it() {
        for head in [
            "fn f()",
            "pub fn f()",
            "pub(crate) fn f()",
            "pub(super) fn f()",
            "pub(in crate::store) fn f<T: Ord>(one: T) -> T",
            "async fn f()",
            "pub(crate) async fn f()",
            "const fn f()",
            "pub const unsafe fn f()",
            "unsafe extern \"C\" fn f()",
        ] {
            for indent in ["", "    ", "        "] {
                let found = of(&of_length(head, indent, 120));
                let expected = Function {
                    name: "f".to_owned(),
                    lines: 120,
                };
                assert_eq!(found, [expected], "{indent}{head}");
            }
        }
    }

    #[test]
    fn functions_follow_one_another_and_stand_within_one_another() {
        let text = "trait T {\n    fn none(&self);\n    fn long(\n        &self,\n    ) -> u8;\n}\n\n\
                    impl T for U {\n    fn none(&self) {}\n    pub(crate) fn some(&self)\n    where\n        U: T,\n    {\n        \
                    fn inner() {\n            work();\n        }\n        inner();\n    }\n}\n";
        let found = of(text);
        let found: Vec<(&str, usize)> = found.iter().map(|f| (f.name.as_str(), f.lines)).collect();
        assert_eq!(found, [("none", 1), ("some", 9), ("inner", 3)]);
    }

    #[test]
    fn what_is_no_function_is_not_taken_for_one() {
        for text in [
            "// fn f() {\n// }\n",
            "type F = fn(u8) -> u8;\n",
            "let f: fn() = || {\n};\n",
            "pub(crate) struct S {\n}\n",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
    }
}
