//! An attacker with every published figure of the demo, and with everything that a page, a file and the API give of them.

use std::collections::{BTreeMap, BTreeSet};

use rapport::clock;
use rapport::demo::{self, Size};
use rapport::protect::Protected;
use rapport::report::model::{Cut, Document, Figure, Measured, Subject, Unit};
use rapport::store::results::{FigureFilter, figures_of, latest_seal, sealed_rounds};

use crate::protect::plan::algebra::Space;
use crate::support::TestApp;

/// Everything sealed about one audience of one round.
struct Sealed {
    title: String,
    document: Document,
    audience: usize,
    figures: BTreeMap<(Unit, Cut, Subject), Protected<Figure>>,
}

async fn demo_rounds(app: &TestApp) -> Vec<Sealed> {
    demo::build(
        &app.store,
        app.app.intake.keyring().cloned(),
        Size::Small,
        "a password for the demo",
        clock::now(),
        |_, _| (),
    )
    .await
    .expect("the demo is built");
    app.store
        .read(|conn| {
            let mut all = Vec::new();
            for round in sealed_rounds(conn)? {
                let Some(seal) = latest_seal(conn, &round)? else {
                    continue;
                };
                let document: Document = serde_json::from_str(&seal.document).unwrap();
                let rows = figures_of(conn, &round, seal.revision, &FigureFilter::default())?;
                for (at, audience) in document.audiences.iter().enumerate() {
                    let own = rows
                        .iter()
                        .filter(|row| row.audience == audience.name.to_string());
                    let figures = own.map(|row| {
                        let key = (
                            Unit::parse(&row.unit_kind, &row.unit).unwrap(),
                            Cut::parse(&row.cut_segment, &row.cut_option).unwrap(),
                            Subject::parse(&row.subject_kind, &row.subject).unwrap(),
                        );
                        (key, serde_json::from_str(&row.figure).unwrap())
                    });
                    all.push(Sealed {
                        title: format!("{round}, {}", audience.name),
                        figures: figures.collect(),
                        document: document.clone(),
                        audience: at,
                    });
                }
            }
            Ok::<_, rapport::store::StoreError>(all)
        })
        .await
        .expect("sealed results can be read")
}

impl Sealed {
    fn n(&self, unit: &Unit, cut: &Cut, subject: &Subject) -> Option<u64> {
        let figure = self.figures.get(&(unit.clone(), cut.clone(), subject.clone()))?;
        figure.shown().map(|figure| u64::from(figure.respondents))
    }

    fn units(&self) -> Vec<Unit> {
        let units = self.document.audiences[self.audience].units.iter();
        units
            .map(|of| of.unit.clone())
            .filter(|unit| !unit.is_state())
            .collect()
    }

    /// The menu: the options of each segment.
    fn segments(&self) -> Vec<Vec<Cut>> {
        let mut segments: BTreeMap<String, Vec<Cut>> = BTreeMap::new();
        for cut in &self.document.audiences[self.audience].cuts {
            segments
                .entry(cut.segment().to_owned())
                .or_default()
                .push(cut.clone());
        }
        segments.into_values().collect()
    }

    fn subjects(&self) -> BTreeSet<Subject> {
        let counted =
            |figure: &Figure| !matches!(figure.measured, Measured::Rank(_) | Measured::Stabilised(_));
        let keys = self
            .figures
            .iter()
            .filter(|((unit, ..), figure)| !unit.is_state() && figure.shown().is_some_and(counted));
        keys.map(|((_, _, subject), _)| subject.clone()).collect()
    }

    /// Groups of up to two withheld cells of one segment whose n, from 1 to k - 1, follows from published ones; and with it the sum
    /// of anything that adds up. How many published equations there were is told beside them.
    fn recovered(&self, segment: &[Cut], subject: &Subject, k: u64) -> (Vec<String>, usize) {
        // Unknown: each unit by each option, and last who did not say.
        let units: Vec<Unit> = self
            .units()
            .into_iter()
            .filter(|unit| self.n(unit, &Cut::Everybody, subject).is_some())
            .collect();
        let width = segment.len() + 1;
        let mut rows: Vec<(Vec<usize>, u64)> = Vec::new();
        let mut hidden = Vec::new();
        for (at, unit) in units.iter().enumerate() {
            rows.push((
                (0..width).map(|option| at * width + option).collect(),
                self.n(unit, &Cut::Everybody, subject).unwrap(),
            ));
            for (option, cut) in segment.iter().enumerate() {
                match self.n(unit, cut, subject) {
                    Some(n) => rows.push((vec![at * width + option], n)),
                    None => hidden.push(at * width + option),
                }
            }
            hidden.push(at * width + segment.len());
        }
        for (option, cut) in segment.iter().enumerate() {
            if let Some(n) = self.n(&Unit::StateMean, cut, subject) {
                rows.push(((0..units.len()).map(|at| at * width + option).collect(), n));
            }
        }
        let atoms = units.len() * width;
        let vector = |of: &[usize], n: u64| {
            let mut vector = vec![0; atoms + 1];
            of.iter().for_each(|atom| vector[*atom] = 1);
            vector[atoms] = n;
            vector
        };
        let space = Space::of(rows.iter().map(|(row, n)| vector(row, *n)));
        let mut groups: Vec<Vec<usize>> = hidden.iter().map(|atom| vec![*atom]).collect();
        for (at, one) in hidden.iter().enumerate() {
            groups.extend(hidden[at + 1..].iter().map(|two| vec![*one, *two]));
        }
        let found = groups.into_iter().filter_map(|group| {
            let n = space.value(vector(&group, 0))?;
            (n > 0 && n < k).then(|| {
                format!(
                    "{}: {subject} of {group:?} in {segment:?}: {n} people",
                    self.title
                )
            })
        });
        (found.collect(), rows.len())
    }
}

#[tokio::test]
async fn algebra_on_all_demo_rounds_recovers_no_group_below_k() {
    let app = TestApp::sqlite().await;
    let (mut equations, mut withheld_cuts) = (0, 0);
    for sealed in demo_rounds(&app).await {
        let k = u64::from(sealed.document.thresholds.least_respondents);
        for subject in sealed.subjects() {
            for segment in sealed.segments() {
                let (found, rows) = sealed.recovered(&segment, &subject, k);
                assert!(found.is_empty(), "{found:#?}");
                equations += rows;
            }
        }
        let cuts = sealed
            .figures
            .iter()
            .filter(|((_, cut, _), figure)| !cut.is_everybody() && !figure.is_shown());
        withheld_cuts += cuts.count();
        let summary = sealed.document.audiences[sealed.audience].disclosure;
        println!("{}: {summary:?}", sealed.title);
        assert!(
            summary.cells > 0 && summary.cells == summary.shown + summary.primary + summary.complementary
        );
    }
    assert!(
        equations > 1000 && withheld_cuts > 100,
        "there was something to attack: {equations}, {withheld_cuts}"
    );
}

#[tokio::test]
async fn state_figures_of_the_demo_hold_nobody_who_is_withheld() {
    let app = TestApp::sqlite().await;
    let mut compared = 0;
    for sealed in demo_rounds(&app).await {
        let may_have_no_figure = |subject: &Subject| {
            // Shares of options cannot always be told without giving one away; then a unit enters that has no figure.
            sealed.figures.iter().any(|((_, _, of), figure)| {
                of == subject
                    && figure
                        .shown()
                        .is_some_and(|figure| matches!(figure.measured, Measured::Choices { .. }))
            })
        };
        for subject in sealed
            .subjects()
            .into_iter()
            .filter(|subject| !may_have_no_figure(subject))
        {
            let units: Vec<u64> = sealed
                .units()
                .iter()
                .filter_map(|unit| sealed.n(unit, &Cut::Everybody, &subject))
                .collect();
            if let Some(state) = sealed.n(&Unit::StateMean, &Cut::Everybody, &subject)
                && !units.is_empty()
            {
                assert_eq!(state, units.iter().sum::<u64>(), "{}: {subject}", sealed.title);
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}
