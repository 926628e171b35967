//! A published result a unit at a time, for files: their size must not decide how much memory they take.
//!
//! What comes out is what [`read::results_of`] gives with nothing left out, in the same order. Between portions no
//! connection is held: somebody may take a minute to fetch a file. A sealed revision never changes, and which rounds are
//! published is looked up once at the beginning, so all portions are of one state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::export::{ExportError, FileText, Form};
use super::model::{Figure, Protected, Unit};
use super::read::{self, FigureKey, Results};
use crate::identity::Scope;
use crate::round::{AudienceName, RoundId};
use crate::store::results::FigureFilter;
use crate::store::{Conn, Store, StoreError, results};

/// What is left of a result.
#[derive(Debug)]
pub struct Portions {
    head: Results,
    round: String,
    revision: i32,
    /// The published rounds, as they were at the beginning.
    published: BTreeSet<String>,
    left: VecDeque<(AudienceName, Unit)>,
}

impl Portions {
    /// The published result of a round, as far as the scope reaches, without a figure of it yet.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub fn open(conn: &mut Conn, round: &RoundId, scope: &Scope) -> Result<Option<Self>, StoreError> {
        let Some((seal, document)) = read::published_within(conn, round, scope)? else {
            return Ok(None);
        };
        let audiences = document.audiences.iter();
        let left: BTreeSet<(AudienceName, Unit)> = audiences
            .flat_map(|audience| {
                let units = audience.units.iter();
                units.map(|unit| (audience.name.clone(), unit.unit.clone()))
            })
            .collect();
        Ok(Some(Self {
            head: Results {
                digest: seal.digest,
                document,
                figures: BTreeMap::new(),
            },
            round: seal.round,
            revision: seal.revision,
            published: results::published_rounds(conn)?.into_iter().collect(),
            left: left.into_iter().collect(),
        }))
    }

    /// What stands above the figures.
    #[must_use]
    pub fn head(&self) -> &Results {
        &self.head
    }

    /// The figures of the next unit of an audience; `None` behind the last.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub fn next(
        &mut self,
        conn: &mut Conn,
    ) -> Result<Option<BTreeMap<FigureKey, Protected<Figure>>>, StoreError> {
        let Some((audience, unit)) = self.left.pop_front() else {
            return Ok(None);
        };
        let filter = FigureFilter {
            audience: Some(audience.to_string()),
            units: Some(vec![(unit.kind().to_owned(), unit.id().to_owned())]),
            ..FigureFilter::default()
        };
        let rows = results::figures_of(conn, &self.round, self.revision, &filter)?;
        let shown = rows.into_iter().map(|row| read::public(row, &self.published));
        shown.collect::<Result<_, _>>().map(Some)
    }
}

/// A file of a result on its way out.
pub struct Download {
    store: Store,
    form: Form,
    /// None behind the end.
    left: Option<(Portions, FileText)>,
    digest: String,
}

impl Download {
    /// Of the published result of a round, as far as the scope reaches.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn of(
        store: &Store,
        round: &RoundId,
        scope: &Scope,
        form: Form,
    ) -> Result<Option<Self>, StoreError> {
        let (round, scope) = (round.clone(), scope.clone());
        let opened = store
            .read(move |conn| Portions::open(conn, &round, &scope))
            .await?;
        Ok(opened.map(|portions| Self {
            digest: portions.head().digest.clone(),
            store: store.clone(),
            form,
            left: Some((portions, FileText::new(form))),
        }))
    }

    /// The form of the file.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The digest of the result.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The next part of the file, at most the rows of one unit; `None` behind the end.
    ///
    /// # Errors
    /// [`ExportError`]: the file is not whole then.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        let Some((mut portions, mut text)) = self.left.take() else {
            return Ok(None);
        };
        let read = self.store.read(move |conn| {
            let figures = portions.next(conn)?;
            let part = match &figures {
                Some(figures) => text.rows(portions.head(), figures)?,
                None => text.end(portions.head())?,
            };
            Ok::<_, ExportError>((part, figures.is_some().then_some((portions, text))))
        });
        let (part, left) = read.await?;
        self.left = left;
        Ok(Some(part))
    }
}
