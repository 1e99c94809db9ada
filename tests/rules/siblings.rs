//! Which modules of a folder use one another, read from the text of their files, and circles among them.
//!
//! Paths are read that begin with `crate`, `self` or `super`, and what `use` declares. A name that a module has from
//! another is looked for where it comes from. A type whose methods stand in several files ties these together, too: a method
//! that only one file of the folder has, called on `self` or on a variable named for its type, is a use of that file. What is
//! compiled for unit tests alone is left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The names on the way to a module from the root of the crate, which has none.
pub type Module = Vec<String>;

/// That a module of a folder uses another, and a file that names it: the module's own, or one below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub user: String,
    pub used: String,
    pub file: Module,
}

/// A path as it is written, and the name that it has where `use` declares it.
struct Named {
    path: Vec<String>,
    declared_as: Option<String>,
}

/// A name is passed on by no more modules.
const MAX_PASSED_ON: usize = 8;

/// A method of a type, as the type's name and its own.
type Method = (String, String);

/// The methods that a file defines, and those that it calls.
#[derive(Default)]
struct Methods {
    defined: BTreeSet<Method>,
    called: BTreeSet<Method>,
}

/// What the files of a crate name.
pub struct Sources {
    named: BTreeMap<Module, Vec<Named>>,
    methods: BTreeMap<Module, Methods>,
}

impl Sources {
    pub fn of(files: &BTreeMap<Module, String>) -> Self {
        let mut named = BTreeMap::new();
        let mut texts = BTreeMap::new();
        let mut of_tests = BTreeSet::new();
        for (module, text) in files {
            let (text, left_out) = without_tests(text);
            of_tests.extend(left_out.into_iter().map(|name| below(module, &name)));
            named.insert(module.clone(), all_named(&text));
            texts.insert(module.clone(), text);
        }
        let is_used =
            |module: &Module| (0..=module.len()).all(|n| !of_tests.contains(&module[..n]));
        named.retain(|module, _| is_used(module));
        texts.retain(|module, _| is_used(module));
        let defined: BTreeMap<Module, BTreeSet<Method>> = texts
            .iter()
            .map(|(module, text)| (module.clone(), methods_of(text)))
            .collect();
        let types = defined.values().flatten().map(|(of, _)| of.clone());
        let types: BTreeMap<String, String> = types.map(|of| (snake_case(&of), of)).collect();
        let methods = defined.into_iter().map(|(module, defined)| {
            let called = calls_of(&texts[&module], &types);
            (module, Methods { defined, called })
        });
        let methods = methods.collect();
        Self { named, methods }
    }

    /// The modules that have others below them, but for the crate itself.
    pub fn folders(&self) -> BTreeSet<Module> {
        let parents = self.named.keys().filter_map(|module| {
            let (_, parent) = module.split_last()?;
            (!parent.is_empty()).then(|| parent.to_vec())
        });
        parents.collect()
    }

    /// Which modules of a folder use which, each pair once.
    pub fn uses(&self, folder: &[String]) -> Vec<Use> {
        let mut uses = BTreeMap::new();
        for (file, named) in &self.named {
            let Some(user) = child(folder, file) else {
                continue;
            };
            for named in named {
                let found = self.resolved(file, &named.path, MAX_PASSED_ON);
                let used = found.and_then(|(module, _)| child(folder, &module));
                if let Some(used) = used.filter(|used| *used != user) {
                    uses.entry((user.clone(), used)).or_insert(file);
                }
            }
        }
        let homes = self.homes(folder);
        for (file, methods) in &self.methods {
            let Some(user) = child(folder, file) else {
                continue;
            };
            for method in &methods.called {
                let home = homes.get(method).filter(|homes| homes.len() == 1);
                for (used, definer) in home.into_iter().flatten() {
                    if *used != user && self.may_be_same(&method.0, file, definer) {
                        uses.entry((user.clone(), used.clone())).or_insert(file);
                    }
                }
            }
        }
        let uses = uses.into_iter().map(|((user, used), file)| Use {
            user,
            used,
            file: file.clone(),
        });
        uses.collect()
    }

    /// The modules of a folder that define a method, each with a file of it that does.
    fn homes(&self, folder: &[String]) -> BTreeMap<&Method, BTreeMap<String, &Module>> {
        let mut homes: BTreeMap<&Method, BTreeMap<String, &Module>> = BTreeMap::new();
        for (file, methods) in &self.methods {
            if let Some(home) = child(folder, file) {
                for method in &methods.defined {
                    homes.entry(method).or_default().insert(home.clone(), file);
                }
            }
        }
        homes
    }

    /// Whether the type that `file` calls so may be the one to which `definer` gives methods under that name.
    fn may_be_same(&self, name: &str, file: &[String], definer: &[String]) -> bool {
        let declares = |file: &[String]| {
            let mut named = self.named.get(file).into_iter().flatten();
            named.any(|named| named.declared_as.as_deref() == Some(name))
        };
        let origin = |file: &[String]| {
            let found = self.origin(file, name, MAX_PASSED_ON);
            found.map(|(module, _)| module)
        };
        let defined = match declares(definer) {
            true => origin(definer),
            false => Some(definer.to_vec()),
        };
        // A file that only has it in variables need not declare it.
        !declares(file) || origin(file) == defined
    }

    /// The shortest circle among the modules of a folder.
    pub fn circle(&self, folder: &[String]) -> Option<Vec<Use>> {
        let uses = self.uses(folder);
        let circles = uses.iter().filter_map(|first| circle_from(&uses, first));
        circles.min_by_key(Vec::len)
    }

    /// The module that holds what a path names, as far as that is known, and whether the path names the module itself.
    fn resolved(&self, file: &[String], path: &[String], passes: usize) -> Option<(Module, bool)> {
        let mut at = file.to_vec();
        let first = path.first()?.as_str();
        if !["crate", "self", "super"].contains(&first) {
            // Of another crate, if it is not below.
            self.named.get(&below(file, first))?;
        }
        for name in path {
            match name.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()?),
                name if self.named.contains_key(&below(&at, name)) => at.push(name.to_owned()),
                name => match self.origin(&at, name, passes) {
                    Some((origin, true)) => at = origin,
                    Some((origin, false)) => return Some((origin, false)),
                    None => return Some((at, false)),
                },
            }
        }
        Some((at, true))
    }

    /// Where that comes from which a module has from another.
    fn origin(&self, module: &[String], name: &str, passes: usize) -> Option<(Module, bool)> {
        let mut declared = self.named.get(module)?.iter();
        let found = declared.find(|named| named.declared_as.as_deref() == Some(name))?;
        self.resolved(module, &found.path, passes.checked_sub(1)?)
    }
}

fn below(module: &[String], name: &str) -> Module {
    let mut inner = module.to_vec();
    inner.push(name.to_owned());
    inner
}

/// The module of a folder that another is, or is below.
fn child(folder: &[String], module: &[String]) -> Option<String> {
    module.strip_prefix(folder)?.first().cloned()
}

/// The shortest way back to where a use begins.
fn circle_from(uses: &[Use], first: &Use) -> Option<Vec<Use>> {
    let mut ways = VecDeque::from([vec![first.clone()]]);
    let mut met = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last()?;
        if last.used == first.user {
            return Some(way);
        }
        for next in uses.iter().filter(|next| next.user == last.used) {
            if met.insert(&next.used) {
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push_back(longer);
            }
        }
    }
    None
}

/// A text without what is compiled for unit tests alone, and the names of the modules among that.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut modules) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let item = lines.by_ref();
        let Some(head) = item.find(|line| !line.trim_start().starts_with("#[")) else {
            break;
        };
        if let Some(name) = head
            .strip_suffix(';')
            .and_then(|head| head.split("mod ").nth(1))
        {
            modules.push(name.to_owned());
        }
        if !head.ends_with([';', ',']) {
            let end = format!("{indent}}}");
            item.find(|line| line.trim_end_matches([',', ';']) == end);
        }
    }
    (kept, modules)
}

/// The blocks of a text that implement something for a type, with the name of the type, and whether it is a trait.
fn impl_blocks(text: &str) -> Vec<(String, bool, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("impl") {
            continue;
        }
        let mut head = line.to_owned();
        while !head.ends_with(['{', '}']) {
            let Some(line) = lines.next() else { break };
            head.push(' ');
            head.push_str(line.trim());
        }
        let body = match head.ends_with('{') {
            true => lines.by_ref().take_while(|line| *line != "}").collect(),
            false => Vec::new(),
        };
        if let Some((of, is_trait)) = implemented_for(&head) {
            blocks.push((of, is_trait, body));
        }
    }
    blocks
}

/// The name of the type in the head of an `impl` block, and whether a trait is implemented for it.
fn implemented_for(head: &str) -> Option<(String, bool)> {
    let mut depth = 0;
    let (mut of, mut is_trait) = (None, false);
    for token in tokens(head).into_iter().skip(1) {
        match token {
            "<" => depth += 1,
            ">" => depth -= 1,
            "for" if depth == 0 => (of, is_trait) = (None, true),
            "where" | "{" if depth == 0 => break,
            name if depth == 0 && is_name(name) => of = Some(name.to_owned()),
            _ => {}
        }
    }
    Some((of?, is_trait))
}

/// The methods that the blocks of a text give to types, without those of traits.
fn methods_of(text: &str) -> BTreeSet<Method> {
    let mut methods = BTreeSet::new();
    for (of, is_trait, body) in impl_blocks(text) {
        let inner = body.iter().filter_map(|line| line.strip_prefix("    "));
        for line in inner.filter(|line| !is_trait && !line.starts_with([' ', '/'])) {
            let mut tokens = tokens(line).into_iter().skip_while(|token| *token != "fn");
            if let Some(name) = tokens.nth(1) {
                methods.insert((of.clone(), name.to_owned()));
            }
        }
    }
    methods
}

/// The methods that a text calls on `self`, or on a variable with the name of one of `types` in small letters, if the text
/// says the type's own name somewhere.
fn calls_of(text: &str, types: &BTreeMap<String, String>) -> BTreeSet<Method> {
    let mut called = BTreeSet::new();
    for (of, _, body) in impl_blocks(text) {
        for (receiver, name) in calls(&tokens(&body.join("\n"))) {
            if ["self", "Self"].contains(&receiver.as_str()) {
                called.insert((of.clone(), name));
            }
        }
    }
    let tokens = tokens(text);
    let known: BTreeSet<&str> = tokens.iter().copied().collect();
    for (receiver, name) in calls(&tokens) {
        let of = types.get(&receiver);
        if let Some(of) = of.filter(|of| known.contains(of.as_str())) {
            called.insert((of.clone(), name));
        }
    }
    called
}

/// The calls among the words of a text, each as the word before the method and the method.
fn calls(tokens: &[&str]) -> Vec<(String, String)> {
    let calls = tokens.windows(5).filter_map(|window| match window {
        ["Self", "::", name, "(", _]
        | ["Self", "::", name, "::", "<"]
        | [_, ".", name, "(", _]
        | [_, ".", name, "::", "<"]
            if is_name(name) =>
        {
            Some((window[0].to_owned(), (*name).to_owned()))
        }
        _ => None,
    });
    calls.collect()
}

/// `BaseUrl` as `base_url`, as a variable is named for its type.
fn snake_case(name: &str) -> String {
    let mut spelled = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !spelled.is_empty() {
            spelled.push('_');
        }
        spelled.extend(c.to_lowercase());
    }
    spelled
}

/// All paths of a text.
fn all_named(text: &str) -> Vec<Named> {
    let tokens = tokens(text);
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let follows = tokens.get(at).copied() == Some("::");
        match *token {
            "use" => tree(&tokens, &mut at, Vec::new(), &mut all),
            "crate" | "self" | "super" if follows => {
                let mut path = vec![(*token).to_owned()];
                while let [Some("::"), Some(name)] = [at, at + 1].map(|at| tokens.get(at).copied())
                    && is_name(name)
                {
                    path.push(name.to_owned());
                    at += 2;
                }
                all.push(Named {
                    path,
                    declared_as: None,
                });
            }
            _ => {}
        }
    }
    all
}

/// Reads one tree that `use` declares.
fn tree(tokens: &[&str], at: &mut usize, mut path: Vec<String>, all: &mut Vec<Named>) {
    while let Some(token) = tokens.get(*at).copied() {
        *at += 1;
        match token {
            "::" => {}
            "{" => {
                while tokens.get(*at).is_some_and(|token| *token != "}") {
                    tree(tokens, at, path.clone(), all);
                    *at += usize::from(tokens.get(*at).copied() == Some(","));
                }
                *at += 1;
                return;
            }
            name if is_name(name) => {
                path.push(name.to_owned());
                let declared_as = match tokens.get(*at).copied() {
                    Some("::") => continue,
                    Some("as") => tokens.get(*at + 1).copied().map(str::to_owned),
                    _ => path.iter().rfind(|name| *name != "self").cloned(),
                };
                all.push(Named { path, declared_as });
                return;
            }
            _ => {
                // All that a module has, or no declaration.
                all.push(Named {
                    path,
                    declared_as: None,
                });
                return;
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words and marks of a text without its comments.
fn tokens(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.starts_with("//"));
    let mut tokens = Vec::new();
    for mut rest in lines {
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let length = match word.unwrap_or(rest.len()) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                length => length,
            };
            let (token, behind) = rest.split_at(length);
            if !first.is_whitespace() {
                tokens.push(token);
            }
            rest = behind;
        }
    }
    tokens
}
