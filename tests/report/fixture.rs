//! Rounds with exactly known answers, run through the stages themselves.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rapport::agency;
use rapport::collect::packed::Layout;
use rapport::collect::{Answer, Answers, Rating};
use rapport::identity::Actor;
pub use rapport::report::desk::quietly;
use rapport::report::model::{Cut, Figure, Protected, Score, Subject, Unit};
use rapport::report::{self, SealError, Sealed};
use rapport::round::{self, Audience, Mode, NewRound, RoundId, RoundThresholds};
use rapport::store::responses::{self, ResponseRow};
use rapport::store::results::{self, FigureFilter};
use rapport::store::{Conn, Store, StoreError};
use rapport::survey::definition::Definition;
use rapport::survey::publish;
use serde_json::{Value, json};

/// An instant of a day at noon.
pub fn noon(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

/// A version of the survey "hand": five points, index "trust" of `delivers` (q1, q2) and `honest` (q3, reverse), a
/// single choice, and an importance-satisfaction pair.
pub fn version(number: u32) -> Value {
    let text = |text: &str| json!({ "en": text });
    let points: Vec<Value> = ["Never", "Seldom", "At times", "Often", "Always"]
        .map(text)
        .to_vec();
    let rating = |id: &str, construct: &str, reverse: bool| {
        json!({ "id": id, "text": text(&format!("Item {id}")), "construct": construct, "wording": "1",
            "answer": { "type": "rating", "scale": "five", "reverse": reverse, "opt_out": true } })
    };
    json!({
        "id": "hand", "version": number, "title": text("By hand"), "purpose": text("To be computed by hand."),
        "languages": ["en"],
        "scales": { "five": { "points": points, "opt_out": text("Does not apply") } },
        "pages": [{ "id": "p1", "title": text("Questions"), "items": [
            rating("q1", "delivers.on-time", false),
            rating("q2", "delivers.quality", false),
            rating("q3", "honest.cost", true),
            { "id": "channel", "text": text("How do you reach us?"), "answer": { "type": "single_choice", "options": [
                { "id": "phone", "label": text("Telephone") }, { "id": "mail", "label": text("Mail") }] } },
            { "id": "desk", "text": text("The service desk"), "construct": "service.desk", "wording": "1",
              "answer": { "type": "importance_satisfaction", "importance": "five", "satisfaction": "five" } }
        ] }],
        "indices": [{ "id": "trust", "title": text("Trust"), "dimensions": [
            { "id": "delivers", "title": text("Delivers"), "items": ["q1", "q2"] },
            { "id": "honest", "title": text("Honest"), "items": ["q3"] }
        ] }]
    })
}

/// One response: the points of q1, q2 and q3; 0 for not answered.
pub type Row = [u8; 3];

/// A round to run.
#[derive(Clone)]
pub struct Plan {
    pub id: &'static str,
    pub version: Value,
    /// It closes at noon of this day and opened ten days before... at noon of `opened`.
    pub opened: &'static str,
    pub closed: &'static str,
    pub k: u32,
    pub audiences: Vec<(&'static str, Mode, Group)>,
}

/// People and answers by agency.
pub type Group = BTreeMap<&'static str, (u32, Vec<Row>)>;

/// The same answer several times.
pub fn times(count: usize, row: Row) -> Vec<Row> {
    vec![row; count]
}

/// A plan with one anonymous audience "staff".
pub fn staff(
    id: &'static str,
    number: u32,
    opened: &'static str,
    closed: &'static str,
    group: Group,
) -> Plan {
    Plan {
        id,
        version: version(number),
        opened,
        closed,
        k: 10,
        audiences: vec![("staff", Mode::Anonymous, group)],
    }
}

pub async fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Conn) -> T + Send + 'static,
) -> T {
    store
        .write(move |conn| Ok::<T, StoreError>(work(conn)))
        .await
        .unwrap()
}

/// Takes over agencies: a table `code,name,cluster`.
pub async fn agencies(store: &Store, rows: &str) {
    let csv = format!("code,name,cluster\n{rows}");
    write(store, move |conn| {
        agency::import(conn, csv.as_bytes(), None).unwrap()
    })
    .await;
}

/// Runs a round until it is closed.
pub async fn closed(store: &Store, plan: &Plan) -> RoundId {
    let plan = plan.clone();
    write(store, move |conn| run(conn, &plan)).await
}

fn run(conn: &mut Conn, plan: &Plan) -> RoundId {
    let id = opened(conn, plan);
    let definition: Definition = serde_json::from_value(plan.version.clone()).unwrap();
    let layout = Layout::of(&definition);
    let mut rows = Vec::new();
    for (audience, mode, group) in &plan.audiences {
        for (agency, (_, answers)) in group {
            for (number, row) in answers.iter().enumerate() {
                rows.push(ResponseRow {
                    key: rapport::collect::mix::random_key().unwrap(),
                    round: plan.id.to_owned(),
                    audience: (*audience).to_owned(),
                    agency: (*agency).to_owned(),
                    person: (*mode == Mode::Attributed).then(|| format!("{agency}-{number}")),
                    answers: layout.pack(&answers_of(row)),
                });
            }
        }
    }
    responses::insert(conn, &rows).unwrap();
    round::close(conn, &id, noon(plan.closed)).unwrap();
    id
}

/// Creates and opens the round of a plan, without a response.
pub fn opened(conn: &mut Conn, plan: &Plan) -> RoundId {
    let definition: Definition = serde_json::from_value(plan.version.clone()).unwrap();
    publish::publish(conn, &definition, "tester", noon("2020-01-01")).unwrap();
    let id: RoundId = plan.id.parse().unwrap();
    let new = NewRound {
        id: id.clone(),
        title: format!("Round {}", plan.id),
        survey: definition.id.clone(),
        version: definition.version,
        audiences: plan
            .audiences
            .iter()
            .map(|(name, mode, _)| Audience {
                name: name.parse().unwrap(),
                title: format!("All {name}"),
                mode: *mode,
            })
            .collect(),
        thresholds: RoundThresholds {
            least_respondents: plan.k,
            least_change: 5.0,
        },
        opens_at: None,
        closes_at: None,
    };
    round::create(conn, new).unwrap();
    for (name, _, group) in &plan.audiences {
        let mut csv = "agency,person,name\n".to_owned();
        for (agency, (people, _)) in group {
            for number in 0..*people {
                csv.push_str(&format!("{agency},{agency}-{number},Person {number}\n"));
            }
        }
        round::roster::import(conn, &id, &name.parse().unwrap(), csv.as_bytes()).unwrap();
    }
    round::open(conn, &id, noon(plan.opened)).unwrap();
    id
}

fn answers_of(row: &Row) -> Answers {
    let items = ["q1", "q2", "q3"].into_iter().zip(row);
    let mut answers: Answers = items
        .filter(|(_, point)| **point > 0)
        .map(|(item, point)| (item.parse().unwrap(), Answer::Rating(Rating::Point(*point))))
        .collect();
    answers.insert("channel".parse().unwrap(), Answer::Choice(u8::from(row[0] > 3)));
    let pair = Answer::Pair {
        importance: Some(Rating::Point(5)),
        satisfaction: Some(Rating::Point(row[1].max(1))),
    };
    answers.insert("desk".parse().unwrap(), pair);
    answers
}

pub async fn sealed(store: &Store, id: &RoundId) -> Result<Sealed, SealError> {
    let operator = Actor::operator();
    report::desk::seal(store, &operator, id, None, noon("2026-06-01"), quietly()).await
}

/// Corrects a sealed result.
pub async fn corrected(store: &Store, id: &RoundId, reason: &str) -> Result<Sealed, SealError> {
    let (operator, reason) = (Actor::operator(), Some(reason.to_owned()));
    report::desk::seal(store, &operator, id, reason, noon("2026-06-03"), quietly()).await
}

/// Runs, seals and publishes.
pub async fn published(store: &Store, plan: &Plan) -> RoundId {
    let id = closed(store, plan).await;
    sealed(store, &id).await.unwrap();
    let published = id.clone();
    write(store, move |conn| {
        round::publish(conn, &published, noon("2026-06-02")).unwrap()
    })
    .await;
    id
}

/// The newest figures of a round by audience, unit, cut and subject.
pub struct Figures(BTreeMap<Key, (Protected<Figure>, String)>);

/// Audience, unit, cut, subject.
type Key = (String, Unit, Cut, Subject);

impl Figures {
    pub async fn of(store: &Store, id: &RoundId) -> Self {
        let id = id.to_string();
        let rows = write(store, move |conn| {
            let seal = results::latest_seal(conn, &id).unwrap().unwrap();
            results::figures_of(conn, &id, seal.revision, &FigureFilter::default()).unwrap()
        })
        .await;
        let read = |row: results::FigureRow| {
            let unit = Unit::parse(&row.unit_kind, &row.unit).unwrap();
            let subject = Subject::parse(&row.subject_kind, &row.subject).unwrap();
            let figure = serde_json::from_str(&row.figure).unwrap();
            let cut = Cut::parse(&row.cut_segment, &row.cut_option).unwrap();
            ((row.audience, unit, cut, subject), (figure, row.figure))
        };
        Self(rows.into_iter().map(read).collect())
    }

    pub fn get(&self, unit: &Unit, subject: &Subject) -> Option<&Figure> {
        self.in_audience("staff", unit, subject)
    }

    pub fn in_audience(&self, audience: &str, unit: &Unit, subject: &Subject) -> Option<&Figure> {
        self.of_cut(audience, unit, &Cut::Everybody, subject)
    }

    /// Whether there is a row at all, shown or withheld.
    pub fn has(&self, unit: &Unit, cut: &Cut, subject: &Subject) -> bool {
        let key = ("staff".to_owned(), unit.clone(), cut.clone(), subject.clone());
        self.0.contains_key(&key)
    }

    pub fn of_cut(&self, audience: &str, unit: &Unit, cut: &Cut, subject: &Subject) -> Option<&Figure> {
        let key = (audience.to_owned(), unit.clone(), cut.clone(), subject.clone());
        let figure = self
            .0
            .get(&key)
            .unwrap_or_else(|| panic!("no row for {audience} {unit} {cut} {subject}"));
        figure.0.shown()
    }

    pub fn score(&self, unit: &Unit, subject: &Subject) -> Score {
        match &self
            .get(unit, subject)
            .unwrap_or_else(|| panic!("{unit} {subject} is withheld"))
            .measured
        {
            rapport::report::model::Measured::Score(score) => (**score).clone(),
            other => panic!("no score: {other:?}"),
        }
    }

    /// The stored text of every withheld figure.
    pub fn withheld(&self) -> Vec<&str> {
        self.0
            .values()
            .filter(|(figure, _)| !figure.is_shown())
            .map(|(_, text)| text.as_str())
            .collect()
    }

    pub fn units(&self) -> Vec<Unit> {
        let mut units: Vec<Unit> = self.0.keys().map(|(_, unit, _, _)| unit.clone()).collect();
        units.dedup();
        units
    }
}

pub fn agency_unit(code: &str) -> Unit {
    Unit::Agency(code.parse().unwrap())
}

pub fn trust() -> Subject {
    Subject::Index("trust".parse().unwrap())
}

pub fn item(id: &str) -> Subject {
    Subject::Item(id.parse().unwrap())
}

pub fn dimension(id: &str) -> Subject {
    Subject::Dimension("trust".parse().unwrap(), id.parse().unwrap())
}

/// Equal to so many digits as were computed by hand.
#[track_caller]
pub fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}
