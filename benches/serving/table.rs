//! The figures of all rounds, and the Markdown table they end in.

use std::time::Duration;

/// What one party did in one run.
#[derive(Clone, Copy, Default)]
pub struct Measure {
    /// Requests a second.
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Processor seconds per 100,000 requests.
    pub processor: f64,
    pub memory: u64,
}

struct Case {
    name: String,
    connections: usize,
    /// Each party's runs, in the order of rounds.
    parties: Vec<(&'static str, Vec<Measure>)>,
}

pub struct Table {
    title: String,
    cases: Vec<Case>,
}

const NGINX: &str = "nginx";
const BARE: &str = "bare loop";

impl Table {
    pub fn new(machine: &str, seconds: f64, rounds: usize) -> Self {
        Self {
            title: format!("{machine}; medians of {rounds} rounds of {seconds} s for each party"),
            cases: Vec::new(),
        }
    }

    pub fn case(&mut self, name: &str, bytes: Option<u64>, connections: usize) {
        let size = bytes.map_or_else(String::new, |bytes| format!(" ({} KB)", bytes / 1000));
        self.cases.push(Case {
            name: format!("{name}{size}"),
            connections,
            parties: Vec::new(),
        });
    }

    pub fn add(&mut self, party: &'static str, measure: Measure) {
        let Some(case) = self.cases.last_mut() else {
            return;
        };
        match case.parties.iter_mut().find(|(name, _)| *name == party) {
            Some((_, runs)) => runs.push(measure),
            None => case.parties.push((party, vec![measure])),
        }
    }

    pub fn print(&self) {
        println!("\n{}\n", self.title);
        println!(
            "| case | connections | | requests/s | p50 | p99 | CPU s / 100,000 | MiB | rate : nginx | CPU : nginx | p99 : nginx | rate : bare loop |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
        for case in &self.cases {
            for (party, runs) in &case.parties {
                let of = |value: &dyn Fn(&Measure) -> f64| median(runs.iter().map(value).collect());
                let against = |peer: &str, value: &dyn Fn(&Measure) -> f64| {
                    let (_, others) = case.parties.iter().find(|(name, _)| *name == peer)?;
                    let pairs = runs.iter().zip(others);
                    Some(median(
                        pairs
                            .map(|(own, other)| value(own) / value(other))
                            .collect(),
                    ))
                };
                let p99 = |run: &Measure| run.p99.as_secs_f64();
                println!(
                    "| {} | {} | {party} | {:.0} | {} | {} | {:.2} | {:.0} | {} | {} | {} | {} |",
                    case.name,
                    case.connections,
                    of(&|run| run.rate),
                    ms(of(&|run| run.p50.as_secs_f64())),
                    ms(of(&p99)),
                    of(&|run| run.processor),
                    of(&|run| run.memory as f64) / 1024.0 / 1024.0,
                    ratio(against(NGINX, &|run| run.rate)),
                    ratio(against(NGINX, &|run| run.processor)),
                    ratio(against(NGINX, &p99)),
                    ratio(against(BARE, &|run| run.rate)),
                );
            }
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn ms(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1000.0)
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}
