//! A large state is planned while somebody waits.

use std::time::Instant;

use rapport::protect::Thresholds;
use rapport::protect::plan::{Census, Counted, Family, Layout, Plan};

/// 120 agencies, six segments, sixty subjects in two indices and twenty of their own. The bound is for an optimised build;
/// others plan a smaller state, so that the rest of the test is still had.
#[test]
fn a_state_of_120_agencies_and_six_segments_takes_less_than_two_seconds() {
    let agencies = if cfg!(debug_assertions) { 30 } else { 120 };
    let segments: Vec<usize> = vec![3, 4, 5, 5, 6, 4];
    let families: Vec<Family<usize>> = [(0, 20), (20, 40)]
        .map(|(from, to)| Family {
            composites: (from..from + 4).collect(),
            parts: (from + 4..to).collect(),
            least_respondents: 0,
        })
        .into_iter()
        .chain((40..60).map(Family::alone))
        .collect();
    let layout = Layout {
        units: (0..=agencies)
            .map(|unit| (unit, (unit > 0).then_some(0)))
            .collect(),
        everybody: (0, 0),
        segments: segments
            .iter()
            .enumerate()
            .map(|(s, options)| (1..=*options).map(|o| (s + 1, o)).collect())
            .collect(),
        families,
    };
    let mut census = Census::new(layout);
    for agency in 1..=agencies {
        let size = 20 + (agency * 37) % 180;
        for subject in 0..60 {
            // One in seven does not answer an item, somebody else each time.
            let people: Vec<(usize, f64)> = (0..size)
                .filter(|person| (person * 5 + subject * 3 + agency) % 7 != 0)
                .map(|person| {
                    (
                        person,
                        [0.0, 25.0, 50.0, 75.0, 75.0, 100.0, 62.5][(person * 11 + subject + agency) % 7],
                    )
                })
                .collect();
            let of = |choose: &dyn Fn(usize) -> bool| -> Vec<f64> {
                people
                    .iter()
                    .filter(|(person, _)| choose(*person))
                    .map(|(_, score)| *score)
                    .collect()
            };
            census
                .count(&agency, &(0, 0), &subject, Counted::scores(&of(&|_| true), 400))
                .unwrap();
            for (segment, options) in segments.iter().enumerate() {
                for option in 1..=*options {
                    // Options of very different size.
                    let is_in = |person: usize| {
                        (person * person + segment * 7) % (options * options) < option * option
                            && (person * person + segment * 7) % (options * options)
                                >= (option - 1) * (option - 1)
                    };
                    census
                        .count(
                            &agency,
                            &(segment + 1, option),
                            &subject,
                            Counted::scores(&of(&is_in), 100),
                        )
                        .unwrap();
                }
            }
        }
    }
    let start = Instant::now();
    let plan = Plan::of(census, &Thresholds::default());
    let took = start.elapsed();
    println!("{agencies} agencies: {took:?}, {:?}", plan.summary());
    assert!(
        plan.summary().shown > 0 && plan.summary().complementary > 0 && plan.summary().intervals_audited > 0
    );
    assert!(cfg!(debug_assertions) || took.as_secs_f64() < 2.0, "{took:?}");
}
