//! How fast the measurement engine is, in one run beside a plain baseline. See README.md here.
//!
//! `cargo bench --bench engine -- [--rows N] [--runs N] [--only NAME] [--json] [--write DIR]`
//!
//! A bench of its own instead of criterion: what is asked are ratios of whole tasks within one run, on one or on all
//! cores, which need no statistics library to be compiled first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a bench argues by failing, like a test"
)]

mod data;
mod row_by_row;

use std::hint::black_box;
use std::num::NonZero;
use std::time::Instant;

use rapport::measure::drivers::{DriverSample, Rule, importance};
use rapport::measure::estimate::{MeanEstimate, group_mean, tallied_weighted_mean};
use rapport::measure::parallel::{Workers, in_parts};
use rapport::measure::reliability::item_sums;
use rapport::measure::scoring::{IndexForm, ItemKey};
use rapport::measure::tally::{Grouping, Scorer, Tally, WeightedTally, tally_groups, weigh_groups};
use rapport::measure::{Confidence, Undefined};

use data::{AGENCIES, DOMAINS, Data, DriverData, ITEMS, STRATA};

const LEVEL: Confidence = Confidence::NINETY_FIVE;

struct Options {
    rows: usize,
    runs: usize,
    only: Option<String>,
    json: bool,
    write: Option<String>,
}

fn options() -> Options {
    let mut options = Options {
        rows: 1_000_000,
        runs: 7,
        only: None,
        json: false,
        write: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .unwrap_or_else(|| panic!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--rows" => options.rows = value().parse().expect("--rows takes a number"),
            "--runs" => options.runs = value().parse().expect("--runs takes a number"),
            "--only" => options.only = Some(value()),
            "--write" => options.write = Some(value()),
            "--json" => options.json = true,
            "--bench" => {} // what `cargo bench` adds
            other => panic!("unknown option {other}"),
        }
    }
    options
}

/// Times of one task in seconds, sorted.
struct Timed {
    name: &'static str,
    times: Vec<f64>,
}

struct Bench {
    options: Options,
    done: Vec<Timed>,
}

impl Bench {
    fn wants(&self, name: &str) -> bool {
        self.options
            .only
            .as_ref()
            .is_none_or(|only| only.split('|').any(|part| name.contains(part)))
    }

    fn time<T>(&mut self, name: &'static str, task: impl Fn() -> T) {
        self.run(name, self.options.runs, task);
    }

    /// A task of seconds.
    fn slow<T>(&mut self, name: &'static str, task: impl Fn() -> T) {
        self.run(name, self.options.runs.min(3), task);
    }

    fn run<T>(&mut self, name: &'static str, runs: usize, task: impl Fn() -> T) {
        if !self.wants(name) {
            return;
        }
        let mut times: Vec<f64> = (0..runs)
            .map(|_| {
                let start = Instant::now();
                black_box(task());
                start.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        if !self.options.json {
            let (least, middle, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
            println!(
                "{name:<58} median {:>9.2} ms   ({:.2} to {:.2})",
                middle * 1e3,
                least * 1e3,
                most * 1e3
            );
        }
        self.done.push(Timed { name, times });
    }
}

/// Four indices of six items, at least three answered.
fn forms() -> Vec<IndexForm> {
    let item = |column| ItemKey {
        column,
        points: 5,
        reverse: column % 6 == 5,
    };
    (0..ITEMS / 6)
        .map(|index| {
            IndexForm::new(
                vec![(6 * index..6 * index + 6).map(item).collect()],
                Some(3),
                Some(1),
            )
            .unwrap()
        })
        .collect()
}

fn main() {
    let mut bench = Bench {
        options: options(),
        done: Vec::new(),
    };
    let all = Workers::new(std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN));
    let data = Data::seeded(bench.options.rows);
    if let Some(folder) = &bench.options.write {
        write(&data, folder);
        return;
    }
    memory(&mut bench, &data);
    for (cores, workers) in [("1 core", Workers::ONE), ("all cores", all)] {
        kernels(&mut bench, &data, cores, workers);
    }
    for (name, people) in [
        ("100 000 people, one by one", 100_000),
        ("1 000 000 people, in packs", 1_000_000),
    ] {
        let name = format!("2 000 resamples of 12 drivers, {name}, all cores").leak();
        if bench.wants(name) {
            let data = DriverData::seeded(people, 12);
            let sample = DriverSample {
                outcome: &data.outcome,
                drivers: &data.drivers,
                agency: &data.agency,
            };
            bench.slow(name, || importance(sample, Rule::default(), all).unwrap());
        }
    }
    bench.time("row by row: 3 840 estimates", || {
        let figures = row_by_row::estimates(&data.columns, &data.domain);
        let one = |f: &row_by_row::Figure| {
            let se = (f.squares / (f.n - 1.0) / f.n).sqrt();
            (f.mean, se, LEVEL.t(f.n - 1.0) * se)
        };
        figures.iter().flatten().map(one).collect::<Vec<_>>()
    });
    bench.time("row by row: 480 alphas", || {
        (0..4)
            .map(|index| row_by_row::alphas(&data.columns, &data.agency, AGENCIES as usize, index))
            .collect::<Vec<_>>()
    });
    if bench.options.json {
        let times = bench
            .done
            .iter()
            .map(|t| format!("\"{}\": {:?}", t.name, t.times));
        println!("{{{}}}", times.collect::<Vec<_>>().join(", "));
    }
}

/// What the memory allows: reading the 24 columns once, eight bytes at a time.
fn memory(bench: &mut Bench, data: &Data) {
    bench.time("memory: reading the answers once, 1 core", || {
        (0..ITEMS)
            .map(|item| {
                let words = data.columns.column(item).chunks_exact(8);
                words
                    .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
                    .fold(0, u64::wrapping_add)
            })
            .fold(0, u64::wrapping_add)
    });
}

fn estimates(tallies: &[Tally], workers: Workers) -> Vec<Vec<Result<MeanEstimate, Undefined>>> {
    in_parts(tallies.len(), 1, workers, |part| {
        tallies[part]
            .iter()
            .map(|tally| group_mean(tally, 2 * tally.n(), LEVEL))
            .collect()
    })
}

fn kernels(bench: &mut Bench, data: &Data, cores: &str, workers: Workers) {
    let name = |what: &str| -> &'static str { format!("{what}, {cores}").leak() };
    let scorers: Vec<Scorer> = forms().iter().map(Scorer::new).collect();
    let domains = Grouping {
        of_row: &data.domain,
        groups: DOMAINS,
    };
    bench.time(name("tallies of 960 groups x 4 indices"), || {
        tally_groups(&scorers, &data.columns, domains, workers)
    });
    let tallies = tally_groups(&scorers, &data.columns, domains, workers).unwrap();
    bench.time(name("3 840 means, sd, se, intervals from tallies"), || {
        estimates(&tallies.concat(), workers)
    });
    bench.time(name("3 840 estimates, columns to intervals"), || {
        let tallies = tally_groups(&scorers, &data.columns, domains, workers).unwrap();
        estimates(&tallies.concat(), workers)
    });
    let cells = Grouping {
        of_row: &data.cell,
        groups: DOMAINS * STRATA as usize,
    };
    bench.time(name("3 840 estimates with weights and strata"), || {
        let cells = weigh_groups(&scorers, &data.columns, cells, &data.weights, workers).unwrap();
        let cells: Vec<(u64, WeightedTally)> = cells
            .concat()
            .into_iter()
            .map(|cell| (2 * cell.tally.n(), cell))
            .collect();
        in_parts(cells.len(), STRATA as usize, workers, |part| {
            cells[part]
                .chunks(STRATA as usize)
                .map(|cells| tallied_weighted_mean(cells, LEVEL))
                .collect::<Vec<_>>()
        })
    });
    let agencies = Grouping {
        of_row: &data.agency,
        groups: AGENCIES as usize,
    };
    bench.time(name("480 alphas"), || {
        let sums = forms()
            .iter()
            .flat_map(|form| item_sums(&form.dimensions[0], &data.columns, agencies, workers).unwrap())
            .collect::<Vec<_>>();
        sums.iter().map(|sums| sums.alpha()).collect::<Vec<_>>()
    });
    bench.time(name("480 alphas with intervals, items"), || {
        let sums = forms()
            .iter()
            .flat_map(|form| item_sums(&form.dimensions[0], &data.columns, agencies, workers).unwrap())
            .collect::<Vec<_>>();
        sums.iter()
            .map(|sums| sums.reliability(LEVEL))
            .collect::<Vec<_>>()
    });
}

/// The same bytes for other tools: `columns.u8` (column after column), `domain.u32`, `agency.u32`, `cell.u32`, `weights.f64`.
fn write(data: &Data, folder: &str) {
    let path = |name: &str| std::path::Path::new(folder).join(name);
    let numbers = |values: &[u32]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let columns: Vec<u8> = (0..ITEMS)
        .flat_map(|item| data.columns.column(item))
        .copied()
        .collect();
    let weights: Vec<u8> = data
        .weights
        .iter()
        .flat_map(|weight| weight.to_le_bytes())
        .collect();
    for (name, bytes) in [
        ("columns.u8", columns),
        ("domain.u32", numbers(&data.domain)),
        ("agency.u32", numbers(&data.agency)),
        ("cell.u32", numbers(&data.cell)),
        ("weights.f64", weights),
    ] {
        std::fs::write(path(name), bytes).expect("the folder exists and can be written");
    }
}
