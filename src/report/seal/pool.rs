//! The responses of an audience on their way from rows to columns.
//!
//! Rows come one by one in whatever order the store has, and go into one buffer of bytes an agency: a million
//! responses are a few tens of megabytes, and nothing is allocated for a row. Then each agency's records are
//! sorted by content.
//!
//! **The digest** is SHA-256 over the sorted records of each agency. Sorting is what makes it free of the stored order. A sum
//! of hashes would be, too, and need no sorting, but a sum of 256 bits can be hit on purpose by somebody who may add
//! and change rows (Wagner's generalised birthdays), and this digest is what an auditor relies on. Sorting costs less
//! than reading.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::material::{Answers, Person};
use crate::agency::AgencyCode;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::tally::{Columns, UnevenRecords};

/// The records of an audience by agency, while they are read.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// What a record must have ...
    width: usize,
    /// ... and what is kept of it: a survey of texts only has records of no bytes, which still are responses.
    stride: usize,
    agencies: Vec<OfAgency>,
    /// Where each stands among them.
    places: BTreeMap<String, usize>,
    /// Where the last record went: rows mostly come agency after agency.
    last: usize,
    rows: usize,
}

/// What was read of one agency.
#[derive(Debug)]
struct OfAgency {
    agency: String,
    records: Vec<u8>,
    /// The person of each record; for attributed audiences only.
    persons: Vec<String>,
}

/// A record that is not of this version: its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrongLength(pub usize);

/// What is left of a pool: answers in order, the digest of each agency, and the records by person.
#[derive(Debug)]
pub(super) struct Pooled {
    pub answers: Answers,
    pub digests: BTreeMap<String, String>,
    pub persons: BTreeMap<Person, Vec<u8>>,
}

/// Why pooled records make no table.
#[derive(Debug)]
pub(super) enum BadPool {
    /// A row names no agency.
    Agency(crate::slug::BadSlug),
    /// The bytes are no records.
    Records(UnevenRecords),
}

/// The sorted records of an agency, with their digest.
struct Sorted {
    records: Vec<u8>,
    digest: String,
}

impl Pool {
    /// For records of so many bytes.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            stride: width.max(1),
            ..Self::default()
        }
    }

    /// The length of a record.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many records there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// One response more.
    pub(super) fn add(
        &mut self,
        agency: &str,
        person: Option<&str>,
        record: &[u8],
    ) -> Result<(), WrongLength> {
        if record.len() != self.width {
            return Err(WrongLength(record.len()));
        }
        let record = if record.is_empty() { &[0][..] } else { record };
        if self
            .agencies
            .get(self.last)
            .is_none_or(|last| last.agency != agency)
        {
            // The one before is mostly done: what it has too much is given back.
            if let Some(before) = self.agencies.get_mut(self.last) {
                before.records.shrink_to_fit();
            }
            self.last = self.place(agency);
        }
        if let Some(of_agency) = self.agencies.get_mut(self.last) {
            of_agency.records.extend_from_slice(record);
            of_agency.persons.extend(person.map(str::to_owned));
        }
        self.rows += 1;
        Ok(())
    }

    fn place(&mut self, agency: &str) -> usize {
        if let Some(place) = self.places.get(agency) {
            return *place;
        }
        let place = self.agencies.len();
        self.places.insert(agency.to_owned(), place);
        self.agencies.push(OfAgency {
            agency: agency.to_owned(),
            records: Vec::new(),
            persons: Vec::new(),
        });
        place
    }

    /// Sorts and digests everything.
    pub(super) fn finish(mut self, workers: Workers) -> Result<Pooled, BadPool> {
        let width = self.stride;
        self.agencies.sort_by(|a, b| a.agency.cmp(&b.agency));
        let persons = by_person(&self.agencies, width)?;
        let agencies = &self.agencies;
        let sorted = in_parts(agencies.len(), 1, workers, |part| {
            let some = agencies.get(part).unwrap_or_default().iter();
            some.map(|agency| sorted(agency, width)).collect::<Vec<_>>()
        });
        let rows = self.rows;
        // The sorted copy is all that is needed from here on.
        let codes: Vec<String> = self
            .agencies
            .into_iter()
            .map(|of_agency| of_agency.agency)
            .collect();
        let mut columns: Vec<Vec<u8>> = (0..width).map(|_| Vec::with_capacity(rows)).collect();
        let (mut digests, mut ranges, mut from) = (BTreeMap::new(), Vec::new(), 0);
        for (agency, sorted) in codes.into_iter().zip(sorted.into_iter().flatten()) {
            let end = from + sorted.records.len() / width;
            // Some records at a time, so that their bytes stay in the cache while each column takes its own.
            for some in sorted.records.chunks(width * AT_A_TIME) {
                for (offset, column) in columns.iter_mut().enumerate() {
                    column.extend(some.iter().skip(offset).step_by(width));
                }
            }
            let code: AgencyCode = agency.parse().map_err(BadPool::Agency)?;
            ranges.push((code, from..end));
            from = end;
            digests.insert(agency, sorted.digest);
        }
        Ok(Pooled {
            answers: Answers {
                columns: Columns::new(columns).map_err(BadPool::Records)?,
                agencies: ranges,
            },
            digests,
            persons,
        })
    }
}

/// Records that are turned into columns at a time.
const AT_A_TIME: usize = 256;

/// The records in the order of their content and, where they bear names, their persons; and the digest of both.
fn sorted(of_agency: &OfAgency, width: usize) -> Sorted {
    let OfAgency { records, persons, .. } = of_agency;
    let mut rows: Vec<(&[u8], &str)> = records
        .chunks_exact(width)
        .zip(persons.iter().map(String::as_str).chain(std::iter::repeat("")))
        .collect();
    rows.sort_unstable();
    let mut hash = Sha256::new();
    let mut sorted = Vec::with_capacity(records.len());
    for (record, person) in rows {
        sorted.extend_from_slice(record);
        if !persons.is_empty() {
            hash.update(person.as_bytes());
            hash.update([0]);
        }
    }
    // Records are of one length, so that none can run into the next.
    hash.update(&sorted);
    Sorted {
        digest: hex(&hash.finalize()),
        records: sorted,
    }
}

fn by_person(agencies: &[OfAgency], width: usize) -> Result<BTreeMap<Person, Vec<u8>>, BadPool> {
    let mut all = BTreeMap::new();
    for of_agency in agencies.iter().filter(|of_agency| !of_agency.persons.is_empty()) {
        let code: AgencyCode = of_agency.agency.parse().map_err(BadPool::Agency)?;
        let records = of_agency.records.chunks_exact(width);
        for (person, record) in of_agency.persons.iter().zip(records) {
            all.insert((code.clone(), person.clone()), record.to_vec());
        }
    }
    Ok(all)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pooled(rows: &[([u8; 3], u8)]) -> Pooled {
        let mut pool = Pool::new(3);
        for (record, agency) in rows {
            pool.add(&format!("A{}", agency % 4), None, record).unwrap();
        }
        pool.finish(Workers::ONE).unwrap()
    }

    proptest! {
        #[test]
        fn the_order_in_which_responses_are_stored_does_not_matter(
            rows in proptest::collection::vec((any::<[u8; 3]>(), any::<u8>()), 0..40),
            turns in 0..40usize,
        ) {
            let mut turned = rows.clone();
            turned.rotate_left(turns.min(rows.len()));
            turned.reverse();
            let (one, other) = (pooled(&rows), pooled(&turned));
            prop_assert_eq!(one.digests, other.digests);
            prop_assert_eq!(one.answers.columns, other.answers.columns);
            prop_assert_eq!(one.answers.agencies, other.answers.agencies);
        }
    }

    #[test]
    fn one_answer_or_one_name_makes_another_digest() {
        let digest = |record: [u8; 3], person: &str| {
            let mut pool = Pool::new(3);
            pool.add("A", Some("x"), &[1, 2, 3]).unwrap();
            pool.add("A", Some(person), &record).unwrap();
            pool.finish(Workers::ONE).unwrap().digests
        };
        assert_eq!(digest([4, 5, 6], "y"), digest([4, 5, 6], "y"));
        assert_ne!(digest([4, 5, 6], "y"), digest([4, 5, 7], "y"));
        assert_ne!(digest([4, 5, 6], "y"), digest([4, 5, 6], "z"));
    }

    #[test]
    fn a_record_of_another_length_is_refused() {
        assert_eq!(Pool::new(3).add("A", None, &[1, 2]), Err(WrongLength(2)));
    }
}
